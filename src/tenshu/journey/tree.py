"""Lay a scenario out as a tree: who enters on top, each step below the one before it, side by side where ways part.

Pure arithmetic on the definition: no text is measured and nothing is drawn here. A step that several ways lead to
stands where it is met first; the others end in a mark that names it, as in the scenario's sentence.

Every leaf takes the next column, and a step stands above the middle of what follows it (Wetherell and Shannon 1979), so
what is below one step never gets between what is below another.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from tenshu.journey.grammar import Branch, Exit, Journey, Send, Split, Wait
from tenshu.journey.graph import exits_of

Kind = Literal["entry", "send", "wait", "branch", "split", "exit", "again"]
_KINDS: Final[dict[type, Kind]] = {Send: "send", Wait: "wait", Branch: "branch", Split: "split", Exit: "exit"}

#: Size of a step, and the room beside and below it, in pixels.
WIDTH: Final = 224
HEIGHT: Final = 104
BESIDE: Final = 20
BELOW: Final = 36
#: Room below a step whose ways out have names of their own, and how much of it a name takes.
BELOW_NAMED: Final = 108
NAME_HEIGHT: Final = 52
MARGIN: Final = 8


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One box.

    Attributes:
        key: unlike every other box's; of a step that stands here its name.
        step: the step; None = who enters.
        kind: what it is; `again` names a step that stands elsewhere.
        parent: key of the box above, None on top.
        way: number of the way out of the parent that leads here.
        depth: how many boxes are above.
        x, y: its left upper corner.
    """

    key: str
    step: str | None
    kind: Kind
    parent: str | None
    way: int
    depth: int
    x: float = 0.0
    y: float = 0.0


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """The line from a box to one below it.

    Attributes:
        source, target: keys of the boxes.
        way: number of the way out of the source.
        is_named: whether the way has a name (a case, an arm), which is written above the target.
        x1, y1, x2, y2: from the middle of the lower side of the source to that of the upper side of the target.
    """

    source: str
    target: str
    way: int
    is_named: bool
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def path(self) -> str:
        """The line as the path of an SVG drawing: straight down, and bent where it has to go aside."""
        if self.x1 == self.x2:
            return f"M{self.x1:g} {self.y1:g}V{self.y2:g}"
        middle = self.y1 + BELOW
        return (
            f"M{self.x1:g} {self.y1:g}C{self.x1:g} {middle:g} {self.x2:g} {self.y1 + 4:g} {self.x2:g} {middle:g}"
            f"V{self.y2:g}"
        )


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing: boxes in the order in which they are read, lines, and the size of the frame."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


#: The key of the box that says who enters; no step has such a name.
ENTRY: Final = "(entry)"


def tree(journey: Journey) -> Tree:
    """Return the drawing of a scenario."""
    boxes = _boxes(journey)
    children: dict[str, list[Node]] = {box.key: [] for box in boxes}
    for box in boxes:
        if box.parent is not None:
            children[box.parent].append(box)
    columns = _columns(boxes, children)
    tops = _tops(boxes)
    placed = {
        box.key: msgspec.structs.replace(
            box, x=MARGIN + columns[box.key] * (WIDTH + BESIDE), y=float(MARGIN + tops[box.depth])
        )
        for box in boxes
    }
    edges = tuple(_edge(placed[box.parent], box) for box in placed.values() if box.parent is not None)
    return Tree(
        nodes=tuple(placed.values()),
        edges=edges,
        width=max(box.x for box in placed.values()) + WIDTH + MARGIN,
        height=max(box.y for box in placed.values()) + HEIGHT + MARGIN,
    )


def _boxes(journey: Journey) -> list[Node]:
    """Return the boxes as a person reads them: a way to its end before the next one. No recursion: 200 steps deep."""
    found = [Node(key=ENTRY, step=None, kind="entry", parent=None, way=0, depth=0)]
    standing: set[str] = set()
    open_ways: list[tuple[str, str, int, int]] = [(journey.first_step, ENTRY, 0, 1)]
    while open_ways:
        step, parent, way, depth = open_ways.pop()
        if step in standing:
            key = f"{parent}({way})"
            found.append(Node(key=key, step=step, kind="again", parent=parent, way=way, depth=depth))
            continue
        standing.add(step)
        kind = _KINDS[type(journey.steps[step])]
        found.append(Node(key=step, step=step, kind=kind, parent=parent, way=way, depth=depth))
        ways = [(target, step, number, depth + 1) for number, (_, target) in enumerate(exits_of(journey.steps[step]))]
        open_ways.extend(reversed(ways))
    return found


def _columns(boxes: Sequence[Node], children: dict[str, list[Node]]) -> dict[str, float]:
    """Return in which column each box stands: leaves one after the other, the others above their middle."""
    columns: dict[str, float] = {}
    leaves = 0
    for box in boxes:
        if not children[box.key]:
            columns[box.key] = float(leaves)
            leaves += 1
    for box in reversed(boxes):
        below = children[box.key]
        if below:
            columns[box.key] = (columns[below[0].key] + columns[below[-1].key]) / 2
    return columns


def _tops(boxes: Sequence[Node]) -> list[float]:
    """Return where each depth begins; there is more room below one at which named ways begin."""
    deepest = max(box.depth for box in boxes)
    named = {box.depth for box in boxes if box.kind in ("branch", "split")}
    tops = [0.0]
    for depth in range(deepest):
        tops.append(tops[-1] + HEIGHT + (BELOW_NAMED if depth in named else BELOW))
    return tops


def _edge(source: Node, target: Node) -> Edge:
    return Edge(
        source=source.key,
        target=target.key,
        way=target.way,
        is_named=source.kind in ("branch", "split"),
        x1=source.x + WIDTH / 2,
        y1=source.y + HEIGHT,
        x2=target.x + WIDTH / 2,
        y2=target.y,
    )
