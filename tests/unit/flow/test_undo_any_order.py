"""Imports in any order, any of them undone at any time: known is what importing only the rest would tell."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.content.shop import ShopSettings
from tenshu.flow.untelling import begin, untell
from tenshu.store.home import Stores
from tests.unit.flow.imports import as_told, bring, known
from tests.unit.identify.shops import START, WHO, Fact, fresh_stores, make_fact
from tests.unit.identify.test_any_split import run_all

FACTS = st.lists(st.tuples(WHO, st.integers(0, 3)), min_size=5, max_size=5)
#: Who tells which of the facts: a file, or something that nobody can undo.
TELLINGS = st.lists(
    st.tuples(st.sampled_from(["file", "file", "file", "web"]), st.sets(st.integers(0, 4), min_size=1)),
    min_size=2,
    max_size=5,
)
#: After which telling which of the files is undone, if it is there by then.
UNDOINGS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=3)
_BOTH = [("customer_no", "customer_no-1"), ("email", "email-1")]

#: The first file makes an address shared; without it the second file's customer has it, and an older number.
_KNOWN_BY_TWO = [
    ([("email", "email-1")], 1),
    ([("customer_no", "customer_no-2"), ("email", "email-3"), ("phone", "phone-2")], 2),
    ([("phone", "phone-3")], 1),
    ([("customer_no", "customer_no-3"), ("email", "email-1")], 2),
    ([("customer_no", "customer_no-1"), ("email", "email-3"), ("phone", "phone-2")], 1),
]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FACTS, TELLINGS, UNDOINGS)
@example(
    [(_BOTH, 1), (_BOTH, 2), (_BOTH[1:], 0), ([], 2), (_BOTH, 3)], [("file", {0, 1}), ("file", {1, 0, 2})], [(1, 0)]
)
@example([(_BOTH, 1), (_BOTH, 2), (_BOTH[1:], 0), ([], 2), (_BOTH, 3)], [("file", {0, 1}), ("web", {1})], [(1, 0)])
@example(_KNOWN_BY_TWO, [("file", {0, 1, 3}), ("file", {3, 4})], [(2, 0)])
@example([(_BOTH, 0), (_BOTH[1:], 2), (_BOTH, 1), ([], 2), (_BOTH, 3)], [("file", {0}), ("file", {1})], [(1, 0)])
def test_what_is_known_is_what_the_imports_that_stay_tell(
    drawn: list[tuple[list[tuple[str, str]], int]],
    tellings: list[tuple[str, set[int]]],
    undoings: list[tuple[int, int]],
) -> None:
    facts = [make_fact(number, who, kind) for number, (who, kind) in enumerate(drawn)]
    files = [nth for nth, (teller, _what) in enumerate(tellings) if teller == "file"]
    undone = {files[which]: after for after, which in undoings if which < len(files) and files[which] <= after}
    with tempfile.TemporaryDirectory() as folder:
        taken_back = _played(Path(folder) / "all", facts, tellings, undone)
        rest = {nth: telling for nth, telling in enumerate(tellings) if nth not in undone}
        assert taken_back == _played(Path(folder) / "rest", facts, tellings, {}, only=set(rest))


def _played(
    home: Path,
    facts: list[Fact],
    tellings: list[tuple[str, set[int]]],
    undone: dict[int, int],
    *,
    only: set[int] | None = None,
) -> dict[str, list[tuple[Any, ...]]]:
    """Let the tellings happen, each file undone when it is its turn; return what is known in the end."""
    stores = fresh_stores(home)
    for nth, (teller, what) in enumerate(tellings):
        if only is None or nth in only:
            told = [as_told(facts[number], nth) for number in sorted(what)]
            if teller == "file":
                bring(stores, f"file-{nth}", told, at=START)
            else:
                accept(stores.inbox, facts_frame(told), source="web", received_at=START)
            run_all(stores)
        for file in sorted(file for file, after in undone.items() if after == nth):
            _undo(stores, f"file-{file}")
    for file in sorted(file for file, after in undone.items() if after >= len(tellings)):
        _undo(stores, f"file-{file}")
    found = known(stores)
    stores.close()
    return found


def _undo(stores: Stores, file: str) -> None:
    now = START + timedelta(days=1)
    begin(stores, file, by="", now=now)
    untell(stores, file, ShopSettings(), now=now)
