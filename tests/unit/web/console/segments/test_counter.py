"""Counting while somebody types: fresh, shared, never in anybody's way."""

import threading
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tenshu.bootstrap import Shop
from tenshu.condition import Condition, parse
from tenshu.flow.live import Live
from tenshu.kit.clock import SetClock
from tenshu.segment.saved import save_segment
from tenshu.store.warehouse import Warehouse
from tenshu.testing.small_shop import consent, open_small_shop, order, tell
from tenshu.web.console.segments import answers, counter
from tenshu.web.console.segments.counter import REACHED_FOR, Counter, Overtaken, counter_of

ZONE = "Asia/Tokyo"
BOUGHT = parse({"kind": "did", "event": "order_completed", "within": {"days": 45}})
OFTEN = parse({"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": 2}})


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Shop, SetClock]:
    return open_small_shop(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, SetClock]:
    """Return a shop that tests only look at."""
    return open_small_shop(tmp_path_factory.mktemp("still"))


def test_there_is_one_counter_as_long_as_the_warehouse_is_open(still: tuple[Shop, SetClock]) -> None:
    assert counter_of(still[0]) is counter_of(still[0])


def test_a_newer_question_of_the_same_person_ends_the_older(
    shop: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody types on while the first count is under way: it is ended, and says that it was."""
    home, clock = shop
    one = Counter(home)
    under_way, may_end, ended = threading.Event(), threading.Event(), []
    real = Warehouse.frame

    def slow(self: Warehouse, sql: str, given: object = (), /, **tables: pl.DataFrame) -> pl.DataFrame:
        if threading.current_thread().name == "first" and sql.strip().startswith("WITH members"):
            under_way.set()
            may_end.wait(10)
            real(self, "SELECT count(*) FROM range(100000000) AS a(x), range(1000) AS b(y) WHERE x + y = -1")
        return real(self, sql, given, **tables)  # type: ignore[arg-type]

    def ask() -> None:
        try:
            one.met(BOUGHT, now=clock.now(), zone=ZONE, by="7")
        except Overtaken:
            ended.append("overtaken")
        finally:
            home.warehouse.leave()

    monkeypatch.setattr(Warehouse, "frame", slow)
    first = threading.Thread(target=ask, name="first")
    first.start()
    assert under_way.wait(10)
    turn = one._turns["7"]
    newer = threading.Thread(target=lambda: one.met(OFTEN, now=clock.now(), zone=ZONE, by="7"), name="second")
    newer.start()
    while not turn.is_over:
        may_end.wait(0.01)
    may_end.set()
    while first.is_alive():
        turn.end()
        first.join(0.05)
    newer.join(20)
    assert ended == ["overtaken"]
    assert not newer.is_alive()
    assert one._turns == {}


def test_people_do_not_end_each_others_counts(still: tuple[Shop, SetClock]) -> None:
    home, clock = still
    one = Counter(home)
    for by in ("1", "2", "", ""):
        assert len(one.met(BOUGHT, now=clock.now(), zone=ZONE, by=by)[0]) == 3
    assert one._turns == {}


def test_reach_that_is_not_known_yet_is_asked_behind_the_scenes(
    shop: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a large shop nobody who types waits for it; asked again a moment later it is there."""
    home, clock = shop
    monkeypatch.setattr(counter, "FEW", 0)
    said = {"kind": "did", "event": "order_completed"}
    first = answers.count(home, None, condition=said, waits=False)
    assert (first["matched"], first["everybody"], first["reach"]) == (5, 5, None)
    counter_of(home)._asking["marketing"].join(20)
    second = answers.count(home, None, condition=said, waits=False)
    assert second["reach"] == [
        ["matched", 5],
        ["has_address", 5],
        ["has_consent", 3],
        ["not_suppressed", 3],
        ["not_capped", 3],
    ]
    assert second["as_of"] == clock.now()


def test_whoever_waits_gets_the_reach_at_once(still: tuple[Shop, SetClock]) -> None:
    assert answers.count(still[0], None, condition={"kind": "did", "event": "order_completed"})["reach"][-1] == [
        "not_capped",
        3,
    ]


def test_reach_follows_what_happens(shop: tuple[Shop, SetClock]) -> None:
    """It is of a minute ago at most; what is old is told until the new is there."""
    home, clock = shop
    said = {"kind": "did", "event": "order_completed"}
    answers.count(home, None, condition=said)
    clock.set(clock.now() + timedelta(minutes=1))
    tell(home, [consent("S-1", "revoked", "opt_in", clock.now())])
    clock.set(clock.now() + REACHED_FOR)
    answers.count(home, None, condition=said)
    counter_of(home)._asking["marketing"].join(20)
    assert answers.count(home, None, condition=said)["reach"][2] == ["has_consent", 2]


def test_sizes_come_from_the_live_state_where_it_watches(
    shop: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, clock = shop
    with home.ledger.writing() as tx:
        save_segment(tx, "often", {"en": "Often"}, OFTEN, now=clock.now())
        save_segment(tx, "lately", {"en": "Lately"}, BOUGHT, now=clock.now())
    live = Live(home, ZONE)
    assert live.settled(OFTEN) is None
    before = answers.kept_segments(home, live)["segments"]
    live.refresh(clock.now())
    live.settle(clock.now())
    settled = live.settled(BOUGHT)
    assert settled is not None
    assert len(settled) == 3
    asked: list[list[str]] = []

    def watched(_warehouse: Warehouse, conditions: dict[str, Condition], **_given: object) -> pl.DataFrame:
        asked.append(list(conditions))
        raise AssertionError

    monkeypatch.setattr(counter, "evaluate", watched)
    assert answers.kept_segments(home, live)["segments"] == before
    assert asked == []


def test_trends_are_the_sizes_of_the_days_before(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    with home.ledger.writing() as tx:
        save_segment(tx, "often", {"en": "Often"}, OFTEN, now=clock.now())
    assert answers.kept_segments(home, None)["segments"]["often"]["trend"] == []
    rows = pl.DataFrame(
        {
            "fact_id": [bytes([n]) * 16 for n in range(3)],
            "batch": [-1] * 3,
            "node": pl.Series([1, 3, 5], dtype=pl.Int32),
            "event": ["segment_entered", "segment_entered", "segment_left"],
            "occurred_at": [clock.now() - timedelta(days=days, hours=1) for days in (3, 2, 1)],
            "received_at": [clock.now()] * 3,
            "source": ["ledger"] * 3,
            "properties": ['{"segment": "often", "version": 1}'] * 3,
        }
    )
    home.warehouse.append("facts", rows)
    tell(home, [order("S-1", "again", clock.now())])
    told = answers.kept_segments(home, None)["segments"]["often"]
    assert (told["size"], len(told["trend"]), told["trend"][-5:]) == (1, 31, [0, 1, 2, 1, 1])


def test_choices_are_what_the_data_hold(still: tuple[Shop, SetClock]) -> None:
    home, _clock = still
    told = answers.choices(home, None)
    assert {"customer_described", "product_purchased", "consent_recorded"} <= set(told["events"])
    assert set(told["fields"]["consent_recorded"]) >= {"status", "purpose", "channel"}
    assert set(told["traits"]) == {"customer_no", "last_name", "email"}
    assert answers.values(home, None, trait="last_name")[0][0] in {"佐藤", "鈴木", "高橋", "田中", "伊藤"}
    assert answers.values(home, None, event="product_purchased", field="product_id") == [["花束", "花束"]]
    assert ["granted", ""] in answers.values(home, None, event="consent_recorded", field="status")


def test_no_name_but_a_name_becomes_part_of_a_path(still: tuple[Shop, SetClock]) -> None:
    for name in ('"."x', "a b", "", "x" * 65, "'); DROP TABLE facts; --"):
        assert answers.values(still[0], None, trait=name) == []
        assert answers.values(still[0], None, event="consent_recorded", field=name) == []
