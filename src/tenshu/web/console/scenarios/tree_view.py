"""Draw a scenario and where its people stand: boxes with words and counts, lines as thick as their flow."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tenshu.journey.definition import Journey
from tenshu.journey.differences import MARKS
from tenshu.journey.grammar import Broadcast
from tenshu.journey.sentence import entry_note, way_names
from tenshu.journey.tree import HEIGHT, NAME_HEIGHT, WIDTH, Edge, Node, tree
from tenshu.kit.i18n import _, current_language
from tenshu.measure.account import Account
from tenshu.measure.where_they_stand import DOOR, AtStep, WhereTheyStand
from tenshu.web.console import figures
from tenshu.web.console.account_bar import Part, account_view
from tenshu.web.console.scenarios.words import entry_kind, entry_title, step_note, step_title

#: Thickness of a line along which nobody, and everybody, went.
THINNEST: Final = 1.5
THICKEST: Final = 7.0
#: Widths of the page on a desk, in pixels: beside the panel, and without it.
BESIDE_PANEL: Final = 620
WHOLE: Final = 940
#: Letters are not drawn smaller than this share of their size.
SMALLEST: Final = 0.75
_BESIDE_NAME: Final = 4


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One step as it is drawn.

    Attributes:
        key: of the panel that it opens; empty for a mark of a step that stands elsewhere.
        kind: what it is, for its drawing.
        x, y, width, height: where.
        title, note: its two lines.
        count: how many, in words; empty where nothing can be said.
        ghost: how many of the hold-out, in words; empty when nobody.
        parts: of a sending step, its account as parts of a bar.
        depth: how far it stands in, in the list.
        way: what the way to it is called, in the list.
        is_urgent: whether somebody should look.
        is_open: whether its panel is open.
        mark, mark_words: how it differs from another version, as a code and in words; empty where it does not.
    """

    key: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str
    note: str
    count: str
    ghost: str
    parts: tuple[Part, ...]
    depth: int
    way: str
    is_urgent: bool
    is_open: bool
    mark: str = ""
    mark_words: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line between two boxes, with the name of the way."""

    path: str
    thickness: float
    is_used: bool
    name: str
    name_x: float
    name_y: float


class TreeView(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing.

    Attributes:
        width, height: of the frame in which its places are meant.
        drawn_width, drawn_height: on the page; a very wide one is drawn smaller, and what is wider still is scrolled.
        is_wide: whether it needs the whole width of the page, so that the panel goes below.
        boxes, lines: what is in it.
    """

    width: float
    height: float
    drawn_width: float
    drawn_height: float
    is_wide: bool
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    name_width: float = float(WIDTH)
    name_height: float = float(NAME_HEIGHT - 2 * _BESIDE_NAME)


def tree_view(
    journey: Journey,
    where: WhereTheyStand | None,
    *,
    currency: str | None = None,
    opened: str = "",
    marks: Mapping[str, str] | None = None,
) -> TreeView:
    """Return the drawing of a scenario in the language that is spoken now.

    Args:
        journey: the scenario.
        where: where its people stand; None for one that was never started.
        currency: for amounts in conditions.
        opened: the key of the box whose panel is open.
        marks: steps that differ from another version, as `journey.differences.marks` names them.
    """
    drawn = tree(journey)
    names = {name: way_names(step, current_language(), currency) for name, step in journey.steps.items()}
    nodes = {node.key: node for node in drawn.nodes}
    scale = 1.0 if drawn.width * SMALLEST <= WHOLE else SMALLEST  # in between, the page shrinks it to its own width
    return TreeView(
        width=drawn.width,
        height=drawn.height,
        drawn_width=round(drawn.width * scale, 1),
        drawn_height=round(drawn.height * scale, 1),
        is_wide=drawn.width > BESIDE_PANEL,
        boxes=tuple(
            _marked(_box(node, journey, where, names=names, currency=currency, opened=opened), marks or {})
            for node in drawn.nodes
        ),
        lines=tuple(_line(edge, nodes[edge.source], where, names) for edge in drawn.edges),
    )


