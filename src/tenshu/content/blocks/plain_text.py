"""Make the plain text of a letter from its blocks: written for readers, not stripped from the layout.

Headings stand out by a mark, buttons are their words above their address, goods are a list, a coupon is set apart by
lines, and what only decorates is left out.
"""

from functools import singledispatch
from typing import Final

from tenshu.content.blocks.block import (
    Block,
    Blocks,
    Button,
    Columns,
    Coupon,
    Divider,
    Heading,
    Image,
    Products,
    Spacer,
    Text,
)
from tenshu.content.blocks.footer import footer_text
from tenshu.content.blocks.inline import as_text, paragraphs, plain_words, tidy, url_text
from tenshu.kit.i18n import _

_HEADING: Final = {"ja": "■ ", "en": "## "}
_RULE: Final = {"ja": "─" * 20, "en": "-" * 40}
_BULLET: Final = {"ja": "・", "en": "* "}


def text_of(blocks: Blocks, *, language: str) -> str:
    """Return the plain text of a letter; it ends with the sender lines."""
    said = [written for block in blocks if (written := _written(block, language))]
    return "".join(f"{one}\n\n" if not one.startswith("{% if") else one for one in said) + footer_text(language) + "\n"


@singledispatch
def _written(block: Block, language: str) -> str:
    raise TypeError(type(block), language)


@_written.register
def _heading(block: Heading, language: str) -> str:
    said = _line(block.text)
    return f"{_HEADING[language]}{said}" if said else ""


@_written.register
def _text(block: Text, language: str) -> str:  # noqa: ARG001 - all blocks are written alike
    return "\n\n".join(as_text(one) for one in paragraphs(block.text))


@_written.register
def _image(block: Image, language: str) -> str:
    said = _line(block.alt)
    if not said:
        return url_text(block.href) if block.href else ""
    shown = _("[Picture] {words}", language, words=said)
    return f"{shown}\n{url_text(block.href)}" if block.href else shown


@_written.register
def _button(block: Button, language: str) -> str:
    mark = {"ja": "▼ ", "en": ""}[language]
    return f"{mark}{_line(block.label)}\n{url_text(block.href)}"


@_written.register
def _products(block: Products, language: str) -> str:
    link = url_text(block.href).replace("[id]", "{{ item.product_id | url_encode }}")
    reason = "\n  {{ item.reason }}" if block.is_explained else ""
    title = f"{_heading(Heading(text=block.title), language)}\n" if block.title else ""
    item = f"{_BULLET[language]}{{{{ item.name | strip }}}}{reason}\n  {link}\n"
    loop = f"{{% for item in recommendations limit: {block.count} %}}{item}{{% endfor %}}"
    return f"{{% if recommendations.size > 0 %}}{title}{loop}\n{{% endif %}}"


@_written.register
def _coupon(block: Coupon, language: str) -> str:
    code = _("Coupon code: {code}", language, code=_line(block.code)) if block.code else ""
    until = _("Valid until {date}", language, date=_line(block.until)) if block.until else ""
    lines = (_line(block.title), _line(block.worth), code, until, _line(block.note))
    return "\n".join([_RULE[language], *filter(None, lines), _RULE[language]])


@_written.register
def _divider(block: Divider, language: str) -> str:  # noqa: ARG001 - all blocks are written alike
    return _RULE[language]


@_written.register
def _spacer(block: Spacer, language: str) -> str:  # noqa: ARG001 - all blocks are written alike
    return ""


@_written.register
def _columns(block: Columns, language: str) -> str:
    said = (_written(leaf, language) for side in (block.left, block.right) for leaf in side)
    return "\n\n".join(filter(None, said))


def _line(text: str) -> str:
    return plain_words(tidy(text).replace("\n", " ").strip())
