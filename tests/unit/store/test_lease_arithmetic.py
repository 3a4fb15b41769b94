"""Leases on a clock that is set by hand: to the microsecond, and fenced by tokens whatever else happens."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, ColumnElement, literal_column, select

from tenshu.store.lease import Lease, LeaseLost, holder_of, leases, release, renew, require, take
from tenshu.store.ledger import Ledger
from tenshu.testing.conformance_ledger import make_tables

A_MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


class Register:
    """A ledger whose lease clock stands where it is put."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.micros = ledger, 10**15
        ledger.dialect.lease_clock = self.clock  # type: ignore[method-assign]

    def clock(self) -> ColumnElement[int]:
        return literal_column(str(self.micros), BigInteger)

    def later(self, by: timedelta) -> None:
        self.micros += by // A_MOMENT

    def take(self, holder: str, for_: timedelta = MINUTE, name: str = "tick") -> Lease | None:
        return take(self.ledger, name, holder, for_=for_)

    def may_write(self, lease: Lease) -> bool:
        try:
            with self.ledger.writing() as tx:
                require(tx, lease)
        except LeaseLost:
            return False
        return True


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = make_tables(Ledger(tmp_path_factory.mktemp("leases") / "ledger.sqlite"), leases.metadata)
    yield made
    made.close()


@pytest.fixture
def register(ledger: Ledger) -> Register:
    with ledger.writing() as tx:
        tx.execute(leases.delete())
    return Register(ledger)


def given_to(register: Register, holder: str, for_: timedelta = MINUTE) -> Lease:
    lease = register.take(holder, for_)
    assert lease is not None
    return lease


@pytest.mark.parametrize("for_", [A_MOMENT, timedelta(milliseconds=1), timedelta(seconds=15), timedelta(days=400)])
def test_a_lease_holds_until_its_last_microsecond_and_no_longer(register: Register, for_: timedelta) -> None:
    lease = given_to(register, "a", for_)
    register.later(for_ - A_MOMENT)
    assert holder_of(register.ledger, "tick") == "a"
    assert register.take("b") is None
    register.later(A_MOMENT)
    assert holder_of(register.ledger, "tick") is None
    assert not renew(register.ledger, lease, for_=MINUTE)
    assert given_to(register, "b").token == lease.token + 1


def test_renewing_counts_from_now_and_may_shorten_too(register: Register) -> None:
    lease = given_to(register, "a")
    register.later(MINUTE / 2)
    assert renew(register.ledger, lease, for_=MINUTE)
    register.later(MINUTE - A_MOMENT)
    assert holder_of(register.ledger, "tick") == "a"
    assert renew(register.ledger, lease, for_=A_MOMENT)
    register.later(A_MOMENT)
    assert holder_of(register.ledger, "tick") is None


def test_taking_ones_own_again_is_renewing_it(register: Register) -> None:
    first = given_to(register, "a")
    register.later(MINUTE - A_MOMENT)
    assert given_to(register, "a") == first
    register.later(MINUTE - A_MOMENT)
    assert holder_of(register.ledger, "tick") == "a"


def test_whoever_slept_writes_until_another_takes_over_and_then_never_again(register: Register) -> None:
    slept = given_to(register, "a")
    register.later(2 * MINUTE)
    assert register.may_write(slept)  # nobody came: nothing is lost by it
    new = given_to(register, "b")
    assert not register.may_write(slept)
    assert register.may_write(new)
    register.later(2 * MINUTE)
    back = given_to(register, "a")
    assert not register.may_write(slept)
    assert register.may_write(back)
    assert (slept.token, new.token, back.token) == (1, 2, 3)


@pytest.mark.parametrize("other", [{"holder": "b"}, {"token": 2}, {"token": 0}, {"name": "tock"}])
def test_a_lease_that_differs_in_anything_is_nobodys(register: Register, other: dict[str, object]) -> None:
    lease = given_to(register, "a")
    forged = Lease(**({"name": "tick", "holder": "a", "token": 1} | other))  # type: ignore[arg-type]
    assert not renew(register.ledger, forged, for_=MINUTE)
    assert not register.may_write(forged)
    release(register.ledger, forged)
    assert register.may_write(lease)


def test_two_names_are_two_leases(register: Register) -> None:
    assert given_to(register, "a").token == 1
    assert register.take("b", name="other") == Lease("other", "b", 1)
    release(register.ledger, Lease("other", "b", 1))
    assert holder_of(register.ledger, "tick") == "a"


def test_a_refusal_changes_nothing_and_says_who_does_not_hold_what(register: Register) -> None:
    lease = given_to(register, "a")
    with register.ledger.reading() as tx:
        before = tx.frame(select(leases)).rows()
    assert register.take("b") is None
    with pytest.raises(LeaseLost) as problem, register.ledger.writing() as tx:
        require(tx, Lease("tick", "b", 1))
    for language in ("ja", "en"):
        assert "tick" in problem.value.text(language)
        assert "b" in problem.value.text(language)
    with register.ledger.reading() as tx:
        assert tx.frame(select(leases)).rows() == before
    assert register.may_write(lease)


STEPS = st.one_of(
    st.tuples(st.just("take"), st.sampled_from("abc"), st.integers(1, 90)),
    st.tuples(st.just("renew"), st.sampled_from("abc"), st.integers(1, 90)),
    st.tuples(st.just("release"), st.sampled_from("abc"), st.just(0)),
    st.tuples(st.just("wait"), st.just(""), st.integers(1, 90)),
)


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(STEPS, max_size=12))
def test_never_two_who_may_write_and_tokens_only_grow(ledger: Ledger, steps: list[tuple[str, str, int]]) -> None:
    with ledger.writing() as tx:
        tx.execute(leases.delete())
    register, held, until, last = Register(ledger), dict[str, Lease](), 0, 0
    owner: str | None = None
    for step, who, seconds in steps:
        if step == "wait":
            register.later(timedelta(seconds=seconds))
        elif step == "take":
            lease = register.take(who, timedelta(seconds=seconds))
            is_free = owner is None or register.micros >= until
            assert (lease is not None) == (is_free or owner == who)
            if lease is not None:
                assert lease.token == last + is_free
                held[who], owner, last = lease, who, lease.token
                until = register.micros + seconds * 10**6
        elif who in held:
            is_mine = owner == who and held[who].token == last and register.micros < until
            if step == "renew":
                assert renew(ledger, held[who], for_=timedelta(seconds=seconds)) == is_mine
                until = register.micros + seconds * 10**6 if is_mine else until
            else:
                release(ledger, held[who])
                owner = None if owner == who and held[who].token == last else owner
    assert sum(register.may_write(lease) for lease in held.values()) <= 1
