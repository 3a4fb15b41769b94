"""Every way to change a sealed log shows, and shows at the first row that is not as it was written."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from tenshu.staff.audit import AUDIT_KEY, TERMINAL, Actor, Checked, _seal, check, read_audit, record
from tenshu.staff.tables import audit, audit_end
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.settings import keys
from tests.unit.staff.crew import NOW, SATO

ROWS = 6


def written(tx: Transaction, count: int = ROWS) -> list[dict[str, Any]]:
    """Begin an own log of so many rows; return them as they lie there."""
    for table in (audit, audit_end):
        tx.execute(delete(table))
    for number in range(count):
        detail = {"role": "viewer", "turn": number}
        record(tx, "role_changed", by=SATO, about=f"p{number}", detail=detail, now=NOW + timedelta(minutes=number))
    return tx.frame(select(audit).order_by(audit.c.number)).to_dicts()


def lay(tx: Transaction, rows: list[dict[str, Any]]) -> Checked:
    """Put these rows where the log was; return what a check says."""
    tx.execute(delete(audit))
    tx.insert(audit, pl.DataFrame(rows, schema_overrides={"number": pl.Int64}))
    return check(tx)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(ROWS)))
def test_rows_in_another_order_show_at_the_first_that_moved(ledger: Ledger, order: list[int]) -> None:
    with ledger.writing() as tx:
        rows = written(tx)
        moved = [rows[old] | {"number": place + 1} for place, old in enumerate(order)]
        found = lay(tx, moved)
    first = next((place + 1 for place, old in enumerate(order) if place != old), None)
    assert found.broken_at == first
    assert found.entries == (ROWS if first is None else first - 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(1, ROWS), min_size=1))
def test_rows_that_are_gone_show_at_the_first_of_them(ledger: Ledger, gone: set[int]) -> None:
    with ledger.writing() as tx:
        written(tx)
        tx.execute(delete(audit).where(audit.c.number.in_(gone)))
        assert check(tx) == Checked(min(gone) - 1, min(gone))


@pytest.mark.parametrize("number", range(1, ROWS + 1))
@pytest.mark.parametrize("bit", [0, 7, 255])
def test_one_bit_of_one_seal_shows(ledger: Ledger, number: int, bit: int) -> None:
    with ledger.writing() as tx:
        rows = written(tx)
        seal = int.from_bytes(rows[number - 1]["digest"], "big") ^ (1 << bit)
        tx.execute(update(audit).where(audit.c.number == number).values(digest=seal.to_bytes(32, "big")))
        assert check(tx).broken_at == number


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "佐藤 "),
        ("name", "佐藤\u200b"),
        ("about", "P1"),
        ("about", ""),
        ("act", "role_changed "),
        ("detail", '{"role": "viewer","turn":1}'),  # a blank more, the same JSON
        ("detail", '{"turn":1,"role":"viewer"}'),
        ("ip", ""),
        ("person", 0),
        ("person", -1),
        ("done_at", NOW + timedelta(minutes=1, microseconds=1)),
    ],
)
def test_the_smallest_change_of_a_row_shows(ledger: Ledger, column: str, value: object) -> None:
    with ledger.writing() as tx:
        written(tx)
        tx.execute(update(audit).where(audit.c.number == 2).values({column: value}))
        assert check(tx) == Checked(1, 2)


def test_words_that_move_from_one_column_into_the_next_show(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        record(tx, "invited", by=Actor(1, "ab", "c"), about="de", now=NOW)
        tx.execute(update(audit).values(name="a", act="binvited"))
        assert check(tx).broken_at == 1


def test_a_row_that_somebody_adds_by_hand_has_no_seal_that_fits(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        rows = written(tx)
        forged = rows[-1] | {"number": ROWS + 1, "about": "nothing happened"}
        forged["digest"] = _seal(b"a key that was guessed", rows[-1]["digest"], forged)
        tx.insert(audit, pl.DataFrame([forged]))
        assert check(tx) == Checked(ROWS, ROWS + 1)
        tx.execute(update(audit_end).values(number=ROWS + 1, digest=forged["digest"]))
        assert check(tx) == Checked(ROWS, ROWS + 1)


def test_the_seal_of_another_row_fits_nowhere_else(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        rows = written(tx)
        tx.execute(update(audit).where(audit.c.number == 4).values(digest=rows[2]["digest"]))
        assert check(tx).broken_at == 4


@pytest.mark.parametrize(
    "harm",
    [
        {"number": ROWS - 1},
        {"number": ROWS + 1},
        {"number": 0},
        {"digest": b""},
        {"digest": b"\x00" * 32},
    ],
)
def test_an_end_that_was_written_anew_shows_behind_the_last_row(ledger: Ledger, harm: dict[str, Any]) -> None:
    with ledger.writing() as tx:
        written(tx)
        tx.execute(update(audit_end).values(harm))
        assert check(tx) == Checked(ROWS, ROWS + 1)


def test_an_end_that_was_taken_away_shows(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        written(tx)
        tx.execute(delete(audit_end))
        assert check(tx) == Checked(ROWS, ROWS + 1)


def test_a_log_that_was_cut_off_and_given_the_end_of_before_does_not_hide_a_later_row(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        rows = written(tx)
        tx.execute(delete(audit).where(audit.c.number > 3))
        assert check(tx) == Checked(3, 4)
        record(tx, "signed_in", by=SATO, now=NOW)  # goes on behind the last that was written, and so leaves a hole
        assert check(tx) == Checked(3, 4)
        assert [entry.number for entry in read_audit(tx)] == [ROWS + 1, 3, 2, 1]
    assert len(rows) == ROWS


def test_another_key_makes_every_seal_wrong_and_the_right_one_makes_them_right_again(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        written(tx)
        key = tx.value(select(keys.c.secret).where(keys.c.key_id == AUDIT_KEY))
        tx.execute(update(keys).where(keys.c.key_id == AUDIT_KEY).values(secret=b"\x01" * 32))
        assert check(tx) == Checked(0, 1)
        tx.execute(update(keys).where(keys.c.key_id == AUDIT_KEY).values(secret=key))
        assert check(tx) == Checked(ROWS, None)


def test_two_homes_seal_the_same_rows_otherwise(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        first = written(tx)
        tx.execute(delete(audit))
        tx.execute(delete(audit_end))
        tx.execute(delete(keys))
        second = written(tx)
    assert [row | {"digest": b""} for row in first] == [row | {"digest": b""} for row in second]
    assert not {row["digest"] for row in first} & {row["digest"] for row in second}


def test_a_key_is_made_once_for_a_log_and_has_256_bits(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        record(tx, "set_up_link_made", by=TERMINAL, now=NOW)
        made = tx.value(select(keys.c.secret).where(keys.c.key_id == AUDIT_KEY))
        record(tx, "signed_in", by=SATO, now=NOW)
        assert tx.value(select(keys.c.secret).where(keys.c.key_id == AUDIT_KEY)) == made
    assert len(made) == 32


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    detail=st.dictionaries(
        st.text("abc_", min_size=1, max_size=6),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.lists(st.text("a字", max_size=3), max_size=3),
        max_size=5,
    )
)
def test_what_more_there_is_to_say_is_read_as_it_was_told_in_whatever_order(
    ledger: Ledger, detail: dict[str, Any]
) -> None:
    with ledger.writing() as tx:
        record(tx, "settings_changed", by=SATO, detail=detail, now=NOW)
        record(tx, "settings_changed", by=SATO, detail=dict(reversed(detail.items())), now=NOW)
        one, other = read_audit(tx, limit=2)
        kept = tx.frame(select(audit.c.detail).order_by(audit.c.number.desc()).limit(2))["detail"].to_list()
        assert check(tx).broken_at is None
    assert one.detail == other.detail == detail
    assert kept[0] == kept[1]
