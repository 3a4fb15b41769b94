"""The arithmetic of waiting: what is counted, how long a wait is, and that no order of tries gets around it."""

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tenshu.staff.tables import attempts
from tenshu.staff.throttle import (
    BY_ACCOUNT,
    BY_ADDRESS,
    BY_BOTH,
    FORGOTTEN_AFTER,
    Limit,
    TooManyTries,
    _left,
    _limits,
    _place,
    count_try,
    forgive,
)
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOW

HERE = "203.0.113.5"
LIMITS = st.sampled_from([BY_BOTH, BY_ADDRESS, BY_ACCOUNT])
NONE = timedelta()


def left(limit: Limit, failures: int, seconds: float) -> timedelta:
    return _left(limit, {"failures": failures, "last_at": NOW}, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (1000, 900)],
)
def test_the_wait_doubles_from_half_a_minute_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert left(BY_BOTH, failures, 0) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("limit", "failures", "seconds"),
    [
        (BY_ADDRESS, 29, 0),
        (BY_ADDRESS, 30, 30),
        (BY_ADDRESS, 40, 900),
        (BY_ACCOUNT, 49, 0),
        (BY_ACCOUNT, 50, 30),
        (BY_ACCOUNT, 51, 60),
        (BY_ACCOUNT, 9999, 60),  # whoever knows the password waits a minute at most
    ],
)
def test_each_limit_has_its_own_free_tries_and_longest_wait(limit: Limit, failures: int, seconds: int) -> None:
    assert left(limit, failures, 0) == timedelta(seconds=seconds)


@given(limit=LIMITS, failures=st.integers(0, 10**9))
def test_no_wait_is_longer_than_the_longest(limit: Limit, failures: int) -> None:
    assert NONE <= left(limit, failures, 0) <= limit.longest


@given(limit=LIMITS, failures=st.integers(0, 500))
def test_one_more_try_never_shortens_the_wait(limit: Limit, failures: int) -> None:
    assert left(limit, failures, 0) <= left(limit, failures + 1, 0)


@given(limit=LIMITS, failures=st.integers(0, 500), seconds=st.integers(0, 5000))
def test_waiting_takes_exactly_what_was_waited_from_the_wait(limit: Limit, failures: int, seconds: int) -> None:
    whole = left(limit, failures, 0)
    rest = left(limit, failures, seconds)
    assert rest == (whole - timedelta(seconds=seconds) if failures >= limit.free else NONE)


@given(address=st.integers(2**24, 2**32 - 1).map(lambda number: str(IPv4Address(number))))
def test_an_address_of_the_old_kind_stands_for_itself(address: str) -> None:
    assert _place(address) == ("" if address.startswith("127.") else address)


@given(line=st.integers(2**61, 2**62), one=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
def test_whatever_a_line_calls_itself_it_is_one_place(line: int, one: int, other: int) -> None:
    places = {_place(str(IPv6Address((line << 64) + host))) for host in (one, other)}
    assert len(places) == 1
    assert places.pop().endswith("/64")
    assert _place(str(IPv6Address((line + 1) << 64))) != _place(str(IPv6Address(line << 64)))


@given(address=st.integers(2**24, 2**32 - 1).map(IPv4Address))
def test_an_old_address_in_new_clothes_is_the_same_place(address: IPv4Address) -> None:
    assert _place(f"::ffff:{address}") == _place(str(address))
    assert _place(str(IPv6Address(f"::ffff:{address}"))) == _place(str(address))


@pytest.mark.parametrize("told", ["", "unknown", "localhost", "203.0.113", "1.2.3.4:80", "::1", "127.8.9.1", "\x00"])
def test_what_names_no_place_elsewhere_is_no_place(told: str) -> None:
    assert _place(told) == ""


@pytest.mark.parametrize(("ip", "counted"), [(HERE, 3), ("2001:db8::1", 3), ("127.0.0.1", 2), ("nowhere", 2)])
def test_a_try_counts_for_the_pair_the_account_and_the_place(ip: str, counted: int) -> None:
    limits = _limits("sign_in", "a@example.com", ip)
    assert list(limits.values()) == [BY_BOTH, BY_ACCOUNT, BY_ADDRESS][:counted]


@given(
    one=st.tuples(st.sampled_from(["sign_in", "reset"]), st.text(max_size=5), st.sampled_from([HERE, "198.51.100.7"])),
    other=st.tuples(st.sampled_from(["sign_in", "reset"]), st.text(max_size=5), st.just("198.51.100.7")),
)
def test_two_who_differ_are_never_counted_as_one(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    pairs = [next(iter(_limits(*told))) for told in (one, other)]
    assert (pairs[0] == pairs[1]) == (one == other)


def failures(ledger: Ledger) -> list[int]:
    with ledger.reading() as tx:
        return sorted(tx.frame(select(attempts))["failures"].to_list())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.booleans(), max_size=12))
