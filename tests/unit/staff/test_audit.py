"""The audit log: rows are only added, and whatever else is done to them shows."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from tenshu.staff.audit import AUDIT_KEY, TERMINAL, Actor, check, read_audit, record
from tenshu.staff.tables import audit, audit_end
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.settings import keys, read_key
from tests.unit.staff.crew import NOW, SATO


def write(ledger: Ledger, count: int) -> None:
    for number in range(count):
        with ledger.writing() as tx:
            at = NOW + timedelta(minutes=number)
            record(tx, "role_changed", by=SATO, about=f"p{number}", detail={"role": "viewer"}, now=at)


def broken_at(ledger: Ledger) -> int | None:
    with ledger.reading() as tx:
        return check(tx).broken_at


def test_a_log_that_nobody_touched_is_whole(either: Ledger) -> None:
    assert broken_at(either) is None
    write(either, 5)
    with either.reading() as tx:
        found = check(tx)
        newest = read_audit(tx, limit=2)
    assert (found.entries, found.broken_at) == (5, None)
    assert [(entry.number, entry.about, entry.name) for entry in newest] == [(5, "p4", "佐藤"), (4, "p3", "佐藤")]
    assert newest[0].done_at == NOW + timedelta(minutes=4)
    assert newest[0].detail == {"role": "viewer"}


@pytest.mark.parametrize("number", [1, 5])
def test_a_row_that_was_taken_out_shows(either: Ledger, number: int) -> None:
    write(either, 5)
    with either.writing() as tx:
        tx.execute(delete(audit).where(audit.c.number == number))
    assert broken_at(either) == number


@pytest.mark.parametrize(
    "change",
    [
        {"name": "鈴木"},
        {"person": 2},
        {"act": "signed_in"},
        {"about": "somebody else"},
        {"detail": "{}"},
        {"ip": "127.0.0.1"},
        {"done_at": NOW - timedelta(days=1)},
        {"digest": b"\x00" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_that_was_changed_shows(ledger: Ledger, change: dict[str, Any]) -> None:
    write(ledger, 4)
    with ledger.writing() as tx:
        tx.execute(update(audit).where(audit.c.number == 2).values(change))
    assert broken_at(ledger) == 2


def test_a_log_that_was_cut_off_shows_and_so_does_one_that_was_emptied(ledger: Ledger) -> None:
    write(ledger, 4)
    with ledger.writing() as tx:
        tx.execute(delete(audit).where(audit.c.number > 2))
    assert broken_at(ledger) == 3
    with ledger.writing() as tx:
        tx.execute(delete(audit))
    assert broken_at(ledger) == 1


def test_a_log_whose_rows_were_numbered_anew_shows(ledger: Ledger) -> None:
    write(ledger, 4)
    with ledger.writing() as tx:
        tx.execute(delete(audit).where(audit.c.number == 2))
        for number in (3, 4):
            tx.execute(update(audit).where(audit.c.number == number).values(number=number - 1))
        tx.execute(update(audit_end).values(number=3))
    assert broken_at(ledger) == 2


def test_without_its_key_no_log_is_taken_for_whole(ledger: Ledger) -> None:
    write(ledger, 2)
    with ledger.writing() as tx:
        tx.execute(delete(keys).where(keys.c.key_id == AUDIT_KEY))
    assert broken_at(ledger) == 1
    write(ledger, 1)  # goes on, and does not make the loss look healed
    assert broken_at(ledger) == 1
    assert read_key(ledger, AUDIT_KEY) is None


def test_what_was_not_done_leaves_no_row(either: Ledger) -> None:
    write(either, 1)
    with pytest.raises(ZeroDivisionError), either.writing() as tx:
        assert record(tx, "role_changed", by=SATO, now=NOW) // 0
    with either.reading() as tx:
        assert [entry.number for entry in read_audit(tx)] == [1]
        assert check(tx).broken_at is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_no_text_breaks_out_of_its_row(ledger: Ledger, text: str) -> None:
    with ledger.writing() as tx:
        number = record(tx, "sign_in_failed", by=Actor(0, text, text), about=text, detail={"title": text}, now=NOW)
    with ledger.reading() as tx:
        (entry,) = read_audit(tx, before=number + 1, limit=1)
        assert check(tx).broken_at is None
    for told in (entry.name, entry.about, entry.ip):
        assert not set(told) & set("\r\n\x1b\x00\u2028\u202e")


def test_what_is_written_by_hand_into_a_long_field_is_cut(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        record(tx, "sign_in_failed", by=Actor(0, "n" * 9999, "i" * 9999), about="a" * 9999, now=NOW)
        (entry,) = read_audit(tx)
    assert (len(entry.name), len(entry.about), len(entry.ip)) == (500, 500, 500)


def test_older_rows_are_read_page_by_page_without_a_gap(ledger: Ledger) -> None:
    write(ledger, 7)
    seen, before = list[int](), None
    with ledger.reading() as tx:
        while page := read_audit(tx, before=before, limit=3):
            seen += [entry.number for entry in page]
            before = page[-1].number
    assert seen == [7, 6, 5, 4, 3, 2, 1]


_WRITER = """
import sys
from pathlib import Path
from tenshu.staff.audit import TERMINAL, record
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOW
ledger = Ledger(Path(sys.argv[1]))
for number in range(100_000):
    with ledger.writing() as tx:
        record(tx, "described", by=TERMINAL, about=str(number), now=NOW)
    print(number, flush=True)
"""


@pytest.mark.parametrize("until", [2, 20])
def test_a_log_is_whole_after_its_writer_was_killed(tmp_path: Path, until: int) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    upgrade(ledger, "ledger")
    called = [sys.executable, "-c", _WRITER, str(tmp_path / "ledger.sqlite")]
    with subprocess.Popen(called, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) >= until:
                writer.send_signal(signal.SIGKILL)
                break
    with ledger.reading() as tx:
        found = check(tx)
    assert found.broken_at is None
    assert found.entries > until
    write(ledger, 1)
    assert broken_at(ledger) is None
    ledger.close()


def test_a_whole_log_is_checked_in_parts(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenshu.staff.audit._ROWS_AT_A_TIME", 3)
    write(ledger, 10)
    assert broken_at(ledger) is None
    with ledger.writing() as tx:
        tx.execute(update(audit).where(audit.c.number == 8).values(about="x"))
        assert tx.value(select(func.count()).select_from(audit)) == 10
    assert broken_at(ledger) == 8


def test_the_terminal_is_somebody_of_its_own(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        record(tx, "set_up_link_made", by=TERMINAL, now=NOW)
        (entry,) = read_audit(tx)
    assert (entry.person, entry.name, entry.ip) == (0, "tenshu", "")
