"""What the editor shows: the letter block by block as people read it, with what is wrong beside each."""

from typing import Any, Final

import msgspec

from tenshu.content.blocks.block import KINDS, LEAVES, Block, Blocks, Columns, kind_of
from tenshu.content.blocks.chips import CHIPS, shown, unknown_labels
from tenshu.content.blocks.letter import BlockRefused, check_blocks, each_block
from tenshu.content.template import TemplateText
from tenshu.kit.i18n import N_, _

#: Each kind's name on the page, and what it is for.
KIND_WORDS: Final[dict[str, tuple[str, str]]] = {
    "heading": (N_("Heading"), N_("a line that says what comes")),
    "text": (N_("Paragraphs"), N_("a few paragraphs")),
    "image": (N_("Picture"), N_("a photograph or a drawing")),
    "button": (N_("Button"), N_("one thing to do")),
    "products": (N_("Recommendations"), N_("goods that fit this person")),
    "coupon": (N_("Coupon"), N_("something to hand in")),
    "columns": (N_("Two columns"), N_("side by side")),
    "divider": (N_("Dividing line"), N_("parts two thoughts")),
    "spacer": (N_("White space"), N_("lets the eye rest")),
}


class BlockView(msgspec.Struct, frozen=True, kw_only=True):
    """One block in the editor.

    Attributes:
        path: where it stands, such as 3 or 3.left.0.
        name: the prefix of its fields.
        kind, title: which kind it is, and its words.
        given: its values as people read them.
        is_first, is_last: among its neighbours.
        wrong: every field -> what is wrong with it, or nothing.
        left, right: what stands in its columns.
    """

    path: str
    name: str
    kind: str
    title: str
    given: dict[str, Any]
    is_first: bool
    is_last: bool
    wrong: dict[str, str]
    left: list["BlockView"] = []
    right: list["BlockView"] = []


class Choice(msgspec.Struct, frozen=True):
    """Something to add or to merge in: what it does, its words, a hint."""

    value: str
    title: str
    hint: str = ""


def block_views(blocks: Blocks) -> list[BlockView]:
    """Return the blocks as the editor shows them."""
    wrong = _wrong_by_path(blocks)
    return [_view(block, f"{place}", place, len(blocks), wrong) for place, block in enumerate(blocks)]


def kind_choices(*, is_leaf: bool = False) -> list[Choice]:
    """Return what can be added, to a letter or to a column."""
    kinds = LEAVES if is_leaf else tuple(KINDS)
    return [Choice(kind, _(KIND_WORDS[kind][0]), _(KIND_WORDS[kind][1])) for kind in kinds]


def chip_choices() -> list[Choice]:
    """Return the values that can be merged in, as the page writes them."""
    return [Choice(f"〔{_(chip.label)}〕", _(chip.label)) for chip in CHIPS]


def first_words(written: TemplateText, longest: int = 90) -> str:
    """Return how a letter begins, for a list of letters."""
    letter = shown(written.text).partition("\n-- \n")[0]
    lines = [line.strip() for line in letter.splitlines() if line.strip() and "{%" not in line]
    said = " ".join(lines[:4])
    return said if len(said) <= longest else f"{said[:longest]}…"


def _view(block: Block, path: str, place: int, count: int, wrong: dict[str, dict[str, str]]) -> BlockView:
    kind = kind_of(block)
    sides: dict[str, list[BlockView]] = {"left": [], "right": []}
    if isinstance(block, Columns):
        for side, views in sides.items():
            leaves = getattr(block, side)
            views += [
                _view(leaf, f"{path}.{side}.{inner}", inner, len(leaves), wrong) for inner, leaf in enumerate(leaves)
            ]
    given = {
        field: shown(value) if isinstance(value, str) and field not in {"href", "src"} else value
        for field in block.__struct_fields__
        if not isinstance(value := getattr(block, field), tuple)
    }
    return BlockView(
        path=path,
        name=f"b{path}",
        kind=kind,
        title=_(KIND_WORDS[kind][0]),
        given=given,
        is_first=place == 0,
        is_last=place == count - 1,
        wrong=dict.fromkeys(block.__struct_fields__, "") | wrong.get(path, {}),
        left=sides["left"],
        right=sides["right"],
    )


def _wrong_by_path(blocks: Blocks) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for problem in check_blocks(blocks):
        path, _dot, field = str(problem.given["path"]).rpartition(".")
        found.setdefault(path, {}).setdefault(field, said(problem))
    for path, block in each_block(blocks):
        for field in block.__struct_fields__:
            value = getattr(block, field)
            for label in unknown_labels(value) if isinstance(value, str) else ():
                words = _("{given} is no value of ours; it stands in the mail as it is.", given=label)
                found.setdefault(path, {}).setdefault(field, words)
    return found


def said(problem: BlockRefused) -> str:
    """Return what is wrong, in the language of the page."""
    what = problem.given.get("what")
    if isinstance(what, str):
        return type(problem)(**{**problem.given, "what": _(what)}).text()
    return problem.text()
