"""The past is read once, whole and in portions, up to the cursor and not beyond."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest

from tenshu.condition import parse
from tenshu.segment.hot import reading
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.hot.events import EventStore
from tenshu.segment.hot.plan import plan
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.hot.story import Story
from tests.unit.segment.oracle import Fact
from tests.unit.segment.worlds import NOW, ZONE

COUNTED = {
    "ever": parse({"kind": "did", "event": "noted"}),
    "lately": parse({"kind": "did", "event": "noted", "within": {"days": 5}}),
    "said": parse({"kind": "did", "event": "noted", "where": [{"field": "x", "cmp": "is", "value": 1}]}),
}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    yield store
    store.close()


@pytest.fixture
def story(warehouse: Warehouse) -> Story:
    story = Story(warehouse, ZONE, NOW, {1: 1})
    for batch in range(5):
        story.tell([note(10 * batch + n + 1, days=n) for n in range(-1, 9)])
        story.tell([note(100 + 3 * batch + n, days=n) for n in range(3)], drained=True)
    return story


def note(number: int, *, days: int) -> Fact:
    at = NOW - timedelta(days=days)
    return Fact(number.to_bytes(16, "big"), 1, "noted", at, at, {"x": number % 2})


def store(*names: str) -> EventStore:
    return EventStore(plan({name: COUNTED[name] for name in names}).events["noted"], Calendar(ZONE))


@pytest.mark.parametrize("span", [1, 7, 64, 65, 66, 10_000])
def test_portions_of_any_size_read_every_fact_once(story: Story, monkeypatch: pytest.MonkeyPatch, span: int) -> None:
    monkeypatch.setattr(reading, "SPAN", span)
    found = store(*COUNTED)
    reading.fill(found, story.warehouse, story.cursor)
    kept = dict(found.arrays())
    counts = sorted(int(tally.max()) for name, tally in kept.items() if name.startswith("tally."))
    assert counts == [32, 60]  # 32 notes say 1; five of the 65 are dated ahead
    assert len(kept["pending.at"]) == 5
    assert (kept["shelf.at"] > 0).all()


def test_history_is_read_for_the_questions_that_need_it(story: Story) -> None:
    both, recent, running = store("ever", "lately"), store("lately"), store("said")
    assert [since for _, since, _ in both.spans(NOW)] == [np.iinfo(np.int64).min, recent.spans(NOW)[0][1]]
    assert len(recent.spans(NOW)) == len(running.spans(NOW)) == 1
    for one in (both, recent):
        reading.fill(one, story.warehouse, story.cursor)
    assert sorted(dict(both.arrays())["shelf.at"].tolist()) == sorted(dict(recent.arrays())["shelf.at"].tolist())


@pytest.mark.parametrize(("batch", "position", "seen"), [(0, 0, 0), (1, 0, 9), (0, 3, 3), (2, 4, 22), (5, 15, 60)])
def test_only_what_the_cursor_has_seen_is_read(story: Story, batch: int, position: int, seen: int) -> None:
    found = store("ever")
    reading.fill(found, story.warehouse, Cursor(batch, position, NOW, None))
    tally = next(kept for name, kept in found.arrays() if name.startswith("tally."))
    assert int(tally.max(initial=0)) == seen


def test_facts_of_homes_before_drained_facts_had_numbers_always_count(story: Story) -> None:
    story.warehouse.execute("UPDATE facts SET batch = 0 WHERE batch < 0")
    found = store("ever")
    reading.fill(found, story.warehouse, Cursor(0, 0, NOW, None))
    tally = next(kept for name, kept in found.arrays() if name.startswith("tally."))
    assert tally.max() == 15


def test_an_empty_warehouse_fills_nothing(warehouse: Warehouse) -> None:
    empty = Story(warehouse, ZONE, NOW, {})
    found = store(*COUNTED)
    reading.fill(found, empty.warehouse, empty.cursor)
    assert all(len(kept) == 0 for _, kept in found.arrays())


def test_rows_that_are_dated_ahead_are_put_aside() -> None:
    found = store("ever")
    rows = {
        "node": np.array([1, 1], np.int32),
        "at": np.array([0, 10**18]),
        "bits": np.ones((2, 1), np.uint8),
    }
    assert reading.hand_over(found, rows, NOW)["at"].tolist() == [0]
    assert found.pending.rows["at"].tolist() == [10**18]
    assert reading.hand_over(found, {}, NOW) == {}
