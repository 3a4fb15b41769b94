"""Suppression: at once, for good, by digest, with the first reason."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import func, select

from tenshu.privacy.suppression import (
    EVERY_PURPOSE,
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
