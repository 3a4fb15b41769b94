"""Whoever guesses passwords gets slower; whoever knows one is hardly held up by the guesses of others."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tenshu.staff.tables import attempts
from tenshu.staff.throttle import BY_ACCOUNT, BY_ADDRESS, BY_BOTH, FORGOTTEN_AFTER, TooManyTries, count_try, forgive
from tenshu.staff.token import digest_of
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOW, OWNER

HERE, THERE = "203.0.113.5", "198.51.100.7"


def tries(
    ledger: Ledger,
    count: int,
    *,
    account: str = OWNER,
    ip: str = HERE,
    at: datetime = NOW,
    apart: timedelta = timedelta(),
) -> int:
    """Try so often; return how many were let through."""
    passed = 0
    for number in range(count):
        try:
            with ledger.writing() as tx:
                count_try(tx, "sign_in", account, ip, at + number * apart)
            passed += 1
        except TooManyTries:
            continue
    return passed


def wait(ledger: Ledger, *, account: str = OWNER, ip: str = HERE, at: datetime = NOW) -> int:
    """Return for how many minutes the next try is told to wait; 0 when it may."""
    try:
        with ledger.writing() as tx:
            count_try(tx, "sign_in", account, ip, at)
    except TooManyTries as problem:
        minutes: int = problem.given["minutes"]  # type: ignore[assignment]
        return minutes
    return 0


def test_five_tries_are_free_and_then_each_takes_longer(either: Ledger) -> None:
    assert tries(either, 20) == BY_BOTH.free
    at, waits = NOW, list[int]()
    for _turn in range(8):
        waits.append(wait(either, at=at))
        at += timedelta(minutes=waits[-1])
        assert wait(either, at=at) == 0
    assert waits == [1, 1, 2, 4, 8, 15, 15, 15]


def test_a_try_that_came_too_soon_is_not_counted(ledger: Ledger) -> None:
    tries(ledger, 5)
    before = wait(ledger)
    assert tries(ledger, 50) == 0
    assert wait(ledger) == before


def test_an_account_that_nobody_has_is_counted_like_one_that_somebody_has(ledger: Ledger) -> None:
    told = [[wait(ledger, account=account) for _try in range(8)] for account in (OWNER, "nobody@example.com")]
    assert told[0] == told[1]


def test_the_owner_can_come_in_from_elsewhere_while_somebody_guesses(ledger: Ledger) -> None:
    tries(ledger, 20, ip=THERE)
    assert wait(ledger, ip=HERE) == 0


def test_guessing_from_a_thousand_places_slows_the_account_down_by_a_minute(ledger: Ledger) -> None:
    passed = sum(tries(ledger, 1, ip=f"198.51.{number // 250}.{number % 250}") for number in range(80))
    assert passed == BY_ACCOUNT.free
    assert wait(ledger, ip=HERE) == 1
    assert wait(ledger, ip=HERE, at=NOW + BY_ACCOUNT.longest) == 0


def test_guessing_many_accounts_from_one_place_is_slowed_down(ledger: Ledger) -> None:
    passed = sum(tries(ledger, 1, account=f"p{number}@example.com") for number in range(50))
    assert passed == BY_ADDRESS.free
    assert wait(ledger, account="another@example.com") == 1
    assert wait(ledger, account="another@example.com", ip=THERE) == 0


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "", "no address"])
def test_this_machine_is_no_place_that_could_be_held_up_as_a_whole(ledger: Ledger, ip: str) -> None:
    passed = sum(tries(ledger, 1, account=f"p{number}@example.com", ip=ip) for number in range(35))
    assert passed == 35
    assert tries(ledger, 9, ip=ip) == BY_BOTH.free


def test_all_addresses_of_one_ipv6_line_are_one_place(ledger: Ledger) -> None:
    passed = sum(tries(ledger, 1, ip=f"2001:db8:1:2::{number:x}") for number in range(1, 20))
    assert passed == BY_BOTH.free
    assert wait(ledger, ip="2001:db8:1:3::1") == 0


def test_a_success_forgives_what_came_before_it_from_there(either: Ledger) -> None:
    tries(either, 4)
    with either.writing() as tx:
        count_try(tx, "sign_in", OWNER, HERE, NOW)
        forgive(tx, "sign_in", OWNER, HERE)
    assert tries(either, 20) == BY_BOTH.free


def test_a_whole_office_behind_one_address_signs_in_every_morning(ledger: Ledger) -> None:
    for number in range(35):
        with ledger.writing() as tx:
            count_try(tx, "sign_in", f"p{number}@example.com", HERE, NOW)
            forgive(tx, "sign_in", f"p{number}@example.com", HERE)
    assert wait(ledger, account="late@example.com") == 0


def test_a_success_forgives_nobody_else(ledger: Ledger) -> None:
    tries(ledger, 5, ip=THERE)
    with ledger.writing() as tx:
        count_try(tx, "sign_in", OWNER, HERE, NOW)
        forgive(tx, "sign_in", OWNER, HERE)
    assert wait(ledger, ip=THERE) == 1


def test_after_a_quiet_day_all_is_forgotten_and_nothing_is_kept(ledger: Ledger) -> None:
    tries(ledger, 20)
    tries(ledger, 5, account="nobody@example.com")
    assert wait(ledger, at=NOW + FORGOTTEN_AFTER) == 0
    with ledger.reading() as tx:
        rows = tx.frame(select(attempts)).to_dicts()
    assert [row["failures"] for row in rows] == [1, 1, 1]


def test_what_is_tried_is_counted_apart(ledger: Ledger) -> None:
    tries(ledger, 20)
    with ledger.writing() as tx:
        count_try(tx, "reset", OWNER, HERE, NOW)


def test_the_ledger_does_not_say_who_was_tried(ledger: Ledger) -> None:
    tries(ledger, 2, account="my password by mistake")
    with ledger.reading() as tx:
        assert "password" not in str(tx.frame(select(attempts)).to_dicts())


def test_a_clock_that_goes_back_locks_nobody_out_for_long(ledger: Ledger) -> None:
    tries(ledger, 5)
    assert wait(ledger, at=NOW - timedelta(hours=1)) <= 61
    assert wait(ledger, at=NOW + timedelta(minutes=1)) == 0


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(0, 1200), min_size=15, max_size=40))
def test_no_rhythm_gets_more_than_four_guesses_an_hour_for_long(ledger: Ledger, gaps: list[int]) -> None:
    at, passed = NOW, 0
    account = f"{digest_of(str(gaps)).hex()}@example.com"
    for gap in gaps:
        at += timedelta(seconds=gap)
        passed += tries(ledger, 1, account=account, ip="127.0.0.1", at=at)
    hours = (at - NOW) / timedelta(hours=1)
    assert passed <= BY_BOTH.free + 6 + 4 * hours
