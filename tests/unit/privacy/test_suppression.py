"""Suppression: at once, for good, by digest, with the first reason."""

import hmac
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tenshu.privacy.suppression import (
    EVERY_PURPOSE,
    Digests,
    digest_address,
    digest_addresses,
    read_suppressed,
    suppress,
    unsubscribe,
)
from tenshu.privacy.tables import consents
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = b"k" * 32
SATO = digest_address("sato@example.com", KEY)
SUZUKI = digest_address("suzuki@example.com", KEY)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    store = Ledger(tmp_path / "ledger.sqlite")
    upgrade(store, "ledger")
    return store


def digests(*these: bytes) -> pl.DataFrame:
    return pl.DataFrame({"address_digest": list(these)}, schema={"address_digest": pl.Binary})


def test_a_digest_says_nothing_without_the_key() -> None:
    assert digest_address("sato@example.com", b"other") != SATO
    assert b"sato" not in SATO
    assert digest_addresses(["sato@example.com", None], KEY) == [SATO, None]


@given(st.lists(st.none() | st.text(), max_size=5), st.binary(max_size=200))
def test_many_digests_are_each_the_hmac_of_the_address(addresses: list[str | None], key: bytes) -> None:
    one_by_one = [None if one is None else hmac.digest(key, one.encode(), "sha256") for one in addresses]
    assert digest_addresses(addresses, key) == one_by_one
    assert digest_addresses(addresses, key) == [None if one is None else digest_address(one, key) for one in addresses]


def test_of_many_suppressed_only_those_asked_for_are_read(ledger: Ledger) -> None:
    many = [digest_address(f"c{number}@example.com", KEY) for number in range(300)]
    with ledger.writing() as tx:
        suppress(tx, digests(*many), channel="email", purpose="marketing", reason="manual", at=NOW)
        suppress(tx, digests(many[7]), channel="email", purpose=EVERY_PURPOSE, reason="complaint", at=NOW)
        found = read_suppressed(tx, pl.Series([many[7], SATO, many[8], many[7]], dtype=pl.Binary), channel="email")
        said = sorted(found.select("address_digest", "purpose").rows())
        assert said == sorted([(many[7], "*"), (many[7], "marketing"), (many[8], "marketing")])
        assert len(read_suppressed(tx, None, channel="email")) == 301


@pytest.mark.parametrize("asked", [1, 3, 4, 39, 40, 43, 44, 400])
def test_a_short_list_and_a_long_one_say_the_same(ledger: Ledger, asked: int) -> None:
    many = [digest_address(f"c{number}@example.com", KEY) for number in range(420)]
    with ledger.writing() as tx:
        suppress(tx, digests(*many[::40]), channel="email", purpose="marketing", reason="manual", at=NOW)
        found = read_suppressed(tx, pl.Series(many[:asked], dtype=pl.Binary), channel="email")
    assert sorted(found["address_digest"]) == sorted(many[:asked:40])


def test_nobody_asked_for_is_nobody_suppressed(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        suppress(tx, digests(SATO), channel="email", purpose=EVERY_PURPOSE, reason="manual", at=NOW)
        assert read_suppressed(tx, pl.Series([], dtype=pl.Binary), channel="email").is_empty()


def test_a_suppressed_address_is_found_and_another_is_not(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        suppress(tx, digests(SATO), channel="email", purpose=EVERY_PURPOSE, reason="hard_bounce", at=NOW)
        found = read_suppressed(tx, pl.Series([SATO, SUZUKI], dtype=pl.Binary), channel="email")
        assert found.rows() == [(SATO, "*", "hard_bounce")]
        assert read_suppressed(tx, None, channel="sms").is_empty()


def test_the_first_reason_stays(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        for reason in ("complaint", "hard_bounce"):
            suppress(tx, digests(SATO), channel="email", purpose=EVERY_PURPOSE, reason=reason, at=NOW)
        assert read_suppressed(tx, None, channel="email")["reason"].to_list() == ["complaint"]


def test_unsubscribing_revokes_the_consent_and_suppresses_the_address(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        assert _unsubscribe(tx)
        assert read_suppressed(tx, None, channel="email").rows() == [(SATO, "marketing", "unsubscribed")]
        rows = tx.frame(select(consents.c.node, consents.c.status, consents.c.source))
        assert rows.rows() == [(7, "revoked", "unsubscribe")]


def test_unsubscribing_twice_changes_nothing(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        assert _unsubscribe(tx)
        assert not _unsubscribe(tx)
        assert tx.value(select(func.count()).select_from(consents)) == 1


def test_an_unsubscription_is_undone_as_a_whole(ledger: Ledger) -> None:
    message = "cut"
    with pytest.raises(RuntimeError, match=message), ledger.writing() as tx:  # noqa: PT012 - the block is what fails
        _unsubscribe(tx)
        raise RuntimeError(message)
    with ledger.reading() as tx:
        assert read_suppressed(tx, None, channel="email").is_empty()
        assert tx.value(select(func.count()).select_from(consents)) == 0


def _unsubscribe(tx: object) -> bool:
    return unsubscribe(
        tx,  # type: ignore[arg-type]
        node=7,
        channel="email",
        purpose="marketing",
        address_digest=SATO,
        at=NOW,
        proof={"how": "one_click"},
    )


@given(st.lists(st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), max_size=9), max_size=5))
def test_remembered_digests_are_the_digests(crowds: list[list[str | None]]) -> None:
    """Whoever was asked about before, large crowds and small, in any order and more than once."""
    known = Digests(b"key")
    for crowd in crowds:
        found = known.of(pl.Series("email", crowd, dtype=pl.String))
        assert found.to_list() == digest_addresses(crowd, b"key")
