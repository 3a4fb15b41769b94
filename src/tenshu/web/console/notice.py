"""What was just done, said once on the next page: kept in a cookie that only this person's console can have written."""

import base64
import hashlib
import hmac
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "tenshu_said"
_SECONDS: Final = 120
_LONGEST: Final = 600


class Notice(msgspec.Struct, frozen=True):
    """A sentence, and how to take back what it says.

    Attributes:
        text: what was done.
        undo_path: where a POST takes it back; empty when nothing does.
        undo_label: what its button says.
    """

    text: str
    undo_path: str = ""
    undo_label: str = ""


def set_notice(answer: Response, notice: Notice | None, key: str) -> None:
    """Put the notice into the answer's cookie, or take the last one out."""
    if notice is None:
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
        return
    kept = msgspec.structs.replace(notice, text=notice.text[:_LONGEST])
    body = base64.urlsafe_b64encode(msgspec.json.encode(kept)).decode()
    value = f"{body}.{_seal(body, key)}"
    answer.set_cookie(COOKIE, value, max_age=_SECONDS, path="/", httponly=True, samesite="lax")


def take_notice(request: Request, key: str) -> Notice | None:
    """Return the notice that this console wrote for this person, if there is one."""
    body, _dot, seal = request.cookies.get(COOKIE, "").partition(".")
    if not body or not hmac.compare_digest(seal.encode(), _seal(body, key).encode()):
        return None
    return msgspec.json.decode(base64.urlsafe_b64decode(body), type=Notice)


def _seal(body: str, key: str) -> str:
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
