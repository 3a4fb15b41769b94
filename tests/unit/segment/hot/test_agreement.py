"""Whatever happens in whatever order: the hot columns say what the warehouse says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import Condition, parse
from tenshu.kit.rng import unit
from tenshu.segment.hot import Hot
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.hot.story import Story, members, replayed
from tests.unit.segment.oracle import Fact, Line, World
from tests.unit.segment.worlds import INSTANTS, NOW, ZONE, conditions, crowd, worlds

_MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
_LATER = [*INSTANTS, *(NOW + timedelta(days=days, hours=1) for days in (1, 6, 7, 8, 200))]
_SHOPS = [crowd(seed) for seed in (1, 2)]
_named = st.lists(conditions(), min_size=1, max_size=5).map(lambda some: {f"c{n}": one for n, one in enumerate(some)})
_nodes = st.integers(1, 52)
_moves = st.one_of(
    st.tuples(st.just("tell"), st.integers(1, 150)),
    st.tuples(st.just("drain"), st.integers(1, 80)),
    st.tuples(
        st.just("give"), st.dictionaries(_nodes, st.one_of(st.none(), st.integers(1, 44)), min_size=1, max_size=6)
    ),
    st.tuples(st.just("wait"), st.sampled_from(_LATER)),
    st.tuples(st.just("publish"), st.none()),
    st.tuples(st.just("watch"), _named),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("settle"), st.none()),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Path]]:
    store = Warehouse(threads=1)
    yield store, tmp_path_factory.mktemp("kept")
    store.close()


class Follower:
    """Hot columns that hear a story, and the members as the changes told them."""

    def __init__(self, story: Story, watched: dict[str, Condition], folder: Path) -> None:
        self.story, self.watched, self.folder = story, watched, folder
        self.hot = story.filled(watched)
        self.heard = members(self.hot, watched)

    def hear(self, kind: str, what: Any, facts: Iterator[Fact | Line]) -> None:
        story, hot = self.story, self.hot
        if kind in {"tell", "drain"}:
            rows = [row for row in islice(facts, what) if kind == "tell" or isinstance(row, Fact)]
            frame, cursor = story.tell(rows, drained=kind == "drain")
            hot.take(frame, batch=cursor.batch, position=cursor.position)
        elif kind == "give":
            hot.remap(story.give(what))
        elif kind == "wait":
            story.wait_until(what)
            hot.move_to(story.cursor.at)
        elif kind == "publish":
            hot.publish(story.publish())
        elif kind == "watch":
            self.settle()
            self.watched = what
            hot.watch(story.warehouse, self.watched)
            self.heard = members(hot, self.watched)
        elif kind == "restart":
            hot.save(self.folder / "hot")
            again = Hot.load(self.folder / "hot", self.story.warehouse, self.watched, zone=ZONE)
            assert again is not None
            self.hot = again
        else:
            self.settle()

    def settle(self) -> None:
        self.heard = replayed(self.heard, self.hot.settle())


@_MANY
@given(
    number=st.integers(0, len(_SHOPS) - 1),
    shuffle=st.integers(0, 1_000),
    watched=_named,
    begins=st.sampled_from(INSTANTS),
    moves=st.lists(_moves, min_size=1, max_size=12),
)
def test_hot_columns_agree_with_the_warehouse_and_the_judge_after_any_story(
    stage: tuple[Warehouse, Path],
    number: int,
    shuffle: int,
    watched: dict[str, Condition],
    begins: datetime,
    moves: list[tuple[str, Any]],
) -> None:
    shop = _SHOPS[number]
    everything = [*shop.facts, *shop.lines]
    facts = iter([everything[place] for place in unit(f"order {shuffle}", range(len(everything))).argsort()])
    story = Story(stage[0], ZONE, begins, {})
    story.tell(list(islice(facts, 100)))
    story.give(shop.node_map)
    follower = Follower(story, watched, stage[1])
    for kind, what in moves:
        follower.hear(kind, what, facts)
    expected = story.answers(follower.watched)
    assert expected == story.judged(follower.watched)
    everybody = pl.Series(sorted(set(story.node_map.values())), dtype=pl.Int64)
    held = follower.hot.holds(list(follower.watched), everybody)
    assert {name: held.filter(name)["customer"].to_list() for name in follower.watched} == expected
    follower.settle()
    assert members(follower.hot, follower.watched) == expected
    assert follower.heard == expected
    assert {name: follower.hot.count(name) for name in expected} == {name: len(some) for name, some in expected.items()}
    assert follower.hot.cursor == story.cursor
    assert follower.hot.settle().is_empty()
    assert members(story.filled(follower.watched), follower.watched) == expected


#: Clocks that leap over midnight, that go back at midnight, that go back at one, and a day that never was.
_CHANGES = {
    "America/Sao_Paulo": datetime(2018, 11, 4, 3, tzinfo=UTC),
    "America/Havana": datetime(2018, 11, 4, 5, tzinfo=UTC),
    "America/St_Johns": datetime(2010, 11, 7, 2, 31, tzinfo=UTC),
    "Europe/London": datetime(2018, 10, 28, 1, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),
}
_around = st.one_of(
    st.integers(-60 * 60, 60 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from([timedelta(minutes=30 * n, microseconds=us) for n in range(-54, 54) for us in (-1, 0, 1)]),
)
_WINDOWS: dict[str, Condition] = {
    f"{kind} {how} {name}": parse(
        {"kind": kind, "event": "email_clicked", "within": {name: how}, "count": {"cmp": "gte", "value": 2}}
    )
    for kind in ("did", "did_not")
    for name, how in (("days", 0), ("days", 1), ("hours", 1), ("hours", 25))
}


@_MANY
@given(
    zone=st.sampled_from(sorted(_CHANGES)),
    clicks=st.lists(st.tuples(st.integers(1, 3), _around), min_size=1, max_size=12),
    stops=st.lists(_around, min_size=1, max_size=6),
)
def test_no_window_is_missed_wherever_time_stops_when_clocks_change(
    stage: tuple[Warehouse, Path], zone: str, clicks: list[tuple[int, timedelta]], stops: list[timedelta]
) -> None:
    at = _CHANGES[zone]
    story = Story(stage[0], zone, at + min(stops), {1: 1, 2: 2, 3: 3})
    story.tell(
        [
            Fact(number.to_bytes(16, "big"), node, "email_clicked", at + shift, at + shift, {})
            for number, (node, shift) in enumerate(clicks)
        ]
    )
    hot = story.filled(_WINDOWS)
    for stop in sorted(stops):
        story.wait_until(at + stop)
        hot.move_to(story.cursor.at)
        hot.settle()
        assert members(hot, _WINDOWS) == story.judged(_WINDOWS)


@_MANY
@given(world=worlds(), watched=_named, now=st.sampled_from(INSTANTS), as_of=st.sampled_from(INSTANTS))
def test_a_fill_of_any_small_shop_and_its_snapshot_agree_with_the_judge(
    stage: tuple[Warehouse, Path], world: World, watched: dict[str, Condition], now: datetime, as_of: datetime
) -> None:
    story = Story(stage[0], ZONE, min(as_of, now), world.node_map)
    story.tell([*world.facts, *world.lines])
    story.publish()
    story.wait_until(now)
    hot = story.filled(watched)
    judged = story.judged(watched)
    assert members(hot, watched) == judged
    hot.save(stage[1] / "small")
    again = Hot.load(stage[1] / "small", stage[0], watched, zone=ZONE)
    assert again is not None
    assert members(again, watched) == judged
    again.remap(story.give(dict.fromkeys(world.node_map, 1)))
    again.settle()
    assert members(again, watched) == story.judged(watched)
