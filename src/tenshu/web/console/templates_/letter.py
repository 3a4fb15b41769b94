"""Show a letter as a customer would get it: rendered, tamed, and shut into a document of its own.

A marketer's layout may hold anything: scripts, forms, pictures and style sheets from elsewhere. So what is shown is a
document in a sandbox of its own origin, under a policy that runs nothing and loads nothing but this shop's pictures;
the console's cookie is out of reach. Pictures from elsewhere are not fetched while somebody looks: that would tell a
third party, so they stand as a frame with the name of the site they come from.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from tenshu.content.shop import ShopSettings
from tenshu.content.template import TemplateSource, compile_template
from tenshu.deliver.channels.email.letter import legal_footer
from tenshu.deliver.channels.email.sender_lines import with_footer
from tenshu.deliver.links import TEST_UNSUBSCRIBE
from tenshu.deliver.render import context_of
from tenshu.kit.i18n import _

#: What the document of a letter may do: show itself in a frame of ours, with its own styles and our pictures.
POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
_PICTURE: Final = re.compile(r"(<img\b[^<>]*?\ssrc\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", re.IGNORECASE)
_OWN: Final = re.compile(r"/media/[a-z0-9]{8,64}\.(?:png|jpg|gif|webp)")
_FRAME: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="240" viewBox="0 0 600 240">'
    '<rect x="1" y="1" width="598" height="238" rx="8" fill="#f4f1ea" stroke="#cfc6b4" stroke-dasharray="6 6"/>'
    '<text x="300" y="128" text-anchor="middle" font-size="22" fill="#625a4d" '
    'font-family="sans-serif">{words}</text></svg>'
)


class Shown(NamedTuple):
    """A letter as somebody would read it.

    Attributes:
        subject, preheader: as an inbox shows them.
        html: safe to stand in a frame of its own.
        text: the plain text.
    """

    subject: str
    preheader: str
    html: str
    text: str


def show(
    source: TemplateSource,
    language: str,
    settings: ShopSettings,
    *,
    traits: Mapping[str, Any],
    extras: Mapping[str, Any],
) -> Shown:
    """Return the letter as this customer would get it in this language.

    Raises:
        TemplateMalformed, RenderFailed, HeaderRefused: it cannot be made, and why.
    """
    compiled = compile_template(source, language)
    unsubscribe = f"{settings.public_url}{TEST_UNSUBSCRIBE}"
    rendered = compiled.render(context_of(settings, traits, unsubscribe_url=unsubscribe, extras=extras))
    footer = legal_footer(settings, unsubscribe, compiled.language)
    html, text = with_footer(rendered.html, rendered.text, footer)
    return Shown(rendered.subject, rendered.preheader, tamed(html, settings.public_url), text)


def tamed(html: str, public_url: str) -> str:
    """Return HTML whose pictures are ours, or frames with the name of whose they are.

    Everything else that would run, load or lead away is left as it stands: the policy of the document forbids it.
    """

    def own_or_frame(found: re.Match[str]) -> str:
        address = found[2].strip("\"'")
        local = address.removeprefix(public_url)
        if _OWN.fullmatch(local):
            return f'{found[1]}"{local}"'
        return f'{found[1]}"{_frame(address)}"'

    return _PICTURE.sub(own_or_frame, html)


def _frame(address: str) -> str:
    """Return a picture that says whose picture would be here."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    safe = re.sub(r"[^a-z0-9.-]", "", host.lower())[:60]
    words = _("A picture of {site}", site=safe) if safe else _("A picture")
    drawn = base64.b64encode(_FRAME.format(words=words).encode()).decode()
    return f"data:image/svg+xml;base64,{drawn}"
