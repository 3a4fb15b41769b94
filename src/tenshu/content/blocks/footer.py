"""The end of every letter made of blocks: who sends it, where to write to, and the way out.

The words are those of the sender lines that mails get in any case (`deliver.channels.email.sender_lines`), which sees
that they are there and adds no second ones.
"""

from typing import Final

from tenshu.kit.i18n import _

_IF: Final = '{{% if shop.{field} and shop.{field} != "" %}}{said}{{% endif %}}'


def footer_lines(language: str) -> list[str]:
    """Return the lines as Liquid, each with its own line end inside its condition."""
    address = _("Address: {address}", language, address="{{ shop.postal_address }}")
    contact = _("Questions and complaints: {contact}", language, contact="{{ shop.contact }}")
    return [
        _("Sent by: {name}", language, name="{{ shop.name }}"),
        _IF.format(field="postal_address", said=f"[end]{address}"),
        _IF.format(field="contact", said=f"[end]{contact}"),
    ]


def footer_html(language: str, *, colour: str) -> str:
    """Return the section of MJML that ends a letter."""
    lines = "".join(footer_lines(language)).replace("[end]", "<br />")
    stop = _("Stop these mails", language)
    return (
        '<mj-section padding="20px 0 32px"><mj-column>'
        f'<mj-text font-size="12px" line-height="1.9" color="{colour}">{lines}<br />'
        f'<a href="{{{{ unsubscribe_url }}}}" style="color:{colour}">{stop}</a></mj-text></mj-column></mj-section>'
    )


def footer_text(language: str) -> str:
    """Return the lines that end a letter as plain text."""
    lines = "".join(footer_lines(language)).replace("[end]", "\n")
    return f"-- \n{lines}\n{_('Stop these mails', language)}: {{{{ unsubscribe_url }}}}"
