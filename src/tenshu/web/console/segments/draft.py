"""A condition as a form holds it: a tree of parts whose fields are the texts that stand in the controls.

A draft may be unfinished, as anything is that somebody is writing. It is read from the names of a form's fields
(`c.0.1.cmp` is the comparison of the second part of the first part), changed by the buttons of the form, and written
back into the same names.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from tenshu.condition.errors import ConditionTooLarge
from tenshu.condition.parse import MOST_DEPTH, MOST_NODES

#: What a part can be; `none` fits those whom none of its parts fits.
GROUPS: Final = ("and", "or", "none")
LEAVES: Final = ("trait", "did", "did_not", "rank")
ROOT: Final = "c"
#: Comparisons of fields in one part, as many as the grammar allows.
MOST_WHERES: Final = 20
#: The highest number that such a comparison can have in the name of a field.
_LAST_WHERE: Final = 99
_NAME: Final = re.compile(rf"{ROOT}((?:\.[0-9]{{1,3}})*)\.([a-z][a-z_]*(?:\.[0-9]{{1,2}}(?:\.[a-z]+)?)?)")


class Draft(msgspec.Struct):
    """One part.

    Attributes:
        kind: one of `GROUPS` or `LEAVES`; anything else is nothing.
        said: the texts of its controls by the end of their names, all values of a name in order.
        of: the parts of a group.
    """

    kind: str
    said: dict[str, list[str]] = msgspec.field(default_factory=dict)
    of: list["Draft"] = msgspec.field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Whether it holds other parts."""
        return self.kind in GROUPS

    def text(self, name: str, default: str = "") -> str:
        """Return the first text of a control."""
        return (self.said.get(name) or [default])[0]

    def wheres(self) -> list[int]:
        """Return the numbers of the comparisons of an event's fields, in order."""
        found = {int(name.split(".")[1]) for name in self.said if name.startswith("where.")}
        return sorted(found)


def draft_of_fields(fields: Iterable[tuple[str, str]]) -> Draft:
    """Return the draft that a form's fields make; names that are none of ours are passed over.

    Raises:
        ConditionTooLarge: more parts or levels than a condition may have.
    """
    told: dict[tuple[int, ...], dict[str, list[str]]] = {}
    for name, text in fields:
        match = _NAME.fullmatch(name)
        if match is not None:
            place = tuple(int(one) for one in match[1].split(".")[1:])
            told.setdefault(place, {}).setdefault(match[2], []).append(text)
    deepest = max((len(place) for place in told), default=0) + 1
    if len(told) > MOST_NODES or deepest > MOST_DEPTH:
        raise ConditionTooLarge(nodes=len(told), depth=deepest, most_nodes=MOST_NODES, most_depth=MOST_DEPTH)
    parts: dict[tuple[int, ...], Draft] = {}
    for place in sorted(told):  # a group comes before its parts
        said = told[place]
        kind = said.pop("kind", [""])[0]
        parts[place] = Draft(kind if kind in GROUPS + LEAVES else "", said)
        if place and place[:-1] in parts and parts[place[:-1]].is_group:
            parts[place[:-1]].of.append(parts[place])
    return parts.get((), Draft("and"))


def fields_of_draft(draft: Draft, path: str = ROOT) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of all fields of a draft."""
    yield f"{path}.kind", draft.kind
    for name, texts in draft.said.items():
        for text in texts:
            yield f"{path}.{name}", text
    for index, inner in enumerate(draft.of):
        yield from fields_of_draft(inner, f"{path}.{index}")


def acted(draft: Draft, act: str) -> Draft:
    """Do what a button of the form says: `add:c.0:trait`, `remove:c.0.1`, `wrap:c.1:or`, `where:c.2`, `drop:c.2:0`.

    What names nothing that is there changes nothing.
    """
    verb, _, rest = act.partition(":")
    path, _, what = rest.partition(":")
    place = _place(path)
    part, holder = _found(draft, place), _found(draft, place[:-1])
    if part is None or holder is None:
        return draft
    if verb == "add" and part.is_group and what in GROUPS + LEAVES:
        part.of.append(fresh(what))
    elif verb == "where" and len(part.wheres()) < MOST_WHERES:
        part.said[f"where.{_next_where(part.wheres())}.field"] = [""]
    elif verb == "drop":
        part.said = {name: said for name, said in part.said.items() if not name.startswith(f"where.{what}.")}
    elif verb == "remove" and place:
        del holder.of[place[-1]]
    elif verb == "wrap" and place and what in GROUPS:
        holder.of[place[-1]] = Draft(what, {}, [part])
    elif verb == "unwrap" and place and part.is_group:
        holder.of[place[-1] : place[-1] + 1] = part.of
    return draft


def touched(draft: Draft, act: str) -> frozenset[str]:
    """Return the paths of the parts that an act was about, once it is done: a new part, or the one that was changed."""
    verb, _, rest = act.partition(":")
    path, _, what = rest.partition(":")
    part = _found(draft, _place(path))
    if verb == "add" and part is not None and what in LEAVES and part.of:
        return frozenset({f"{path}.{len(part.of) - 1}"})
    return frozenset({f"{path}.0"} if verb == "wrap" else {path})


def fresh(kind: str) -> Draft:
    """Return a new part, as unfinished as can be."""
    if kind in GROUPS:
        return Draft(kind)
    first = {
        "trait": {"trait": [""], "cmp": ["is"]},
        "did": {"event": ["order_completed"], "when": ["days"], "days": ["90"]},
        "did_not": {"event": ["order_completed"], "when": ["days"], "days": ["180"]},
        "rank": {"by": ["rank"], "cmp": ["one_of"]},
    }
    return Draft(kind, first[kind])


def _place(path: str) -> list[int]:
    """Return the numbers on a path; one that is too long to be a part's is that of no part."""
    return [int(one) if len(one) < 5 else MOST_NODES for one in path.split(".")[1:] if one.isdecimal()]


def _next_where(taken: list[int]) -> int:
    """Return the number after the last; once there is none of two digits, the first that is free."""
    last = max(taken, default=-1)
    return last + 1 if last < _LAST_WHERE else next(nth for nth in range(_LAST_WHERE) if nth not in taken)


def _found(draft: Draft, place: list[int]) -> Draft | None:
    part = draft
    for index in place:
        if index >= len(part.of):
            return None
        part = part.of[index]
    return part
