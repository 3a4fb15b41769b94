"""A sign-in: found by a token that only the browser has, for so long and no longer."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tenshu.staff import sign_ins
from tenshu.staff.sign_ins import LASTS, LASTS_UNUSED, NOTED_EVERY
from tenshu.staff.tables import people
from tenshu.staff.tables import sign_ins as table
from tenshu.staff.token import digest_of, form_token, new_token
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOW, hire, hire_owner

A_MOMENT = timedelta(microseconds=1)


def begun(ledger: Ledger, person: int = 1, *, agent: str = "") -> str:
    with ledger.writing() as tx:
        return sign_ins.begin(tx, person, now=NOW, ip="203.0.113.5", agent=agent)


def is_in(ledger: Ledger, token: str, after: timedelta = timedelta()) -> bool:
    with ledger.reading() as tx:
        return sign_ins.find(tx, token, NOW + after) is not None


def test_the_token_finds_the_person_as_the_person_is_now(either: Ledger) -> None:
    hire_owner(either, "-")
    token = begun(either)
    with either.writing() as tx:
        tx.execute(update(people).values(role="viewer", name="佐藤 花子"))
    with either.reading() as tx:
        found = sign_ins.find(tx, token, NOW)
    assert found is not None
    assert (found.person.role, found.person.name, found.person.email) == ("viewer", "佐藤 花子", "sato@example.com")


def test_a_sign_in_that_is_used_ends_after_twelve_hours(either: Ledger) -> None:
    hire_owner(either, "-")
    token = begun(either)
    step = LASTS_UNUSED - timedelta(minutes=1)
    now = timedelta()
    while (now := now + step) < LASTS:
        assert is_in(either, token, now)
        with either.writing() as tx:
            sign_ins.note_seen(tx, token, NOW + now)
    assert is_in(either, token, LASTS - A_MOMENT)
    assert not is_in(either, token, LASTS)


def test_a_sign_in_that_is_not_used_ends_after_two_hours(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    token = begun(ledger)
    assert is_in(ledger, token, LASTS_UNUSED - A_MOMENT)
    assert not is_in(ledger, token, LASTS_UNUSED)


def test_the_ledger_does_not_know_the_token(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    token = begun(ledger, agent=f"browser\r\n{'x' * 500}")
    with ledger.reading() as tx:
        (row,) = tx.frame(select(table)).to_dicts()
    assert token not in str(row)
    assert row["token_digest"] == digest_of(token)
    assert "\n" not in row["agent"]
    assert len(row["agent"]) == 200


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\x00", "'; DROP TABLE sign_ins; --", "\ud800"])
def test_what_is_no_token_finds_nobody(ledger: Ledger, token: str) -> None:
    hire_owner(ledger, "-")
    begun(ledger)
    assert not is_in(ledger, token)


def test_signing_out_ends_one_and_a_farewell_all(either: Ledger) -> None:
    hire_owner(either, "-")
    hire(either, "s@example.com", "staff")
    here, there, other = begun(either), begun(either), begun(either, 2)
    with either.writing() as tx:
        assert sign_ins.end(tx, here)
        assert not sign_ins.end(tx, here)
    assert (is_in(either, here), is_in(either, there)) == (False, True)
    with either.writing() as tx:
        assert sign_ins.end_all(tx, 1) == 1
    assert (is_in(either, there), is_in(either, other)) == (False, True)


@pytest.mark.parametrize("status", ["invited", "ended"])
def test_who_does_not_work_here_is_not_let_in_by_an_old_token(ledger: Ledger, status: str) -> None:
    hire_owner(ledger, "-")
    token = begun(ledger)
    with ledger.writing() as tx:
        tx.execute(update(people).values(status=status))
    assert not is_in(ledger, token)


def test_sign_ins_that_are_over_are_swept_out_when_somebody_signs_in(ledger: Ledger) -> None:
    hire_owner(ledger, "-")
    for _browser in range(3):
        begun(ledger)
    with ledger.writing() as tx:
        sign_ins.begin(tx, 1, now=NOW + LASTS_UNUSED, ip="", agent="")
        assert len(tx.frame(select(table))) == 1


def test_reading_pages_writes_at_most_every_five_minutes() -> None:
    assert timedelta(minutes=1) <= NOTED_EVERY <= LASTS_UNUSED / 10


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _turn in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}  # 256 bits


def test_the_form_token_is_bound_to_the_sign_in_and_does_not_tell_it() -> None:
    token = new_token()
    assert form_token(token) == form_token(token)
    assert form_token(token) != form_token(new_token())
    assert token not in form_token(token)
    assert form_token(token) != digest_of(token).hex()
