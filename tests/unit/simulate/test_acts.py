"""The agenda hands out what was put in: all of it, once, in order."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.simulate.acts import ACT_KINDS, ACTS, Agenda, acts_frame, in_order, no_acts
from tenshu.store.tables import to_micros

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def acts(*rows: tuple[int, int, str]) -> pl.DataFrame:
    """Return acts from (second, customer, act)."""
    return acts_frame(
        pl.DataFrame(
            {
                "at": [EPOCH + timedelta(seconds=second) for second, _, _ in rows],
                "customer": [customer for _, customer, _ in rows],
                "act": [act for _, _, act in rows],
            },
            schema={"at": pl.Datetime("us", "UTC"), "customer": pl.Int64, "act": pl.String},
        )
    )


def seconds(frame: pl.DataFrame) -> list[int]:
    """Return the instants as seconds."""
    return [int((at - EPOCH).total_seconds()) for at in frame["at"]]


def test_acts_have_every_column_and_null_where_nothing_was_said() -> None:
    frame = acts((5, 1, "buy"))
    assert dict(frame.schema) == ACTS
    assert frame["lines"].to_list() == [None]
    assert frame["journey"].to_list() == [None]


def test_no_acts_have_the_same_columns() -> None:
    assert dict(no_acts().schema) == ACTS
    assert no_acts().is_empty()


def test_empty_agenda_has_no_next_instant_and_nothing_to_hand_out() -> None:
    agenda = Agenda()
    assert agenda.next_micros() is None
    assert agenda.take(10**18).is_empty()


def test_adding_nothing_changes_nothing() -> None:
    agenda = Agenda()
    agenda.add(no_acts())
    assert agenda.next_micros() is None


def test_acts_are_handed_out_up_to_and_including_the_instant() -> None:
    agenda = Agenda()
    agenda.add(acts((3, 1, "buy"), (1, 1, "open"), (2, 1, "click")))
    taken = agenda.take(2_000_000)
    assert seconds(taken) == [1, 2]
    assert seconds(agenda.take(3_000_000)) == [3]
    assert agenda.next_micros() is None


def test_next_instant_is_that_of_the_earliest_chunk() -> None:
    agenda = Agenda()
    agenda.add(acts((9, 1, "buy")))
    agenda.add(acts((4, 2, "buy")))
    assert agenda.next_micros() == 4_000_000


def test_chunks_are_merged_by_time() -> None:
    agenda = Agenda()
    agenda.add(acts((1, 1, "buy"), (4, 1, "buy")))
    agenda.add(acts((2, 2, "buy"), (3, 2, "buy"), (9, 2, "buy")))
    assert seconds(agenda.take(5_000_000)) == [1, 2, 3, 4]
    assert agenda.next_micros() == 9_000_000


# At one instant: first by customer, then as one person would do it.
TIES = [
    (["open", "scan"], ["scan", "open"]),
    (["click", "open"], ["open", "click"]),
    (["unsubscribe", "buy"], ["buy", "unsubscribe"]),
    (["complain", "unsubscribe", "scan"], ["scan", "unsubscribe", "complain"]),
]


@pytest.mark.parametrize(("given_order", "wanted"), TIES)
def test_ties_of_one_person_follow_the_natural_order(given_order: list[str], wanted: list[str]) -> None:
    ordered = in_order(acts(*((7, 1, act) for act in given_order)))
    assert ordered["act"].to_list() == wanted


def test_ties_of_different_people_follow_their_numbers() -> None:
    assert in_order(acts((7, 3, "scan"), (7, 1, "complain"), (7, 2, "buy")))["customer"].to_list() == [1, 2, 3]


ROWS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4), st.sampled_from(ACT_KINDS)), max_size=12)


@given(chunks=st.lists(ROWS, max_size=5), steps=st.lists(st.integers(0, 60), max_size=6))
def test_however_it_is_asked_everything_comes_once_and_in_order(
    chunks: list[list[tuple[int, int, str]]], steps: list[int]
) -> None:
    agenda = Agenda()
    for rows in chunks:
        agenda.add(acts(*rows))
    taken = [agenda.take(step * 1_000_000) for step in [*sorted(steps), 60]]
    handed = [second for frame in taken for second in seconds(frame)]
    assert sorted(handed) == handed
    assert handed == sorted(second for rows in chunks for second, _, _ in rows)


def test_act_at_the_very_microsecond_is_due() -> None:
    at = datetime(2011, 12, 10, 9, 0, 0, 1, tzinfo=UTC)
    agenda = Agenda()
    agenda.add(acts_frame(pl.DataFrame({"at": [at], "customer": [1], "act": ["buy"]})))
    assert agenda.take(to_micros(at) - 1).is_empty()
    assert agenda.take(to_micros(at)).height == 1
