"""The pictures that mails show: public, because mail programs ask for them, and never anything but pictures.

A name here is one that we gave (`content.picture`): a digest and one of four endings. What answers says its type, lets
nobody guess another one, and runs nothing even when it is opened by itself.
"""

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from tenshu.content.picture import FOLDER, TYPES
from tenshu.web.served import ServedShop

_NAME: Final = re.compile(r"[a-z0-9]{8,64}\.(?:png|jpg|gif|webp)")
#: A picture never changes under its name.
_LASTING: Final = "public, max-age=31536000, immutable"
#: A picture opened by itself may show itself, and nothing else.
_POLICY: Final = "sandbox; default-src 'none'; img-src 'self'"


def picture(shop: ServedShop, request: Request) -> Response | None:
    """Return the picture that is asked for, or None when there is none of that name."""
    name = request.path_params["name"]
    path = shop.home / FOLDER / name
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    headers = {
        "Cache-Control": _LASTING,
        "Content-Security-Policy": _POLICY,
        "Content-Disposition": f'inline; filename="{name}"',
    }
    return FileResponse(path, media_type=TYPES[path.suffix[1:]], headers=headers)