def test_forgiving_never_owes_anybody_a_try(ledger: Ledger, acts: list[bool]) -> None:
    with ledger.writing() as tx:
        tx.execute(attempts.delete())
        for is_try in acts:
            try:
                (count_try if is_try else _forgiven)(tx, "sign_in", "a@example.com", HERE, NOW)
            except TooManyTries:
                continue
    assert all(count >= 0 for count in failures(ledger))


def _forgiven(tx: object, what: str, account: str, ip: str, _now: object) -> None:
    forgive(tx, what, account, ip)  # type: ignore[arg-type]


def test_forgiving_a_stranger_changes_nothing(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        count_try(tx, "sign_in", "a@example.com", HERE, NOW)
        forgive(tx, "sign_in", "b@example.com", "198.51.100.7")
        forgive(tx, "reset", "a@example.com", HERE)
    assert failures(ledger) == [1, 1, 1]


def test_a_refused_try_does_not_push_the_end_of_the_wait_away(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        for _turn in range(BY_BOTH.free):
            count_try(tx, "sign_in", "a@example.com", HERE, NOW)
    for seconds in (1, 10, 29):
        with pytest.raises(TooManyTries), ledger.writing() as tx:
            count_try(tx, "sign_in", "a@example.com", HERE, NOW + timedelta(seconds=seconds))
    with ledger.writing() as tx:
        count_try(tx, "sign_in", "a@example.com", HERE, NOW + timedelta(seconds=30))


def test_each_count_is_forgotten_a_day_after_its_own_last_try(ledger: Ledger) -> None:
    almost = NOW + FORGOTTEN_AFTER - timedelta(microseconds=1)
    with ledger.writing() as tx:
        count_try(tx, "sign_in", "early@example.com", HERE, NOW)
        count_try(tx, "sign_in", "late@example.com", HERE, NOW + timedelta(hours=1))
        count_try(tx, "sign_in", "other@example.com", "198.51.100.7", almost)
    assert failures(ledger) == [1, 1, 1, 1, 1, 1, 1, 2]  # early and late: pair and account each, their place twice
    with ledger.writing() as tx:
        count_try(tx, "sign_in", "other@example.com", "198.51.100.7", NOW + FORGOTTEN_AFTER)
    assert failures(ledger) == [1, 1, 2, 2, 2, 2]  # early's own two are gone; the place was seen with late


@pytest.mark.parametrize(("count", "english", "japanese"), [(5, "1 min", "1分"), (10, "15 min", "15分")])
def test_the_wait_is_said_in_whole_minutes_upwards(ledger: Ledger, count: int, english: str, japanese: str) -> None:
    with ledger.writing() as tx:
        at = NOW
        for _turn in range(count):
            count_try(tx, "sign_in", "a@example.com", HERE, at)
            at += timedelta(minutes=15)
    with pytest.raises(TooManyTries) as problem, ledger.writing() as tx:
        count_try(tx, "sign_in", "a@example.com", HERE, at - timedelta(minutes=15))
    assert english in problem.value.text("en")
    assert japanese in problem.value.text("ja")
