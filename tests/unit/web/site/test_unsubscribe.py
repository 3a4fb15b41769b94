"""Whoever says stop is not written to any more: at once, once, and only for that purpose."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.collect.tables import facts_out
from tenshu.deliver.links import LinkPayload
from tenshu.deliver.tables import outbox
from tenshu.privacy.tables import consents, suppressions
from tenshu.web.site.unsubscribe import ONE_CLICK, PAGE, unsubscribe
from tests.unit.web.cast import NOW, sent_message, state_of

STOP = LinkPayload(purpose="unsubscribe", enrolment=7, visit=1)


def test_the_address_is_suppressed_for_the_purpose_of_the_message(shop: Shop) -> None:
    assert unsubscribe(shop, STOP, how=ONE_CLICK, at=NOW)
    with shop.ledger.reading() as tx:
        row = tx.frame(select(suppressions)).row(0, named=True)
    assert (row["channel"], row["purpose"], row["reason"]) == ("email", "marketing", "unsubscribed")
    assert row["address_digest"] == b"digest-1"
    assert row["since_at"] == NOW


def test_the_consent_is_taken_back_with_proof(shop: Shop) -> None:
    unsubscribe(shop, STOP, how=ONE_CLICK, at=NOW)
    with shop.ledger.reading() as tx:
        row = tx.frame(select(consents)).row(0, named=True)
    assert (row["node"], row["status"], row["purpose"]) == (1, "revoked", "marketing")
    assert msgspec.json.decode(row["proof"]) == {
        "how": "one_click",
        "journey": "welcome-back",
        "enrolment": 7,
        "visit": 1,
    }


@pytest.mark.parametrize("how", [ONE_CLICK, PAGE])
def test_it_becomes_a_fact_of_the_person(shop: Shop, how: str) -> None:
    unsubscribe(shop, STOP, how=how, at=NOW)
    with shop.ledger.reading() as tx:
        fact = tx.frame(select(facts_out)).row(0, named=True)
    assert (fact["event"], fact["node"], fact["occurred_at"]) == ("unsubscribed", 1, NOW)
    assert msgspec.json.decode(fact["properties"]) == {
        "channel": "email",
        "purpose": "marketing",
        "journey": "welcome-back",
        "step": "hello",
        "enrolment": 7,
        "visit": 1,
        "how": how,
    }


def test_doing_it_twice_changes_nothing_more(shop: Shop) -> None:
    assert unsubscribe(shop, STOP, how=ONE_CLICK, at=NOW)
    before = state_of(shop)
    assert not unsubscribe(shop, STOP, how=PAGE, at=NOW + timedelta(days=3))
    assert state_of(shop) == before


def test_an_unknown_message_changes_nothing(shop: Shop) -> None:
    before = state_of(shop)
    for enrolment, visit in [(999, 1), (7, 2), (0, 0), (-1, -1)]:
        payload = LinkPayload(purpose="unsubscribe", enrolment=enrolment, visit=visit)
        assert not unsubscribe(shop, payload, how=ONE_CLICK, at=NOW)
    assert state_of(shop) == before


def test_nobody_else_is_unsubscribed(shop: Shop) -> None:
    unsubscribe(shop, STOP, how=ONE_CLICK, at=NOW)
    with shop.ledger.reading() as tx:
        assert tx.frame(select(suppressions))["address_digest"].to_list() == [b"digest-1"]
        assert tx.frame(select(consents))["node"].to_list() == [1]


def test_other_purposes_go_on(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        tx.insert(outbox, sent_message(9, customer=1, purpose="service"))
    unsubscribe(shop, LinkPayload(purpose="unsubscribe", enrolment=9, visit=1), how=PAGE, at=NOW)
    with shop.ledger.reading() as tx:
        assert tx.frame(select(suppressions))["purpose"].to_list() == ["service"]


def test_a_person_may_unsubscribe_from_each_purpose_in_turn(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        tx.insert(outbox, sent_message(9, customer=1, purpose="service"))
    for enrolment in (7, 9):
        payload = LinkPayload(purpose="unsubscribe", enrolment=enrolment, visit=1)
        assert unsubscribe(shop, payload, how=ONE_CLICK, at=NOW)
    with shop.ledger.reading() as tx:
        assert sorted(tx.frame(select(suppressions))["purpose"]) == ["marketing", "service"]


def test_a_second_message_to_the_same_address_finds_it_done(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        tx.insert(outbox, sent_message(11, customer=1))
    assert unsubscribe(shop, STOP, how=ONE_CLICK, at=NOW)
    assert not unsubscribe(shop, LinkPayload(purpose="unsubscribe", enrolment=11, visit=1), how=ONE_CLICK, at=NOW)
    with shop.ledger.reading() as tx:
        assert len(tx.frame(select(facts_out))) == 1
