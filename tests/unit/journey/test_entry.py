"""Who enters, when, and into which arm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.event import FRESH_FOR
from tenshu.journey.entry import (
    CANDIDATES,
    ENROLMENTS,
    arms,
    by_event,
    due_entry,
    enrol,
    entry_key,
)
from tenshu.journey.local_time import local
from tenshu.journey.tables import enrolments
from tenshu.store.ledger import INSTANT
from tests.unit.journey.examples import IN_OSAKA, NOW, TOKYO, entered, facts, journey, no_past, on_event

BROADCAST = {"kind": "broadcast", "at": "2026-01-06T09:30", "condition": IN_OSAKA}
EARLIER = NOW - timedelta(days=2)


def past(*rows: tuple[int, str, datetime, str]) -> pl.DataFrame:
    """Return walks: customer, entry_key, entered_at, status."""
    return pl.DataFrame(list(rows), schema=no_past().schema, orient="row")


def candidates(*rows: tuple[int, str]) -> pl.DataFrame:
    """Return candidates: customer, entry_key."""
    return pl.DataFrame(list(rows), schema={"customer": pl.Int64, "entry_key": pl.String}, orient="row")


def let_in(who: pl.DataFrame, before: pl.DataFrame, now: datetime = NOW, **changes: Any) -> list[tuple[int, str]]:
    """Return who enters, with the key."""
    new = enrol(who, before, journey(**changes), version=1, now=now, next_enrolment=1)
    return list(new.select("customer", "entry_key").rows())


class TestDueEntry:
    """When people are let in."""

    def test_broadcast_is_due_once_at_its_minute_in_the_shops_zone(self) -> None:
        scenario = journey(entry=BROADCAST)
        due = due_entry(scenario, EARLIER, None, TOKYO)
        assert due == datetime(2026, 1, 6, 0, 30, tzinfo=UTC)
        assert due_entry(scenario, EARLIER, due, TOKYO) is None

    def test_broadcast_started_too_late_is_due_at_once_and_once(self) -> None:
        started_at = datetime(2026, 1, 7, tzinfo=UTC)
        scenario = journey(entry=BROADCAST)
        assert due_entry(scenario, started_at, None, TOKYO) == started_at
        assert due_entry(scenario, started_at, started_at, TOKYO) is None

    def test_daily_scenario_is_due_the_first_time_after_its_start(self) -> None:
        # Started at 10:00:00 sharp: today counts. Started a second later: tomorrow.
        assert due_entry(journey(), NOW, None, TOKYO) == NOW
        assert due_entry(journey(), NOW + timedelta(seconds=1), None, TOKYO) == NOW + timedelta(days=1)

    def test_daily_scenario_is_due_once_a_day_however_late_the_tick(self) -> None:
        for late in (timedelta(0), timedelta(seconds=3), timedelta(hours=13, minutes=59)):
            assert due_entry(journey(), EARLIER, NOW + late, TOKYO) == NOW + timedelta(days=1)

    def test_days_missed_during_a_stop_are_not_made_up_for(self) -> None:
        back = NOW + timedelta(days=5, hours=1)
        assert due_entry(journey(), EARLIER, back, TOKYO) == NOW + timedelta(days=6)

    def test_daily_scenario_is_due_once_a_local_day_for_a_year_with_changes_of_clocks(self) -> None:
        scenario = journey(entry={"kind": "daily", "at": "01:30", "condition": IN_OSAKA})
        due = due_entry(scenario, NOW, None, "America/New_York")
        days: list[str] = []
        while due is not None and len(days) < 365:
            days.append(entry_key(scenario, due, "America/New_York"))
            due = due_entry(scenario, NOW, due, "America/New_York")
        assert len(set(days)) == 365
        assert days == sorted(days)

    def test_scenario_that_events_open_is_never_due(self) -> None:
        assert due_entry(on_event(), NOW, None, TOKYO) is None
        with pytest.raises(TypeError, match="events open"):
            entry_key(on_event(), NOW, TOKYO)

    def test_entry_key_is_the_launch_or_the_local_day(self) -> None:
        assert entry_key(journey(entry=BROADCAST), NOW, TOKYO) == "2026-01-06T09:30"
        late = datetime(2026, 1, 5, 16, tzinfo=UTC)  # 01:00 of the 6th in Tokyo
        assert entry_key(journey(), late, TOKYO) == local(late, TOKYO).date().isoformat() == "2026-01-06"


class TestByEvent:
    """Whom facts let in."""

    def enters(self, scenario: Any, told: pl.DataFrame, started_at: datetime = EARLIER) -> list[tuple[int, str]]:
        """Return customers and keys."""
        found = by_event(scenario, told, started_at=started_at, now=NOW)
        assert found.schema == CANDIDATES
        return list(found.select("customer", "entry_key").rows())

    def test_order_opens_with_its_number_as_key(self) -> None:
        told = facts((7, "order_completed", NOW, "A-1", None), (8, "email_clicked", NOW, None, None))
        assert self.enters(on_event(key="order_no"), told) == [(7, "A-1")]

    def test_key_may_be_a_json_property(self) -> None:
        told = facts((7, "cart_filled", NOW, None, '{"cart": "c-9"}'))
        assert self.enters(on_event(event="cart_filled", key="cart"), told) == [(7, "c-9")]

    def test_without_a_key_each_moment_is_an_entry(self) -> None:
        told = facts((7, "cart_filled", NOW, None, '{"cart": "A"}'), (7, "cart_filled", NOW, None, '{"cart": "B"}'))
        assert self.enters(on_event(event="cart_filled"), told) == [(7, "2026-01-05T01:00:00.000000Z")]

    def test_historic_import_opens_nothing(self) -> None:
        old = NOW - FRESH_FOR - timedelta(seconds=1)
        told = facts(
            (7, "order_completed", old, "A", None), (8, "order_completed", datetime(1970, 1, 1, tzinfo=UTC), "B", None)
        )
        assert self.enters(on_event(), told, started_at=datetime(1960, 1, 1, tzinfo=UTC)) == []

    def test_facts_from_before_the_start_open_nothing(self) -> None:
        told = facts(
            (7, "order_completed", NOW - timedelta(hours=2), "A", None), (8, "order_completed", NOW, "B", None)
        )
        assert self.enters(on_event(key="order_no"), told, started_at=NOW - timedelta(hours=1)) == [(8, "B")]

    def test_facts_from_far_ahead_open_nothing(self) -> None:
        told = facts((7, "order_completed", datetime(2099, 1, 1, tzinfo=UTC), "A", None))
        assert self.enters(on_event(), told) == []

    def test_facts_of_nobody_open_nothing(self) -> None:
        assert self.enters(on_event(), facts((None, "order_completed", NOW, "A", None))) == []

    def test_tests_on_the_event_are_asked(self) -> None:
        told = facts(
            (7, "order_completed", NOW, "A", '{"amount": 9000}'), (8, "order_completed", NOW, "B", '{"amount": 100}')
        )
        scenario = on_event(key="order_no", where=[{"field": "amount", "cmp": "gte", "value": 5000}])
        assert self.enters(scenario, told) == [(7, "A")]

    def test_fact_told_many_times_opens_once(self) -> None:
        """P9: providers repeat an event up to 46 times."""
        told = facts(*[(7, "order_completed", NOW, "A", None)] * 46)
        assert self.enters(on_event(key="order_no"), told) == [(7, "A")]

    def test_earliest_fact_comes_first(self) -> None:
        told = facts(
            (7, "order_completed", NOW, "late", None), (7, "order_completed", NOW - timedelta(hours=1), "early", None)
        )
        assert self.enters(on_event(key="order_no"), told) == [(7, "early"), (7, "late")]

    def test_no_facts_open_nothing(self) -> None:
        assert self.enters(on_event(), facts()) == []
        assert by_event(journey(), facts(), started_at=EARLIER, now=NOW).is_empty()


class TestEnrol:
    """Whom the re-entry rule lets in."""

    def test_new_walks_are_rows_of_the_table(self) -> None:
        new = entered(journey(), [5, 3])
        assert new.schema == ENROLMENTS
        assert set(new.columns) == {column.name for column in enrolments.columns}
        assert new.select("enrolment", "customer", "step", "visit", "status").rows() == [
            (1, 3, "hello", 0, "active"),
            (2, 5, "hello", 0, "active"),
        ]
        assert new["due_at"].to_list() == [NOW, NOW]

    def test_numbers_follow_on(self) -> None:
        new = enrol(candidates((1, "k"), (2, "k")), no_past(), journey(), version=3, now=NOW, next_enrolment=101)
        assert new.select("enrolment", "version").rows() == [(101, 3), (102, 3)]

    def test_customer_enters_a_once_scenario_once_in_a_hundred_tries(self) -> None:
        """parcelvoy #462: one user entered a "once" journey four times."""
        before = no_past()
        total = 0
        for attempt in range(100):
            new = enrol(candidates((1, f"k{attempt}")), before, journey(), version=1, now=NOW, next_enrolment=1)
            total += len(new)
            before = pl.concat([before, new.select(before.columns)])
        assert total == 1

    def test_same_customer_twice_in_one_batch_enters_once_with_the_first_key(self) -> None:
        rule = {"kind": "always"}
        assert let_in(candidates((1, "b"), (1, "a"), (2, "c")), no_past(), reentry=rule) == [(1, "b"), (2, "c")]

    def test_same_key_never_enters_twice(self) -> None:
        before = past((1, "A", EARLIER, "ended"))
        assert let_in(candidates((1, "A"), (1, "B")), before, reentry={"kind": "always"}) == [(1, "B")]

    def test_one_walk_at_a_time(self) -> None:
        before = past((1, "A", EARLIER, "active"), (2, "A", EARLIER, "ended"))
        assert let_in(candidates((1, "B"), (2, "B")), before, reentry={"kind": "always"}) == [(2, "B")]

    @pytest.mark.parametrize(("ago", "may"), [(29, False), (30, True), (31, True)])
    def test_reentry_counts_days_from_the_last_entry(self, ago: int, may: bool) -> None:  # noqa: FBT001
        before = past((1, "A", NOW - timedelta(days=ago), "ended"), (1, "0", NOW - timedelta(days=400), "ended"))
        found = let_in(candidates((1, "B")), before, reentry={"kind": "after", "days": 30})
        assert found == ([(1, "B")] if may else [])

    def test_two_workers_with_the_same_tables_enrol_the_same_rows(self) -> None:
        """Mautic #9880: overlapping workers; equal rows meet the unique key and only one is kept."""
        who = candidates(*[(number, "k") for number in range(1, 500)])
        first, second = (enrol(who, no_past(), journey(), version=1, now=NOW, next_enrolment=1) for _ in range(2))
        assert first.equals(second)

    def test_nobody_enters_when_nobody_is_a_candidate(self) -> None:
        new = enrol(candidates(), no_past(), journey(), version=1, now=NOW, next_enrolment=1)
        assert new.is_empty()
        assert new.schema == ENROLMENTS


