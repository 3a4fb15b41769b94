"""The lines that the law wants in every advertising mail.

特定電子メール法 (the Japanese act on sending specified electronic mail) and its ordinance want the sender's
name, a way to refuse, a postal address and where to complain. A template may write them itself;
what it leaves out is added at the end, so that no template can forget them.
"""

import html as markup
from typing import Final

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
    lines = [_("Sent by: {name}", language, name=shop.name)]
    if shop.postal_address:
        lines.append(_("Address: {address}", language, address=shop.postal_address))
    if shop.contact:
        lines.append(_("Questions and complaints: {contact}", language, contact=shop.contact))
    stop = _("Stop these mails", language)
    link = f'<a href="{markup.escape(unsubscribe_url)}" style="color:#5f6368">{markup.escape(stop)}</a>'
    shown = "<br>".join([*(markup.escape(line) for line in lines), link])
    return Footer(
        html=f'<div style="{_STYLE}">{shown}</div>',
        text="\n".join(["-- ", *lines, f"{stop}: {unsubscribe_url}"]),
        must_show=tuple(filter(None, (shop.name, shop.postal_address, shop.contact, unsubscribe_url))),
    )


def missing_lines(body: str, footer: Footer) -> list[str]:
    """Return what the law wants and the body does not show.

    >>> missing_lines("<p>Hanaya</p>", Footer("", "", ("Hanaya", "https://example.com/u/1")))
    ['https://example.com/u/1']
    """
    return [line for line in footer.must_show if not any(form in body for form in _forms(line))]


def _forms(line: str) -> tuple[str, str, str]:
    """Return how a line may stand in a body: as it is, as we escape it, and as Liquid does."""
    escaped = markup.escape(line)
    return line, escaped, escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def with_footer(html: str, text: str, footer: Footer) -> tuple[str, str]:
    """Return the two bodies with the sender lines at the end of each that lacks any of them."""
    if missing_lines(html, footer):
        end = html.rfind("</body>")
        end = len(html) if end < 0 else end
        html = html[:end] + footer.html + html[end:]
    if missing_lines(text, footer):
        text = f"{text.rstrip()}\n\n{footer.text}\n"
    return html, text
