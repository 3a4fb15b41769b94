"""Keys for programs: shown once, for a few things, until their day or until somebody ends them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tenshu.staff.api_keys import (
    DAYS,
    SCOPES,
    KeyRefused,
    NoSuchKey,
    Wish,
    end_key,
    make_key,
    open_key,
    read_keys,
)
from tenshu.staff.audit import read_audit
from tenshu.staff.tables import api_keys
from tenshu.staff.text import NameRefused
from tenshu.store.ledger import Ledger
from tests.unit.staff.crew import NOW, SATO

SHOP = Wish(kind="secret", title="ネットショップ", scope=("customers:read", "events:write"), days=30)
PAGE = Wish(kind="write", title="サイト", scope=("events:write",), days=0)


def made(ledger: Ledger, wish: Wish = SHOP) -> str:
    with ledger.writing() as tx:
        return make_key(tx, wish, by=SATO, now=NOW)


@pytest.mark.parametrize("wish", [SHOP, PAGE])
def test_a_key_opens_what_it_was_made_for(either: Ledger, wish: Wish) -> None:
    key = made(either, wish)
    with either.reading() as tx:
        found = open_key(tx, key, NOW)
    assert found is not None
    assert (found.kind, found.title, found.scope, found.made_by) == (wish.kind, wish.title, wish.scope, 1)
    assert key.startswith(f"{found.prefix}_")


def test_the_ledger_and_the_log_do_not_know_the_key(ledger: Ledger) -> None:
    key = made(ledger)
    with ledger.reading() as tx:
        kept = str(tx.frame(select(api_keys)).to_dicts()) + str(read_audit(tx))
    assert key not in kept
    assert key.split("_", 2)[2] not in kept
    assert key[:12] in kept


def test_a_key_ends_with_its_day(ledger: Ledger) -> None:
    key, endless = made(ledger), made(ledger, PAGE)
    with ledger.reading() as tx:
        assert open_key(tx, key, NOW + timedelta(days=30, microseconds=-1)) is not None
        assert open_key(tx, key, NOW + timedelta(days=30)) is None
        assert open_key(tx, endless, NOW + timedelta(days=9999)) is not None


def test_a_key_that_was_ended_opens_nothing_at_once(either: Ledger) -> None:
    key, other = made(either), made(either)
    with either.writing() as tx:
        end_key(tx, key[:12], by=SATO, now=NOW)
        assert open_key(tx, key, NOW) is None
        assert open_key(tx, other, NOW) is not None
    with pytest.raises(NoSuchKey), either.writing() as tx:
        end_key(tx, key[:12], by=SATO, now=NOW)


@pytest.mark.parametrize(
    "change", [lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"), lambda key: key[:-1], str.upper]
)
def test_a_key_that_was_altered_opens_nothing(ledger: Ledger, change: object) -> None:
    key = made(ledger)
    with ledger.reading() as tx:
        assert open_key(tx, change(key), NOW) is None  # type: ignore[operator]


@pytest.mark.parametrize("key", ["", "tnw_", "tns_abcdefgh_", "tns_abcdefgh_" + "x" * 43, "' OR 1=1", "\x00" * 56])
def test_what_is_no_key_opens_nothing(ledger: Ledger, key: str) -> None:
    made(ledger)
    with ledger.reading() as tx:
        assert open_key(tx, key, NOW) is None


def test_the_secret_of_one_key_does_not_fit_the_prefix_of_another(ledger: Ledger) -> None:
    read, write = made(ledger), made(ledger, PAGE)
    with ledger.reading() as tx:
        assert open_key(tx, f"{read[:12]}_{write[13:]}", NOW) is None


@pytest.mark.parametrize(
    "wish",
    [
        Wish(kind="write", title="x", scope=("customers:read",), days=30),
        Wish(kind="write", title="x", scope=("events:write", "customers:write"), days=30),
        Wish(kind="secret", title="x", scope=(), days=30),
        Wish(kind="secret", title="x", scope=("everything",), days=30),
        Wish(kind="admin", title="x", scope=("events:write",), days=30),
        Wish(kind="secret", title="x", scope=("events:write",), days=31),
        Wish(kind="secret", title="x", scope=("events:write",), days=-1),
    ],
)
def test_no_key_is_made_that_could_do_more_than_its_kind(ledger: Ledger, wish: Wish) -> None:
    with pytest.raises(KeyRefused), ledger.writing() as tx:
        make_key(tx, wish, by=SATO, now=NOW)
    with ledger.reading() as tx:
        assert read_keys(tx) == []


def test_a_key_needs_a_title_that_can_be_read(ledger: Ledger) -> None:
    with pytest.raises(NameRefused), ledger.writing() as tx:
        make_key(tx, Wish(kind="secret", title="a\nb", scope=("events:write",), days=0), by=SATO, now=NOW)


def test_the_write_key_can_only_add_events() -> None:
    assert SCOPES["write"] == ("events:write",)
    assert 0 in DAYS


def test_keys_are_listed_newest_first_with_those_that_ended(ledger: Ledger) -> None:
    first = made(ledger)
    with ledger.writing() as tx:
        second = make_key(tx, PAGE, by=SATO, now=NOW + timedelta(days=1))
        end_key(tx, first[:12], by=SATO, now=NOW + timedelta(days=2))
        found = read_keys(tx)
    assert [key.prefix for key in found] == [second[:12], first[:12]]
    assert [key.lasts(NOW + timedelta(days=3)) for key in found] == [True, False]
