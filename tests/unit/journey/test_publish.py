"""A next version takes the entries over; what cannot be followed any more is refused, and nothing starts twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenshu.journey import records
from tenshu.journey.changes import SetExitRule
from tenshu.journey.drafts import keep_changes, keep_draft, read_draft
from tenshu.journey.publish import ChangedMeanwhile, NothingToFollow, Overtaken, newest_running, publish
from tenshu.journey.switch import pause, resume
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.migrate import upgrade
from tests.unit.journey.examples import IN_OSAKA, NOW, SEND_AND_END, TOKYO, journey, on_event

LATER = NOW + timedelta(days=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = Ledger(tmp_path / "ledger.sqlite")
    upgrade(store, "ledger")
    yield store
    store.close()


def begun(tx: Transaction, scenario: Any = None) -> str:
    """Start a scenario, and begin its next version."""
    first = scenario or journey()
    records.start(tx, first, now=NOW, due_at=NOW)
    keep_draft(tx, first.name, 1, now=NOW, by="山田")
    return str(first.name)


def published(tx: Transaction, name: str, scenario: Any = None) -> int:
    draft = read_draft(tx, name)
    assert draft is not None
    return publish(tx, draft, scenario or journey(holdout_rate=0.3), now=LATER, zone=TOKYO)


def test_the_next_version_takes_the_entries_over_and_its_draft_is_forgotten(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        name = begun(tx)
        assert published(tx, name) == 2
        assert read_draft(tx, name) is None
        first, second = records.read_running(tx)
        assert (first.due_at, second.due_at, second.journey.holdout_rate) == (None, LATER, 0.3)


def test_a_second_click_starts_nothing(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        name = begun(tx)
        draft = read_draft(tx, name)
        assert draft is not None
        started = [publish(tx, draft, journey(), now=LATER, zone=TOKYO) for _ in range(2)]
        assert started == [2, 0]
        assert len(records.read_running(tx)) == 2


def test_a_draft_that_was_changed_after_it_was_looked_over_is_looked_over_again(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        name = begun(tx)
        looked_over = read_draft(tx, name)
        assert looked_over is not None
        keep_changes(tx, looked_over, (SetExitRule(when=IN_OSAKA),), now=NOW, by="佐藤")
        with pytest.raises(ChangedMeanwhile):
            publish(tx, looked_over, journey(), now=LATER, zone=TOKYO)
        assert len(records.read_running(tx)) == 1


def test_while_it_is_paused_the_next_version_rests_and_both_go_on_together(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        name = begun(tx)
    pause(ledger, name)
    with ledger.writing() as tx:
        published(tx, name)
        assert [one.status for one in records.read_running(tx, "active", "paused")] == ["paused", "paused"]
    resume(ledger, name, now=LATER, zone=TOKYO)
    with ledger.reading() as tx:
        assert [one.status for one in records.read_running(tx)] == ["active", "active"]


def test_a_change_of_a_version_that_was_overtaken_is_refused(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        name = begun(tx)
        records.start(tx, journey(), now=LATER, due_at=None)
        with pytest.raises(Overtaken, match="2"):
            published(tx, name)


@pytest.mark.parametrize("over", ["ended", "gone out", "never started"])
def test_what_is_over_has_no_next_version(ledger: Ledger, over: str) -> None:
    at = {"kind": "broadcast", "at": "2026-01-05T10:00", "condition": IN_OSAKA}
    with ledger.writing() as tx:
        name = begun(tx, journey(entry=at, steps=SEND_AND_END)) if over == "gone out" else begun(tx)
        if over == "ended":
            records.set_status(tx, name, "ended")
        elif over == "gone out":
            records.set_due(tx, newest_running(tx, name), None)
        with pytest.raises(NothingToFollow):
            published(tx, name) if over != "never started" else newest_running(tx, "another")


def test_what_happened_before_a_change_and_is_told_after_it_counts_where_the_event_is_the_same(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        records.start(tx, on_event(), now=NOW, due_at=None)
        records.start(tx, on_event(condition=IN_OSAKA), now=LATER, due_at=None)
        records.start(tx, on_event(event="email_clicked"), now=LATER + timedelta(days=1), due_at=None)
        first, second, third = records.read_running(tx)
    assert [first.counts_from, second.counts_from, third.counts_from] == [NOW, NOW, third.started_at]


def test_changes_are_kept_in_their_order_with_what_the_draft_began_with(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        name = begun(tx)
        draft = read_draft(tx, name)
        assert draft is not None
        assert (draft.choices, draft.version, draft.changes) == (None, 1, ())
        keep_changes(tx, draft, draft.changes, now=LATER, by="佐藤")
        again = read_draft(tx, name)
        assert again is not None
        assert (again.version, again.saved_by, again.saved_at) == (1, "佐藤", LATER)