def _box(
    node: Node,
    journey: Journey,
    where: WhereTheyStand | None,
    *,
    names: dict[str, list[str]],
    currency: str | None,
    opened: str,
) -> Box:
    title, note = _words(node, journey, currency)
    account = _account(node, where)
    count, ghost = ("", "") if where is None else _counts(node, where, account)
    way = _way_name(node, names)
    return Box(
        key="" if node.kind == "again" else ("entry" if node.step is None else node.step),
        kind=entry_kind(journey) if node.step is None else node.kind,
        x=node.x,
        y=node.y,
        width=WIDTH,
        height=HEIGHT,
        title=title,
        note=note,
        count=count,
        ghost=ghost,
        parts=tuple(part for part in account_view(account).parts if not part.is_empty) if account else (),
        depth=node.depth,
        way=way,
        is_urgent=account is not None and account.in_doubt > 0,
        is_open=opened == ("entry" if node.step is None else node.step) and node.kind != "again",
    )


def _marked(box: Box, marks: Mapping[str, str]) -> Box:
    mark = marks.get(box.key, "")
    return msgspec.structs.replace(box, mark=mark, mark_words=_(MARKS[mark])) if mark else box


def _words(node: Node, journey: Journey, currency: str | None) -> tuple[str, str]:
    if node.step is None:
        note = entry_note(journey, current_language(), currency)
        at = f"{journey.entry.at.replace('T', ' ')} · " if isinstance(journey.entry, Broadcast) else ""
        return entry_title(journey), f"{at}{note}"
    step = journey.steps[node.step]
    if node.kind == "again":
        return _("Goes on at"), f"{step_title(step)} · {step_note(step)}"
    return step_title(step), step_note(step)


def _account(node: Node, where: WhereTheyStand | None) -> Account | None:
    if where is None or node.step is None or node.kind != "send":
        return None
    return where.steps[node.step].account


def _counts(node: Node, where: WhereTheyStand, account: Account | None) -> tuple[str, str]:
    if node.step is None:
        return _("{count} entered", count=figures.count(where.entered)), _ghosts(where.held_out)
    if node.kind == "again":
        return "", ""
    at = where.steps[node.step]
    if account is not None:
        not_sent = account.suppressed_total + account.failed
        told = [_("{count} sent", count=figures.count(account.sent))]
        if not_sent:
            told.append(_("{count} not", count=figures.count(not_sent)))
        if account.pending + account.in_doubt:
            told.append(_("{count} open", count=figures.count(account.pending + account.in_doubt)))
        return " · ".join(told), _ghosts(account.held_out)
    return _others(node, at)


def _others(node: Node, at: AtStep) -> tuple[str, str]:
    if node.kind == "exit":
        return _("{count} ended here", count=figures.count(at.stopped)), ""
    here = at.waiting + at.waiting_held_out
    passed = "" if at.passed is None else _("{count} came by", count=figures.count(at.passed))
    if node.kind == "wait" or here:
        told = [_("{count} wait now", count=figures.count(here)), passed]
        return " · ".join(part for part in told if part), _ghosts(at.waiting_held_out)
    return passed, ""


def _ghosts(people: int) -> str:
    return _("{count} held out", count=figures.count(people)) if people else ""


def _way_name(node: Node, names: dict[str, list[str]]) -> str:
    own = names.get(node.parent or "", [])
    return own[node.way] if own else ""


def _line(edge: Edge, source: Node, where: WhereTheyStand | None, names: dict[str, list[str]]) -> Line:
    people = None
    if where is not None:
        people = where.ways.get(DOOR if source.step is None else (source.step, edge.way))
    share = people / where.entered if where is not None and where.entered and people else 0.0
    own = names.get(source.step or "", [])
    name = own[edge.way] if own else ""
    if name and people is not None:
        name = f"{name} ({figures.count(people)})"
    return Line(
        path=edge.path,
        thickness=round(THINNEST + (THICKEST - THINNEST) * min(1.0, share), 2),
        is_used=bool(people),
        name=name,
        name_x=edge.x2 - WIDTH / 2,
        name_y=edge.y2 - NAME_HEIGHT - 12 + _BESIDE_NAME,
    )
