"""From blocks to a template's text: checked, then layout and plain text from the same blocks."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from tenshu.content.blocks.block import (
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_BLOCKS,
    Block,
    Blocks,
    Button,
    Columns,
    Image,
    Products,
    Text,
)
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.inline import LINK_LIKE, is_link, tidy, unknown_merges
from tenshu.content.blocks.layout import mjml_of
from tenshu.content.blocks.plain_text import text_of
from tenshu.content.template import TemplateText
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

_MEDIA: Final = re.compile(r"/media/[a-z0-9]{8,64}\.(?:png|jpg|gif|webp)")


class BlockRefused(TenshuError):
    """A block that no letter can hold; `path` says which field of which block, counted from 0."""

    template = N_("Block {path} cannot be read: {reason}")


class BlocksTooMany(BlockRefused):
    """A letter that nobody reads to its end."""

    template = N_("The letter has {count} blocks; at most {most} are possible. Take some out.")


class WordsMissing(BlockRefused):
    """A block without the words that make it one."""

    template = N_("Something is missing here: {what}. Write it, or take the block out.")


class WordsTooMany(BlockRefused):
    """A text that is too long."""

    template = N_("This is {count} letters long; at most {most} are possible. Shorten it or part it into two blocks.")


class MergeUnknown(BlockRefused):
    """Something that looks like a merged value and is none."""

    template = N_(
        "{given} is no value that can be merged in; it would stand in the mail as it is. "
        "Choose one from the list, or take it out."
    )


class LinkRefused(BlockRefused):
    """An address that a mail must not lead to."""

    template = N_(
        "{given} cannot be a link. It must begin with https://, mailto:, tel: or the shop's own address, "
        "and hold no blanks."
    )


class PictureRefused(BlockRefused):
    """A picture that is not there."""

    template = N_("{given} is no picture. Upload one, or give an address that begins with https://.")


_WORDS_OF: Final[dict[str, tuple[str, str]]] = {
    "heading": ("text", N_("the words of the heading")),
    "text": ("text", N_("the text")),
    "button": ("label", N_("the words on the button")),
    "image": ("src", N_("the picture")),
    "coupon": ("code", N_("the code of the coupon")),
}


def read_blocks(data: object) -> Blocks:
    """Read blocks from JSON data.

    Raises:
        BlockRefused: a kind or a field is unknown, or a value is of the wrong kind; names the path.
    """
    try:
        return msgspec.convert(data, Blocks)
    except msgspec.ValidationError as error:
        said, _at, path = str(error).partition(" - at `$")
        raise BlockRefused(path=path.rstrip("`") or "-", reason=said) from error


def check_blocks(blocks: Blocks) -> list[BlockRefused]:
    """Return everything about the blocks that has to be put right before the letter can go out, in order."""
    found: list[BlockRefused] = []
    if not blocks:
        found.append(WordsMissing(path="-", what=N_("the letter itself")))
    if len(blocks) > MOST_BLOCKS:
        found.append(BlocksTooMany(path="-", count=len(blocks), most=MOST_BLOCKS))
    for path, block in each_block(blocks):
        found += _about(path, block)
    return found


def each_block(blocks: Blocks) -> Iterator[tuple[str, Block]]:
    """Yield every block with its path, those in columns after their columns.

    >>> [path for path, _ in each_block((Text(text="a"), Columns(left=(Text(text="b"),))))]
    ['0', '1', '1.left.0']
    """
    for place, block in enumerate(blocks):
        yield f"{place}", block
        if isinstance(block, Columns):
            for side in ("left", "right"):
                for inner, leaf in enumerate(getattr(block, side)):
                    yield f"{place}.{side}.{inner}", leaf


def write_text(
    subject: str, preheader: str, blocks: Blocks, *, language: str, brand: Brand, is_marked: bool = False
) -> TemplateText:
    """Return a template's text in one language, its layout and its plain text made of the blocks.

    Args:
        subject: Liquid, one line.
        preheader: Liquid, one line.
        blocks: the letter.
        language: ja or en.
        brand: its look.
        is_marked: whether blocks get anchors, for a preview.
    """
    return TemplateText(
        subject=tidy(subject).replace("\n", " ").strip(),
        preheader=tidy(preheader).replace("\n", " ").strip(),
        mjml=mjml_of(blocks, brand=brand, language=language, is_marked=is_marked),
        text=text_of(blocks, language=language),
        blocks=blocks,
    )


def is_picture(src: str) -> bool:
    """Return whether a letter can show this: an uploaded picture, or one behind a whole https address.

    >>> is_picture("/media/0123456789abcdef.png"), is_picture("https://a.example/b.png"), is_picture("https://a b")
    (True, True, False)
    """
    return _MEDIA.fullmatch(src) is not None or (src.startswith("https://") and is_link(src))


def _about(path: str, block: Block) -> Iterator[BlockRefused]:
    kind = str(block.__struct_config__.tag)
    if kind in _WORDS_OF:
        field, what = _WORDS_OF[kind]
        if not str(getattr(block, field)).strip():
            yield WordsMissing(path=f"{path}.{field}", what=what)
    for field in block.__struct_fields__:
        value = getattr(block, field)
        if isinstance(value, str) and field not in {"href", "src"}:
            yield from _about_words(f"{path}.{field}", value, is_long=isinstance(block, Text))
    leads = isinstance(block, Button | Products) or (isinstance(block, Image) and block.href != "")
    if leads and not is_link(block.href):  # type: ignore[union-attr]
        yield LinkRefused(path=f"{path}.href", given=block.href[:80] or "-")  # type: ignore[union-attr]
    if isinstance(block, Image) and block.src and not is_picture(block.src):
        yield PictureRefused(path=f"{path}.src", given=block.src[:80])


def _about_words(path: str, value: str, *, is_long: bool) -> Iterator[BlockRefused]:
    most = LONGEST_TEXT if is_long else LONGEST_LINE
    if len(value) > most:
        yield WordsTooMany(path=path, count=len(value), most=most)
    for given in unknown_merges(value):
        yield MergeUnknown(path=path, given=given)
    if is_long:
        for link in LINK_LIKE.findall(value):
            if not is_link(link):
                yield LinkRefused(path=path, given=link[:80])
