"""Signing in: the same words and the same work for every wrong guess, and one token for every right one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import select, update

from tenshu.staff import password, people, sign_ins
from tenshu.staff import sign_in as room
from tenshu.staff.audit import read_audit
from tenshu.staff.password import HASHER, is_outdated, is_password, nobodys_digest, password_digest
from tenshu.staff.sign_in import SignInRefused, Visitor, check_own_password, sign_in
from tenshu.staff.tables import attempts
from tenshu.staff.tables import people as people_table
from tenshu.staff.throttle import BY_BOTH, TooManyTries
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOW, OWNER, PASSWORD, SATO, hire, hire_owner

HERE = Visitor("203.0.113.5", "Browser/1")


def come(ledger: Ledger, email: str = OWNER, given: str = PASSWORD, *, minutes: int = 0) -> str:
    return sign_in(ledger, email, given, visitor=HERE, now=NOW + timedelta(minutes=minutes))


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which digests passwords were held against."""
    held = list[str]()

    class Counting:
        def verify(self, digest: str, given: str) -> bool:
            held.append(digest)
            return HASHER.verify(digest, given)

        def hash(self, given: str) -> str:
            return HASHER.hash(given)

        def check_needs_rehash(self, digest: str) -> bool:
            return HASHER.check_needs_rehash(digest)

    monkeypatch.setattr(password, "HASHER", Counting())
    return held


def test_address_and_password_let_in_however_the_address_is_written(either: Ledger) -> None:
    hire_owner(either)
    for email in (OWNER, " SATO@example.com ", "ｓａｔｏ@example.com"):
        token = come(either, email)
        with either.reading() as tx:
            found = sign_ins.find(tx, token, NOW)
        assert found is not None
        assert found.person.id == 1


def test_every_sign_in_has_a_token_of_its_own(ledger: Ledger) -> None:
    hire_owner(ledger)
    assert len({come(ledger) for _time in range(3)}) == 3


@pytest.mark.parametrize("given", ["", " ", PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], "\x00", "x" * 100_000])
def test_another_password_lets_nobody_in(ledger: Ledger, given: str) -> None:
    hire_owner(ledger)
    with pytest.raises(SignInRefused):
        come(ledger, given=given)


def _unknown(_ledger: Ledger) -> str:
    return "nobody@example.com"


def _wrong(_ledger: Ledger) -> str:
    return OWNER


def _gone(ledger: Ledger) -> str:
    person = hire(ledger, "gone@example.com", "staff", digest=password_digest("x"))
    with ledger.writing() as tx:
        people.say_farewell(tx, person, by=SATO, now=NOW)
    return "gone@example.com"


def _invited(ledger: Ledger) -> str:
    with ledger.writing() as tx:
        people.invite(tx, email="new@example.com", name="新人", role="staff", by=SATO, now=NOW)
    return "new@example.com"


@pytest.mark.parametrize("who", [_unknown, _wrong, _gone, _invited])
def test_every_wrong_guess_costs_the_same_and_says_the_same(
    ledger: Ledger, verified: list[str], who: Callable[[Ledger], str]
) -> None:
    hire_owner(ledger)
    email = who(ledger)
    verified.clear()
    with pytest.raises(SignInRefused) as problem:
        come(ledger, email, "not the password")
    assert len(verified) == 1
    assert problem.value.given == {}
    with ledger.reading() as tx:
        assert len(tx.frame(select(attempts))) == 3
        assert read_audit(tx)[0].act == "sign_in_failed"


def test_what_stands_for_nobody_costs_as_much_as_a_digest_of_somebody() -> None:
    nobody, somebody = nobodys_digest().split("$"), password_digest("x").split("$")
    assert nobody[1:4] == somebody[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
    assert nobodys_digest() == nobodys_digest()


def test_whoever_tries_too_often_waits_without_any_work_whether_the_account_exists(
    ledger: Ledger, verified: list[str]
) -> None:
    hire_owner(ledger)
    for email in (OWNER, "nobody@example.com"):
        for _try in range(BY_BOTH.free):
            with pytest.raises(SignInRefused):
                come(ledger, email, "wrong")
        verified.clear()
        with pytest.raises(TooManyTries) as problem:
            come(ledger, email, PASSWORD)
        assert verified == []
        assert problem.value.given == {"minutes": 1}


def test_the_right_password_is_taken_after_the_wait_and_forgives(ledger: Ledger) -> None:
    hire_owner(ledger)
    for _try in range(BY_BOTH.free):
        with pytest.raises(SignInRefused):
            come(ledger, given="wrong")
    come(ledger, minutes=1)
    for _try in range(BY_BOTH.free):
        with pytest.raises(SignInRefused):
            come(ledger, given="wrong", minutes=1)


def test_a_password_that_changes_while_it_is_looked_at_lets_nobody_in(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire_owner(ledger)

    def changed_meanwhile(digest: str | None, given: str) -> bool:
        with ledger.writing() as tx:
            tx.execute(update(people_table).values(password="another"))
        return is_password(digest, given)

    monkeypatch.setattr(room, "is_password", changed_meanwhile)
    with pytest.raises(SignInRefused):
        come(ledger)


def test_a_digest_of_another_cost_is_made_anew_when_its_owner_comes(ledger: Ledger) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1, type=Type.ID).hash(PASSWORD)
    hire_owner(ledger, cheap)
    assert is_outdated(cheap)
    come(ledger)
    with ledger.reading() as tx:
        kept = tx.value(select(people_table.c.password))
    assert kept != cheap
    assert not is_outdated(kept)
    come(ledger)


def test_a_password_typed_into_the_field_of_the_address_is_written_nowhere(ledger: Ledger) -> None:
    hire_owner(ledger)
    with pytest.raises(SignInRefused):
        come(ledger, PASSWORD, "")
    with ledger.reading() as tx:
        assert PASSWORD not in str(read_audit(tx))


def test_the_log_tells_of_sign_ins_with_the_address_and_never_a_password(ledger: Ledger) -> None:
    hire_owner(ledger)
    token = come(ledger)
    with pytest.raises(SignInRefused):
        come(ledger, given="a wrong password")
    with ledger.reading() as tx:
        entries = read_audit(tx)
    assert [(entry.act, entry.person, entry.about, entry.ip) for entry in entries[:2]] == [
        ("sign_in_failed", 0, OWNER, HERE.ip),
        ("signed_in", 1, OWNER, HERE.ip),
    ]
    for secret in (PASSWORD, "a wrong password", token):
        assert secret not in str(entries)


def test_before_something_that_matters_ones_own_password_is_asked(ledger: Ledger) -> None:
    hire_owner(ledger)
    check_own_password(ledger, OWNER, PASSWORD, visitor=HERE, now=NOW)
    for _try in range(BY_BOTH.free):
        with pytest.raises(SignInRefused):
            check_own_password(ledger, OWNER, "wrong", visitor=HERE, now=NOW)
    with pytest.raises(TooManyTries):
        check_own_password(ledger, OWNER, PASSWORD, visitor=HERE, now=NOW)


@pytest.mark.parametrize("digest", [None, "", "plain text", "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA"])
def test_a_digest_that_is_none_is_nobodys(digest: str | None) -> None:
    assert not is_password(digest, "")
    assert not is_password(digest, "plain text")


def test_few_digests_are_worked_out_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password, "_PATIENCE_SECONDS", 0.01)
    with password.Turn(), password.Turn(), pytest.raises(password.TooManySignIns):
        is_password(None, "x")
    assert password.AT_A_TIME == 2
    assert is_password(password_digest("x"), "x")
