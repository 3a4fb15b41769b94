"""People are read for many messages at once, and everybody's mail still says what is true of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenshu.bootstrap import Shop, make_dispatcher
from tenshu.deliver import people as reading
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.deliver.people import People
from tenshu.deliver.queue import coming
from tenshu.testing.small_shop import MONDAY
from tests.unit.deliver.outboxes import shop_with, take

PEOPLE = 20


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_with(tmp_path / "home", PEOPLE)[0]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many people were asked about, question by question."""
    counted: list[int] = []
    ask = vars(reading)["profiles"]

    def counting(*given: Any, customers: pl.Series, **more: Any) -> pl.DataFrame:
        counted.append(len(customers))
        found: pl.DataFrame = ask(*given, customers=customers, **more)
        return found

    monkeypatch.setattr(reading, "profiles", counting)
    return counted


def made(shop: Shop) -> People:
    return make_dispatcher(shop, SmtpChannel("127.0.0.1", 1)).people


def test_those_of_the_next_messages_are_read_together(shop: Shop, reads: list[int]) -> None:
    people = made(shop)
    for _ in range(5):
        claimed = take(shop, limit=4)
        found = people.of(claimed, now=MONDAY, ahead=lambda: coming(shop.ledger, MONDAY, 1_000))
        assert [row["customer"] for row, _, _ in found] == claimed["customer"].to_list()
        assert all(customer["customer"] == row["customer"] for row, customer, _ in found)
    assert reads == [PEOPLE + 3]
    shop.close()


def test_each_mail_is_about_its_own_person(shop: Shop) -> None:
    found = made(shop).of(take(shop), now=MONDAY)
    assert {row["address"]: customer["email"] for row, customer, _ in found} == {
        row["address"]: row["address"] for row, _, _ in found
    }
    shop.close()


def test_another_instant_is_read_anew(shop: Shop, reads: list[int]) -> None:
    people, claimed = made(shop), take(shop, limit=4)
    for minutes in (0, 0, 1):
        people.of(claimed, now=MONDAY + timedelta(minutes=minutes))
    assert reads == [4, 4]
    shop.close()


def test_what_was_read_is_kept_for_a_moment_only(shop: Shop, reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    people, claimed = made(shop), take(shop, limit=4)
    people.of(claimed, now=MONDAY)
    monkeypatch.setattr(reading, "KEPT_FOR", timedelta())
    people.of(claimed, now=MONDAY)
    assert reads == [4, 4]
    shop.close()


def test_somebody_nobody_knows_anything_of_has_no_traits(shop: Shop) -> None:
    stranger = take(shop, limit=1).with_columns(customer=pl.lit(99_999))
    [(row, customer, extras)] = made(shop).of(stranger, now=MONDAY)
    assert (row["customer"], customer, extras) == (99_999, {}, {})
    shop.close()


def test_what_comes_next_is_what_waits_and_is_due(shop: Shop) -> None:
    assert len(coming(shop.ledger, MONDAY, 1_000)) == PEOPLE + 3
    assert len(coming(shop.ledger, MONDAY, 7)) == 7
    assert coming(shop.ledger, MONDAY - timedelta(days=1), 7).is_empty()
    first = coming(shop.ledger, MONDAY, 7)["customer"].to_list()
    assert take(shop, limit=7)["customer"].to_list() == first
    assert len(coming(shop.ledger, MONDAY, 1_000)) == PEOPLE - 4
    shop.close()
