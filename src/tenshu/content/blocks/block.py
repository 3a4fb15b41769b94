"""A message as a marketer builds it: a list of blocks, each a few plain values.

The blocks are what is kept; the layout (`layout`) and the plain text (`plain_text`) are both made of them, so
that neither can say what the other does not. The footer with the sender lines and the way out is no block: it
always stands at the end and cannot be taken away.
"""

from typing import Final, Literal

import msgspec

#: More blocks than this are no letter any more.
MOST_BLOCKS: Final = 60
LONGEST_TEXT: Final = 5_000
LONGEST_LINE: Final = 300


class _Piece(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every block is."""


class Heading(_Piece, tag="heading", frozen=True, kw_only=True):
    """A line that says what comes."""

    text: str = ""


class Text(_Piece, tag="text", frozen=True, kw_only=True):
    """Paragraphs: an empty line parts them, `**words**` are bold, `[words](https://...)` is a link."""

    text: str = ""


class Image(_Piece, tag="image", frozen=True, kw_only=True):
    """A picture.

    Attributes:
        src: /media/NAME of an uploaded one, or a whole https address.
        alt: what it shows, for those who see no pictures.
        href: where it leads, when anywhere.
        width: full is as wide as the letter, half is half of it.
    """

    src: str = ""
    alt: str = ""
    href: str = ""
    width: Literal["full", "half"] = "full"


class Button(_Piece, tag="button", frozen=True, kw_only=True):
    """One thing to do: the words on it and where it leads."""

    label: str = ""
    href: str = "{{ shop.home_url }}"


class Products(_Piece, tag="products", frozen=True, kw_only=True):
    """Goods that fit this person: bought together with the last order, else what many like.

    Attributes:
        title: stands above them; not shown when there are none.
        count: at most so many.
        href: where a product leads; `[id]` becomes its number.
        is_explained: whether each says why it is shown.
    """

    title: str = ""
    count: Literal[1, 2, 3] = 3
    href: str = "{{ shop.home_url }}/products/[id]"
    is_explained: bool = True


class Coupon(_Piece, tag="coupon", frozen=True, kw_only=True):
    """Something to hand in.

    Attributes:
        title: what it is, such as a birthday coupon.
        worth: what it gives, such as 10 % off.
        code: what to type at the till.
        until: until when, in words.
        note: conditions, in words.
    """

    title: str = ""
    worth: str = ""
    code: str = ""
    until: str = ""
    note: str = ""


class Divider(_Piece, tag="divider", frozen=True, kw_only=True):
    """A thin line."""


class Spacer(_Piece, tag="spacer", frozen=True, kw_only=True):
    """Room to breathe."""

    size: Literal["small", "medium", "large"] = "medium"


Leaf = Heading | Text | Image | Button


class Columns(_Piece, tag="columns", frozen=True, kw_only=True):
    """Two columns side by side; on a phone the left one comes first."""

    left: tuple[Leaf, ...] = ()
    right: tuple[Leaf, ...] = ()


Block = Heading | Text | Image | Button | Products | Coupon | Divider | Spacer | Columns
Blocks = tuple[Block, ...]

#: Every kind by its name, in the order in which a page offers them.
KINDS: Final[dict[str, type[Block]]] = {
    "heading": Heading,
    "text": Text,
    "image": Image,
    "button": Button,
    "products": Products,
    "coupon": Coupon,
    "columns": Columns,
    "divider": Divider,
    "spacer": Spacer,
}
#: Those that may stand in a column.
LEAVES: Final = ("heading", "text", "image", "button")


def kind_of(block: Block) -> str:
    """Return a block's kind.

    >>> kind_of(Divider())
    'divider'
    """
    return str(block.__struct_config__.tag)
