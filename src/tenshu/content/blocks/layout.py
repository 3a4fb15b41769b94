"""Make the layout of a letter from its blocks: MJML with Liquid, in the shop's look.

One white sheet on a quiet ground, text wide enough to read, buttons large enough for a thumb. Nothing is fetched from
anybody but the shop's own pictures.
"""

import re
from collections.abc import Iterable
from functools import singledispatch
from itertools import groupby
from typing import Final, NamedTuple

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
from tenshu.content.blocks.brand import Brand, on_colour, readable_on_white
from tenshu.content.blocks.footer import footer_html
from tenshu.content.blocks.inline import as_html, one_line, paragraphs, url_attribute
from tenshu.content.mjml import OWN_FONTS
from tenshu.kit.i18n import _

_INK: Final = "#2b2b2b"
_QUIET: Final = "#625a4d"
_GROUND: Final = "#f4f1ea"
_LINE: Final = "#e3dac8"
_SIDE: Final = 28
#: Where something can stand inside a block.
_INSIDE: Final = re.compile(r"(<mj-(?:text|button)\b[^>]*>|<td style=\"border:[^>]*>)")
_HEIGHTS: Final = {"small": 10, "medium": 24, "large": 48}


class _Look(NamedTuple):
    """What blocks need to know of the brand."""

    colour: str
    words: str
    on_colour: str
    width: int
    language: str


def mjml_of(blocks: Blocks, *, brand: Brand, language: str, is_marked: bool = False) -> str:
    """Return the layout of a letter; it ends with the sender lines.

    Args:
        blocks: the letter.
        brand: its look.
        language: of the words that are ours.
        is_marked: whether each block gets an anchor (b0, b1, ...), by which a preview shows the one that is written.
    """
    words = readable_on_white(brand.colour)
    look = _Look(brand.colour, words, on_colour(brand.colour), brand.width, language)
    sections = "\n".join(_sections(list(enumerate(blocks)), look, is_marked=is_marked))
    return "\n".join(
        (
            "<mjml>",
            _head(look),
            f'<mj-body background-color="{_GROUND}" width="{brand.width}px">',
            _sign(brand),
            f'<mj-wrapper background-color="#ffffff" padding="20px 0 24px">\n{sections}\n</mj-wrapper>',
            footer_html(language, colour=_QUIET),
            "</mj-body>",
            "</mjml>",
        )
    )


def _head(look: _Look) -> str:
    return f"""<mj-head><mj-attributes>
<mj-all font-family="{OWN_FONTS}" />
<mj-text color="{_INK}" font-size="16px" line-height="1.8" padding="8px {_SIDE}px" />
<mj-button background-color="{look.colour}" color="{look.on_colour}" border-radius="6px"
 font-size="16px" font-weight="600" inner-padding="13px 30px" padding="16px {_SIDE}px" align="left" line-height="1.5" />
<mj-image padding="10px {_SIDE}px" />
</mj-attributes></mj-head>"""


def _sign(brand: Brand) -> str:
    """Return what stands at the top: the shop's sign, or its name."""
    if brand.logo:
        shown = (
            f'<mj-image src="{{{{ shop.public_url }}}}{brand.logo}" alt="{{{{ shop.name }}}}" width="160px" '
            'padding="0 28px" />'
        )
    else:
        shown = (
            f'<mj-text align="center" font-size="15px" letter-spacing="2px" color="{_QUIET}" padding="0 28px">'
            "{{ shop.name }}</mj-text>"
        )
    return f'<mj-section padding="28px 0 14px"><mj-column>{shown}</mj-column></mj-section>'


def _sections(blocks: list[tuple[int, Block]], look: _Look, *, is_marked: bool) -> Iterable[str]:
    """Yield the sections: columns have one of their own, whatever stands between shares one."""

    def drawn(place: int, block: Block) -> str:
        made = _drawn(block, look)
        return (
            _INSIDE.sub(rf'\1<span id="b{place}" style="scroll-margin-top:160px"></span>', made, 1)
            if is_marked
            else made
        )

    for is_columns, run in groupby(blocks, key=lambda one: isinstance(one[1], Columns)):
        if is_columns:
            yield from (drawn(place, block) for place, block in run)
            continue
        said = "\n".join(drawn(place, block) for place, block in run)
        yield f'<mj-section padding="0"><mj-column>\n{said}\n</mj-column></mj-section>'


