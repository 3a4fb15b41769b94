"""The lines that the law wants in every advertising mail.

特定電子メール法 (the Japanese act on sending specified electronic mail) and its ordinance want the sender's
name, a way to refuse, a postal address and where to complain. A template may write them itself;
what it leaves out is added at the end, so that no template can forget them.
"""

import html as markup
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from tenshu.content.shop import ShopSettings
from tenshu.kit.i18n import _

_STYLE: Final = (
    "margin:0 auto;max-width:600px;padding:16px 25px;color:#5f6368;font-size:12px;line-height:1.7;text-align:left;"
    "font-family:'Hiragino Sans','Yu Gothic UI',Meiryo,Helvetica,Arial,sans-serif"
)


class Footer(msgspec.Struct, frozen=True):
    """Sender lines as HTML and as text, and what shows that a body has them already."""

    html: str
    text: str
    must_show: tuple[str, ...]


def legal_footer(shop: ShopSettings, unsubscribe_url: str, language: str) -> Footer:
    """Return the sender lines of a shop in the reader's language, with the link that ends the mails."""
    said = _said(shop.name, shop.postal_address, shop.contact, language)
    return Footer(
        html=f"{said.html_before}{markup.escape(unsubscribe_url)}{said.html_after}",
        text=f"{said.text_before}{unsubscribe_url}",
        must_show=(*said.must_show, unsubscribe_url) if unsubscribe_url else said.must_show,
    )


class _Said(NamedTuple):
    """What is the same in every reader's sender lines: all but the link."""

    html_before: str
    html_after: str
    text_before: str
    must_show: tuple[str, ...]


@lru_cache(maxsize=64)
def _said(name: str, postal_address: str, contact: str, language: str) -> _Said:
    lines = [_("Sent by: {name}", language, name=name)]
    if postal_address:
        lines.append(_("Address: {address}", language, address=postal_address))
    if contact:
        lines.append(_("Questions and complaints: {contact}", language, contact=contact))
    stop = _("Stop these mails", language)
    shown = "".join(f"{markup.escape(line)}<br>" for line in lines)
    return _Said(
        html_before=f'<div style="{_STYLE}">{shown}<a href="',
        html_after=f'" style="color:#5f6368">{markup.escape(stop)}</a></div>',
        text_before="\n".join(["-- ", *lines, f"{stop}: "]),
        must_show=tuple(filter(None, (name, postal_address, contact))),
    )


def missing_lines(body: str, footer: Footer) -> list[str]:
    """Return what the law wants and the body does not show.

    >>> missing_lines("<p>Hanaya</p>", Footer("", "", ("Hanaya", "https://example.com/u/1")))
    ['https://example.com/u/1']
    """
    return [line for line in footer.must_show if not _shows(body, line)]


def _shows(body: str, line: str) -> bool:
    return line in body or any(form in body for form in _forms(line))


def _forms(line: str) -> set[str]:
    """Return how else than as it is a line may stand in a body: as we escape it, and as Liquid does."""
    escaped = markup.escape(line)
    return {escaped, escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")} - {line}


def with_footer(html: str, text: str, footer: Footer) -> tuple[str, str]:
    """Return the two bodies with the sender lines at the end of each that lacks any of them."""
    if _lacks(html, footer):
        end = html.rfind("</body>")
        end = len(html) if end < 0 else end
        html = html[:end] + footer.html + html[end:]
    if _lacks(text, footer):
        text = f"{text.rstrip()}\n\n{footer.text}\n"
    return html, text


def _lacks(body: str, footer: Footer) -> bool:
    """Say whether a line is missing; the link is asked for first, for it is the one that templates mostly lack."""
    return any(not _shows(body, line) for line in reversed(footer.must_show))
