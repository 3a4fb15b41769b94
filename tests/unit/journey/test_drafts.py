"""A draft keeps what was chosen until it is started; thrown away it can come back, started it is gone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tenshu.journey.changes import InsertOnWay, RemoveStep
from tenshu.journey.drafts import (
    drop_draft,
    end_draft,
    free_name,
    keep_changes,
    keep_draft,
    read_draft,
    read_drafts,
    take_back_draft,
)
from tenshu.journey.grammar import Wait
from tenshu.journey.recipes import Choices
from tenshu.journey.tables import journey_drafts
from tenshu.store.ledger import Ledger
from tenshu.testing.small_shop import add_template, open_small_shop, start

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
CHOSEN = Choices(recipe="broadcast", title="春", template="hello", review_on=date(2026, 7, 1), holdout_rate=0.15)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in which a scenario named hello runs."""
    shop, _clock = open_small_shop(tmp_path / "home")
    add_template(shop)
    start(shop)
    yield shop.ledger
    shop.close()


def test_what_was_chosen_comes_back_as_it_was(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep_draft(tx, "spring", CHOSEN, now=NOW, by="山田")
        found = read_draft(tx, "spring")
    assert found is not None
    assert (found.choices, found.saved_at, found.saved_by) == (CHOSEN, NOW, "山田")


def test_what_was_changed_since_comes_back_with_what_was_chosen(ledger: Ledger) -> None:
    changes = (InsertOnWay(after="", name="wait", step=Wait(days=2, next="")), RemoveStep(step="wait"))
    with ledger.writing() as tx:
        keep_draft(tx, "spring", CHOSEN, changes=changes, now=NOW, by="山田")
        found = read_draft(tx, "spring")
        assert found is not None
        assert (found.choices, found.version, found.changes) == (CHOSEN, 0, changes)
        keep_changes(tx, found, changes[:1], now=NOW, by="佐藤")
        undone = read_draft(tx, "spring")
    assert undone is not None
    assert (undone.choices, undone.changes) == (CHOSEN, changes[:1])


def test_a_draft_that_was_kept_before_trees_could_be_changed_is_read(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep_draft(tx, "spring", CHOSEN, now=NOW, by="山田")
        body = tx.frame(journey_drafts.select())["body"][0]
        found = read_draft(tx, "spring")
    assert msgspec.json.decode(body) == msgspec.to_builtins(CHOSEN)  # as it was written then
    assert found is not None
    assert (found.version, found.changes) == (0, ())


def test_keeping_it_again_takes_its_place_and_the_last_one_stands_first(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        for number, name in enumerate(["a", "b", "a"]):
            keep_draft(tx, name, CHOSEN, now=NOW + timedelta(minutes=number), by="山田")
        assert [draft.name for draft in read_drafts(tx)] == ["a", "b"]


def test_thrown_away_it_is_not_listed_and_can_come_back_once(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep_draft(tx, "spring", CHOSEN, now=NOW, by="山田")
        assert drop_draft(tx, "spring", now=NOW)
        assert not drop_draft(tx, "spring", now=NOW)
        assert read_drafts(tx) == []
        assert take_back_draft(tx, "spring")
        assert not take_back_draft(tx, "spring")
        assert [draft.name for draft in read_drafts(tx)] == ["spring"]


def test_started_it_is_gone_for_good(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep_draft(tx, "spring", CHOSEN, now=NOW, by="山田")
        end_draft(tx, "spring")
        assert read_draft(tx, "spring") is None
        assert not take_back_draft(tx, "spring")


def test_a_free_name_is_no_scenarios_and_no_drafts(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        assert free_name(tx, "hello") == "hello-2"
        keep_draft(tx, "hello-2", CHOSEN, now=NOW, by="山田")
        drop_draft(tx, "hello-2", now=NOW)
        assert free_name(tx, "hello") == "hello-3"
        assert free_name(tx, "spring") == "spring"
