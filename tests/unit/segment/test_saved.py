"""Segments under a name: versions, what may not be named so, and conditions that cannot be read any more."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from tenshu.condition import Condition, parse
from tenshu.segment.saved import (
    SegmentMissing,
    SegmentNameUnfit,
    end_segment,
    read_names,
    read_segments,
    save_segment,
    set_filled,
    unreadable_segments,
)
from tenshu.segment.tables import segments
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
TITLE = {"ja": "大阪のお客様", "en": "Customers in Osaka"}


def lives_in(place: str) -> Condition:
    return parse({"kind": "trait", "trait": "prefecture", "cmp": "is", "value": place})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    upgrade(made, "ledger")
    yield made
    made.close()


def save(ledger: Ledger, name: str = "osaka", place: str = "大阪府", title: dict[str, str] = TITLE) -> int:
    with ledger.writing() as tx:
        return save_segment(tx, name, title, lives_in(place), now=NOW)


def test_a_saved_segment_comes_back_as_it_was(ledger: Ledger) -> None:
    assert save(ledger) == 1
    with ledger.reading() as tx:
        (found,) = read_segments(tx)
    assert (found.name, found.version, found.saved_at, found.is_filled) == ("osaka", 1, NOW, False)
    assert dict(found.title) == TITLE
    assert found.condition == lives_in("大阪府")


def test_the_same_condition_again_keeps_its_version_and_takes_the_new_title(ledger: Ledger) -> None:
    save(ledger)
    with ledger.writing() as tx:
        set_filled(tx, read_segments(tx))
    assert save(ledger, title={"en": "Osaka"}) == 1
    with ledger.reading() as tx:
        (found,) = read_segments(tx)
    assert dict(found.title) == {"en": "Osaka"}
    assert found.is_filled, "nobody has to be counted in again"


def test_a_changed_condition_is_a_new_version_that_is_filled_silently(ledger: Ledger) -> None:
    save(ledger)
    with ledger.writing() as tx:
        set_filled(tx, read_segments(tx))
    assert save(ledger, place="京都府") == 2
    with ledger.reading() as tx:
        (found,) = read_segments(tx)
        every = tx.frame(select(segments.c.version, segments.c.status).order_by(segments.c.version))
    assert (found.version, found.is_filled) == (2, False)
    assert every.rows() == [(1, "ended"), (2, "active")]


def test_a_condition_that_comes_back_is_a_version_of_its_own(ledger: Ledger) -> None:
    assert [save(ledger, place=place) for place in ("大阪府", "京都府", "大阪府")] == [1, 2, 3]


def test_an_ended_segment_is_listed_no_more_and_can_be_saved_again(ledger: Ledger) -> None:
    save(ledger)
    save(ledger, name="kyoto", place="京都府")
    with ledger.writing() as tx:
        end_segment(tx, "osaka")
        assert read_names(tx) == ["kyoto"]
    assert save(ledger) == 2, "it was away: who is in it by now has not come just now"
    with ledger.reading() as tx:
        assert [one.name for one in read_segments(tx)] == ["kyoto", "osaka"]


def test_ending_what_is_not_there_says_what_is(ledger: Ledger) -> None:
    save(ledger)
    with ledger.writing() as tx, pytest.raises(SegmentMissing, match="There are: osaka"):
        end_segment(tx, "tokyo")


def test_ending_twice_is_said(ledger: Ledger) -> None:
    save(ledger)
    with ledger.writing() as tx:
        end_segment(tx, "osaka")
    with ledger.writing() as tx, pytest.raises(SegmentMissing, match="There are: -"):
        end_segment(tx, "osaka")


@pytest.mark.parametrize("name", ["", "Osaka", "1st", "a b", "大阪", "a" * 65, "a\n", "a/b", "../a", "a;drop"])
def test_a_name_that_could_be_anything_else_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(SegmentNameUnfit):
        save(ledger, name=name)
    with ledger.reading() as tx:
        assert read_names(tx) == []


@given(st.from_regex("[a-z][a-z0-9-]{0,63}", fullmatch=True))
def test_every_plain_name_is_taken(name: str) -> None:
    with Ledger(Path(":memory:")).writing() as tx:
        segments.create(tx.connection)
        assert save_segment(tx, name, TITLE, lives_in("大阪府"), now=NOW) == 1
        assert read_names(tx) == [name]


def test_a_condition_that_cannot_be_read_any_more_rests_and_is_named(ledger: Ledger) -> None:
    save(ledger)
    save(ledger, name="old", place="奈良県")
    with ledger.writing() as tx:
        tx.execute(update(segments).where(segments.c.segment == "old").values(body='{"kind": "phase_of_moon"}'))
        assert [one.name for one in read_segments(tx)] == ["osaka"]
        assert unreadable_segments(tx) == ["old"]


def test_only_the_segments_given_are_filled(ledger: Ledger) -> None:
    save(ledger)
    save(ledger, name="kyoto", place="京都府")
    with ledger.writing() as tx:
        set_filled(tx, [one for one in read_segments(tx) if one.name == "kyoto"])
        told = {one.name: one.is_filled for one in read_segments(tx)}
    assert told == {"kyoto": True, "osaka": False}


def test_names_are_in_order(ledger: Ledger) -> None:
    for name in ("b", "c-2", "a", "c-10"):
        save(ledger, name=name)
    with ledger.reading() as tx:
        assert read_names(tx) == sorted(["a", "b", "c-10", "c-2"])
        assert pl.Series(read_names(tx)).n_unique() == 4
