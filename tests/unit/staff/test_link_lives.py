"""The lives of links, keys and sign-ins against a plain book of what should be open: whatever happens in any order."""

from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tenshu.staff import sign_ins
from tenshu.staff.api_keys import DAYS, SCOPES, ApiKey, KeyRefused, Wish, end_key, make_key, open_key, read_keys
from tenshu.staff.audit import read_audit
from tenshu.staff.links import LASTS, Kind, LinkSpent, end_links, make_link, read_link, use_link
from tenshu.staff.tables import staff_links
from tenshu.staff.token import digest_of, form_token, new_token
from tenshu.store.ledger import Ledger, Transaction
from tests.unit.staff.crew import NOW, SATO, hire_owner

KINDS: tuple[Kind, ...] = get_args(Kind)
A_MOMENT = timedelta(microseconds=1)
HOLDERS = st.sampled_from([None, 1, 2])
ACTS = st.one_of(
    st.tuples(st.just("make"), st.sampled_from(KINDS), HOLDERS),
    st.tuples(st.just("use"), st.sampled_from(KINDS), HOLDERS),
    st.tuples(st.just("end"), st.sampled_from(KINDS), HOLDERS),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 100]), st.none()),
)


def is_open(tx: Transaction, token: str, kind: Kind, now: datetime) -> bool:
    try:
        read_link(tx, token, kind, now)
    except LinkSpent:
        return False
    return True


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=12))
def test_a_link_is_open_when_a_book_of_all_links_says_so(
    ledger: Ledger, acts: list[tuple[str, Kind, int | None]]
) -> None:
    made: list[tuple[str, Kind, int | None]] = []
    book: dict[tuple[Kind, int | None], tuple[str, datetime]] = {}
    now = NOW
    with ledger.writing() as tx:
        for act, kind, person in acts:
            if act == "wait":
                now += timedelta(minutes=float(kind))
            elif act == "make":
                token = make_link(tx, kind, now=now, person=person)
                made.append((token, kind, person))
                book[kind, person] = (token, now + LASTS[kind])
            elif act == "end":
                end_links(tx, kind, person=person)
                book.pop((kind, person), None)
            elif (kind, person) in book and book[kind, person][1] > now:
                assert use_link(tx, book.pop((kind, person))[0], kind, now).person == person
        for token, kind, person in made:
            mine = book.get((kind, person))
            assert is_open(tx, token, kind, now) == (mine is not None and mine[0] == token and now < mine[1])


@pytest.mark.parametrize(("kind", "hours"), [("set_up", 24), ("invitation", 168), ("reset", 1)])
def test_a_link_says_until_when_and_is_over_at_that_very_instant(ledger: Ledger, kind: Kind, hours: int) -> None:
    ends = NOW + timedelta(hours=hours)
    with ledger.writing() as tx:
        token = make_link(tx, kind, now=NOW, person=7)
        assert read_link(tx, token, kind, NOW).expires_at == ends
        assert is_open(tx, token, kind, ends - A_MOMENT)
        assert not is_open(tx, token, kind, ends)