class TestArms:
    """Who is held out."""

    def test_share_of_held_out_is_as_asked(self) -> None:
        # 100,000 draws at 10 %: standard error 0.095 %, so five of them are 0.47 %.
        share = (arms(journey(), pl.Series(range(1, 100_001))) == "held_out").mean()
        assert share == pytest.approx(0.1, abs=0.0048)

    def test_customer_keeps_the_arm_at_every_entry_and_in_any_company(self) -> None:
        alone = [arms(journey(), pl.Series([number]))[0] for number in range(1, 200)]
        together = arms(journey(), pl.Series(range(1, 200))).to_list()
        assert alone == together
        assert entered(journey(), list(range(199, 0, -1)))["arm"].to_list() == together

    def test_scenarios_draw_apart(self) -> None:
        numbers = pl.Series(range(1, 20_001))
        here, there = (arms(journey(name=name), numbers) == "held_out" for name in ("one", "two"))
        # Independent draws: both in 1 % of cases, +- five standard errors of 0.07 %.
        assert (here & there).mean() == pytest.approx(0.01, abs=0.0036)

    @pytest.mark.parametrize(("rate", "share"), [(0.0, 0.0), (0.999999, 1.0)])
    def test_edges_of_the_rate(self, rate: float, share: float) -> None:
        held_out = arms(journey(holdout_rate=rate), pl.Series(range(1, 1001))) == "held_out"
        assert held_out.mean() == share

    def test_raising_the_rate_moves_nobody_out_of_the_hold_out(self) -> None:
        numbers = pl.Series(range(1, 5001))
        few, many = (arms(journey(holdout_rate=rate), numbers) == "held_out" for rate in (0.1, 0.2))
        assert (few & ~many).sum() == 0

    def test_service_scenario_holds_nobody_out(self) -> None:
        assert arms(journey(purpose="service"), pl.Series(range(1, 1001))).unique().to_list() == ["treated"]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from("ABC")), max_size=12),
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from("ABCD"), st.integers(0, 60), st.sampled_from(["active", "ended"])),
        max_size=8,
    ),
    st.sampled_from([{"kind": "never"}, {"kind": "after", "days": 30}, {"kind": "always"}]),
)
def test_rule_agrees_with_the_slow_reading(
    who: list[tuple[int, str]], before: list[tuple[int, str, int, str]], rule: dict[str, Any]
) -> None:
    walks = [(customer, key, NOW - timedelta(days=ago), status) for customer, key, ago, status in before]
    expected: dict[int, str] = {}
    for customer, key in who:
        mine = [walk for walk in walks if walk[0] == customer]
        is_free = all(walk[3] == "ended" for walk in mine) and all(walk[1] != key for walk in mine)
        last = max((walk[2] for walk in mine), default=None)
        may_return = {
            "never": last is None,
            "after": last is None or last + timedelta(days=30) <= NOW,
            "always": True,
        }[rule["kind"]]
        if is_free and may_return:
            expected.setdefault(customer, key)
    assert let_in(candidates(*who), past(*walks), reentry=rule) == sorted(expected.items())


def test_times_are_aware() -> None:
    assert all(ENROLMENTS[name] == INSTANT for name in ENROLMENTS if name.endswith("_at"))