@singledispatch
def _drawn(block: Block, look: _Look) -> str:
    raise TypeError(type(block), look)


@_drawn.register
def _heading(block: Heading, look: _Look) -> str:
    said = one_line(block.text)
    style = f'font-size="22px" font-weight="600" line-height="1.5" color="{look.words}" padding="14px {_SIDE}px 6px"'
    return f"<mj-text {style}>{said}</mj-text>"


@_drawn.register
def _text(block: Text, look: _Look) -> str:
    said = paragraphs(block.text)
    return "\n".join(f"<mj-text>{as_html(one, link_colour=look.words)}</mj-text>" for one in said)


@_drawn.register
def _image(block: Image, look: _Look) -> str:
    own = "{{ shop.public_url }}" if block.src.startswith("/media/") else ""
    width = f' width="{look.width // 2 - _SIDE}px"' if block.width == "half" else ""
    link = f' href="{url_attribute(block.href)}"' if block.href else ""
    src = f"{own}{block.src}" if own else url_attribute(block.src)
    return f'<mj-image src="{src}" alt="{one_line(block.alt)}"{width}{link} border-radius="4px" />'


@_drawn.register
def _button(block: Button, look: _Look) -> str:  # noqa: ARG001 - all blocks are drawn alike
    said = one_line(block.label)
    return f'<mj-button href="{url_attribute(block.href)}">{said}</mj-button>'


@_drawn.register
def _products(block: Products, look: _Look) -> str:
    link = url_attribute(block.href).replace("[id]", "{{ item.product_id | url_encode }}")
    reason = f'<br /><span style="color:{_QUIET};font-size:13px">{{{{ item.reason }}}}</span>'
    row = (
        f'<tr style="border-bottom:1px solid {_LINE}"><td style="padding:12px 0">'
        f'<a href="{link}" style="color:{look.words};font-weight:bold;text-decoration:none">'
        f"{{{{ item.name | strip }}}}</a>"
        f"{reason if block.is_explained else ''}</td></tr>"
    )
    title = _heading(Heading(text=block.title), look) if block.title else ""
    return (
        f"{{% if recommendations.size > 0 %}}{title}{{% endif %}}\n"
        f'<mj-table padding="4px {_SIDE}px 10px" font-size="16px" line-height="1.6" color="{_INK}">\n'
        f"{{% for item in recommendations limit: {block.count} %}}{row}{{% endfor %}}\n</mj-table>"
    )


@_drawn.register
def _coupon(block: Coupon, look: _Look) -> str:
    until = _("Valid until {date}", look.language, date=one_line(block.until)) if block.until else ""
    lines = (
        (f"font-size:14px;color:{_QUIET}", one_line(block.title)),
        (f"font-size:24px;font-weight:bold;color:{look.words};line-height:1.5", one_line(block.worth)),
        ("font-size:18px;letter-spacing:3px;padding:6px 0;font-weight:bold", one_line(block.code)),
        (f"font-size:14px;color:{_QUIET}", until),
        (f"font-size:13px;color:{_QUIET}", one_line(block.note)),
    )
    shown = "".join(f'<div style="{style}">{said}</div>' for style, said in lines if said)
    box = f"border:2px dashed {look.colour};border-radius:10px;padding:18px 16px;text-align:center"
    return (
        f'<mj-table padding="12px {_SIDE}px" color="{_INK}" line-height="1.8" font-size="16px">'
        f'<tr><td style="{box}">{shown}</td></tr></mj-table>'
    )


@_drawn.register
def _divider(block: Divider, look: _Look) -> str:  # noqa: ARG001 - all blocks are drawn alike
    return f'<mj-divider border-width="1px" border-color="{_LINE}" padding="14px {_SIDE}px" />'


@_drawn.register
def _spacer(block: Spacer, look: _Look) -> str:  # noqa: ARG001 - all blocks are drawn alike
    return f'<mj-spacer height="{_HEIGHTS[block.size]}px" />'


@_drawn.register
def _columns(block: Columns, look: _Look) -> str:
    half = look._replace(width=look.width // 2)
    drawn = ("\n".join(_drawn(leaf, half) for leaf in side) for side in (block.left, block.right))
    columns = "".join(f'<mj-column width="50%">\n{side}\n</mj-column>' for side in drawn)
    return f'<mj-section padding="0">{columns}</mj-section>'