def test_a_link_that_was_used_stays_in_the_book_until_a_month_after_its_end(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        use_link(tx, make_link(tx, "reset", now=NOW, person=1), "reset", NOW + timedelta(minutes=5))
        make_link(tx, "reset", now=NOW + timedelta(days=30), person=2)
        rows = tx.frame(select(staff_links.c.person, staff_links.c.used_at).order_by(staff_links.c.person)).rows()
        assert rows == [(1, NOW + timedelta(minutes=5)), (2, None)]
        make_link(tx, "reset", now=NOW + timedelta(days=31), person=3)
        assert tx.frame(select(staff_links.c.person))["person"].to_list() == [2, 3]


def test_a_link_of_one_home_opens_no_other_kind_of_door(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        hire_token = make_link(tx, "invitation", now=NOW, person=1)
        signed_in = new_token()
        assert not is_open(tx, signed_in, "invitation", NOW)
        assert sign_ins.find(tx, hire_token, NOW) is None
        assert open_key(tx, hire_token, NOW) is None


@pytest.mark.parametrize("days", DAYS)
def test_a_key_lasts_its_days_to_the_microsecond(days: int) -> None:
    ends = NOW + timedelta(days=days) if days else None
    key = ApiKey(
        prefix="tns_abcdefgh",
        kind="secret",
        title="t",
        scope=(),
        made_by=1,
        made_at=NOW,
        expires_at=ends,
        ended_at=None,
    )
    assert key.lasts(NOW)
    assert key.lasts((ends or NOW + timedelta(days=36_500)) - A_MOMENT)
    assert key.lasts(ends or NOW + timedelta(days=36_500)) == (ends is None)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scope=st.lists(st.sampled_from(SCOPES["secret"]), min_size=1, max_size=8), days=st.sampled_from(DAYS))
def test_what_a_key_may_is_kept_once_each_and_in_order(ledger: Ledger, scope: list[str], days: int) -> None:
    with ledger.writing() as tx:
        wish = Wish(kind="secret", title=" shop ", scope=tuple(scope), days=days)
        key = open_key(tx, make_key(tx, wish, by=SATO, now=NOW), NOW)
    assert key is not None
    assert key.scope == tuple(sorted(set(scope)))
    assert key.title == "shop"
    assert key.expires_at == (NOW + timedelta(days=days) if days else None)


@pytest.mark.parametrize(
    ("wish", "given_", "allowed"),
    [
        (Wish(kind="root", title="t", scope=("events:write",), days=0), "root", "write, secret"),
        (Wish(kind="k" * 99, title="t", scope=(), days=0), "k" * 40, "write, secret"),
        (Wish(kind="write", title="t", scope=("reports:read",), days=0), "reports:read", "events:write"),
        (Wish(kind="secret", title="t", scope=("b", "a"), days=0), "a, b", "events:write, customers:read"),
        (Wish(kind="secret", title="t", scope=(), days=0), "-", "events:write"),
        (Wish(kind="secret", title="t", scope=("events:write",), days=7), "7", "30, 90, 365, 0"),
    ],
)
def test_a_key_that_would_not_fit_is_refused_with_what_would(
    ledger: Ledger, wish: Wish, given_: str, allowed: str
) -> None:
    with pytest.raises(KeyRefused) as problem, ledger.writing() as tx:
        make_key(tx, wish, by=SATO, now=NOW)
    for language in ("ja", "en"):
        said = problem.value.text(language)
        assert given_ in said
        assert allowed in said
        assert len(said) < 250


def test_the_log_tells_of_a_key_by_its_beginning_its_kind_and_its_title(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        key = make_key(tx, Wish(kind="write", title="サイト", scope=("events:write",), days=30), by=SATO, now=NOW)
        end_key(tx, key[:12], by=SATO, now=NOW + timedelta(days=1))
        ended, made = read_audit(tx)
        (left,) = read_keys(tx)
    assert (made.act, made.about, made.detail) == ("key_made", key[:12], {"kind": "write", "title": "サイト"})
    assert (ended.act, ended.about, ended.detail) == ("key_ended", key[:12], {})
    assert left.ended_at == NOW + timedelta(days=1)
    assert not left.lasts(NOW)  # whoever looks with an older clock gets in no more either


@pytest.mark.parametrize(
    ("unused", "whole", "is_in"),
    [
        (timedelta(), timedelta(), True),
        (sign_ins.LASTS_UNUSED - A_MOMENT, sign_ins.LASTS_UNUSED - A_MOMENT, True),
        (sign_ins.LASTS_UNUSED, sign_ins.LASTS_UNUSED, False),
        (timedelta(), sign_ins.LASTS - A_MOMENT, True),
        (timedelta(), sign_ins.LASTS, False),
        (sign_ins.LASTS_UNUSED, sign_ins.LASTS - A_MOMENT, False),
    ],
)
def test_both_ends_of_a_sign_in_hold(ledger: Ledger, unused: timedelta, whole: timedelta, is_in: bool) -> None:  # noqa: FBT001
    hire_owner(ledger, "-")
    with ledger.writing() as tx:
        token = sign_ins.begin(tx, 1, now=NOW, ip="", agent="")
        sign_ins.note_seen(tx, token, NOW + whole - unused)
        assert (sign_ins.find(tx, token, NOW + whole) is not None) == is_in


@given(one=st.text(max_size=50), other=st.text(max_size=50))
def test_digests_and_form_tokens_tell_tokens_apart_and_never_contain_them(one: str, other: str) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other) == (form_token(one) == form_token(other))
    assert len(digest_of(one)) == 32
    assert len(form_token(one)) == 64
    assert digest_of(one).hex() != form_token(one)
