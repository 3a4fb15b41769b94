"""Read a letter out of the editor's form, and do to it what a button says: add, move, take out, bring back."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import msgspec

from tenshu.content.blocks.block import KINDS, LEAVES, MOST_BLOCKS, Blocks, Columns, Image, kind_of
from tenshu.content.blocks.chips import typed
from tenshu.content.blocks.inline import tidy
from tenshu.content.blocks.letter import BlockRefused, read_blocks
from tenshu.content.template import TemplateText

_FIELD: Final = re.compile(r"b(\d{1,3})(?:\.(left|right)\.(\d{1,2}))?\.([a-z_]{1,20})")
_LONGEST: Final = 20_000
_SUBJECT: Final = 500
#: What a new block says at first, so that it is seen.
_FRESH: Final[dict[str, dict[str, Any]]] = {"columns": {"left": [{"kind": "text"}], "right": [{"kind": "text"}]}}


def read_letter(form: Mapping[str, Any], before: TemplateText, *, language: str) -> TemplateText:
    """Return the letter as the form has it; layout and text are kept for letters that were written by hand.

    Raises:
        BlockRefused: a field is none of a block's.
    """
    said = {name: value for name, value in form.items() if isinstance(value, str)}
    subject = typed(_line(said.get("subject", before.subject)), language=language)
    preheader = typed(_line(said.get("preheader", before.preheader)), language=language)
    if before.blocks is None:
        mjml, text = said.get("mjml", before.mjml), said.get("text", before.text)
        return msgspec.structs.replace(before, subject=subject, preheader=preheader, mjml=mjml, text=text)
    return msgspec.structs.replace(
        before, subject=subject, preheader=preheader, blocks=_blocks(said, language=language)
    )


def act(blocks: Blocks, order: str) -> tuple[Blocks, str]:
    """Return the blocks after one order, and the path of the block that it is about ("" when it is gone).

    Args:
        blocks: as they are.
        order: add:KIND:PLACE, up:PATH, down:PATH, out:PATH, or leaf:KIND:PATH.SIDE; a path is 3 or 3.left.0.
    """
    verb, _colon, rest = order.partition(":")
    try:
        return _ACTS[verb](blocks, rest)
    except (KeyError, IndexError, ValueError) as problem:
        raise BlockRefused(path=order[:60], reason=repr(problem)[:80]) from problem


def put_back(blocks: Blocks, place: int, kept: Any) -> Blocks:
    """Return the blocks with one that was taken out put back where it was.

    Raises:
        BlockRefused: it is no block, or there is no room for it any more.
    """
    (block,) = read_blocks([kept])
    return _limited((*blocks[:place], block, *blocks[place:]))


def come_back(blocks: Blocks, removed: str) -> tuple[Blocks, str]:
    """Return the blocks with the one back that the page kept as JSON when it was taken out, and its path.

    Raises:
        BlockRefused: it is not what the page kept.
    """
    try:
        kept = msgspec.json.decode(removed, type=_Removed)
    except msgspec.DecodeError as problem:
        raise BlockRefused(path="-", reason=str(problem)) from problem
    return put_back(blocks, kept.place, kept.block), f"{kept.place}"


class _Removed(msgspec.Struct, frozen=True):
    """A block that was taken out, and where it stood."""

    place: Annotated[int, msgspec.Meta(ge=0)]
    block: Any


def with_picture(blocks: Blocks, path: str, src: str) -> Blocks:
    """Return the blocks with a picture in the one at this path; a block of another kind stays as it is.

    Raises:
        BlockRefused: there is no block at this path.
    """
    try:
        place, side, inner = _place(path)
        if side:
            inside = list(getattr(_columns(blocks, place, side), side))
            inside[inner] = _filled(inside[inner], src)
            return _with(blocks, place, side, tuple(inside))
        return (*blocks[:place], _filled(blocks[place], src), *blocks[place + 1 :])
    except (IndexError, ValueError) as problem:
        raise BlockRefused(path=path[:60], reason=repr(problem)[:80]) from problem


def _filled(block: Any, src: str) -> Any:
    return msgspec.structs.replace(block, src=src) if isinstance(block, Image) else block


def _blocks(said: Mapping[str, str], *, language: str) -> Blocks:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    leaves: dict[tuple[int, str], dict[int, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for name, value in said.items():
        hit = _FIELD.fullmatch(name)
        if hit is None:
            continue
        place, side, inner, field = int(hit[1]), hit[2], hit[3], hit[4]
        kept = _value(field, value, language=language)
        if side:
            leaves[place, side][int(inner)][field] = kept
        else:
            found[place][field] = kept
    for (place, side), inside in leaves.items():
        found[place][side] = [inside[inner] for inner in sorted(inside)]
    try:
        return _limited(msgspec.convert([found[place] for place in sorted(found)], Blocks, strict=False))
    except msgspec.ValidationError as problem:
        raise BlockRefused(path="-", reason=str(problem)) from problem


def _value(field: str, value: str, *, language: str) -> Any:
    if field == "is_explained":
        return value == "yes"
    if field in {"kind", "size", "width", "count"}:
        return value[:20]
    return typed(tidy(value)[:_LONGEST], language=language)


def _limited(blocks: Blocks) -> Blocks:
    if len(blocks) > MOST_BLOCKS + 1:
        raise BlockRefused(path="-", reason=f"{len(blocks)} > {MOST_BLOCKS}")
    return blocks


def _line(value: str) -> str:
    return tidy(value).replace("\n", " ").strip()[:_SUBJECT]


def _added(blocks: Blocks, rest: str) -> tuple[Blocks, str]:
    kind, _colon, place = rest.partition(":")
    at = min(max(int(place), 0), len(blocks))
    block = msgspec.convert({"kind": kind, **_FRESH.get(kind, {})}, KINDS[kind])
    return _limited((*blocks[:at], block, *blocks[at:])), f"{at}"


def _leaf(blocks: Blocks, rest: str) -> tuple[Blocks, str]:
    kind, _colon, where = rest.partition(":")
    if kind not in LEAVES:
        raise KeyError(kind)
    place, side = where.split(".")
    columns = _columns(blocks, int(place), side)
    inside = (*getattr(columns, side), KINDS[kind]())
    return _with(blocks, int(place), side, inside), f"{place}.{side}.{len(inside) - 1}"


def _taken_out(blocks: Blocks, rest: str) -> tuple[Blocks, str]:
    place, side, inner = _place(rest)
    if not side:
        kind_of(blocks[place])  # there is such a block
        return (*blocks[:place], *blocks[place + 1 :]), ""
    inside = getattr(_columns(blocks, place, side), side)
    return _with(blocks, place, side, (*inside[:inner], *inside[inner + 1 :])), f"{place}"


def _moved(blocks: Blocks, rest: str, step: int) -> tuple[Blocks, str]:
    place, side, inner = _place(rest)
    if not side:
        order, to = _swapped(blocks, place, step)
        return order, f"{to}"
    order, to = _swapped(getattr(_columns(blocks, place, side), side), inner, step)
    return _with(blocks, place, side, order), f"{place}.{side}.{to}"


def _swapped(blocks: tuple[Any, ...], place: int, step: int) -> tuple[tuple[Any, ...], int]:
    to = min(max(place + step, 0), len(blocks) - 1)
    order = list(blocks)
    order.insert(to, order.pop(place))
    return tuple(order), to


def _columns(blocks: Blocks, place: int, side: str) -> Columns:
    block = blocks[place]
    if not isinstance(block, Columns) or side not in {"left", "right"}:
        raise ValueError(kind_of(block))
    return block


def _with(blocks: Blocks, place: int, side: str, inside: tuple[Any, ...]) -> Blocks:
    changed = msgspec.structs.replace(_columns(blocks, place, side), **{side: inside[:10]})
    return (*blocks[:place], changed, *blocks[place + 1 :])


def _place(path: str) -> tuple[int, str, int]:
    place, _dot, rest = path.partition(".")
    side, _dot, inner = rest.partition(".")
    if not f"{place}{inner}".isdecimal():
        raise ValueError(path)
    return int(place), side, int(inner or 0)


_ACTS: Final[dict[str, Callable[[Blocks, str], tuple[Blocks, str]]]] = {
    "add": _added,
    "leaf": _leaf,
    "out": _taken_out,
    "up": lambda blocks, rest: _moved(blocks, rest, -1),
    "down": lambda blocks, rest: _moved(blocks, rest, 1),
}
