"""A hit on a link becomes a fact of the person whose message it was, whoever or whatever made it."""

from datetime import timedelta

import polars as pl
import pytest

from tenshu.bootstrap import Shop
from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.inbox import waiting
from tenshu.collect.vocabulary import EMAIL_CLICKED, EMAIL_OPENED
from tenshu.deliver.links import LinkPayload
from tenshu.web.site.tracking import HIT_SCHEMA, USER_AGENT_LENGTH, hit_facts, read_messages, record_hit, record_hits
from tests.unit.web.cast import NOW, inbox_facts

CLICK = LinkPayload(purpose="click", enrolment=7, visit=1, link=2, url="https://shop.example.com/a")
MESSAGES = pl.DataFrame(
    {
        "enrolment": [7, 8],
        "visit": [1, 1],
        "journey": ["welcome-back", "welcome-back"],
        "step": ["hello", "hello"],
        "kind": ["customer_no", "email"],
        "value": ["12347", "suzuki@example.com"],
    }
)


def hits(*rows: dict[str, object]) -> pl.DataFrame:
    """Return hits that differ from a plain click only where a row says so."""
    plain = {
        "event": EMAIL_CLICKED,
        "enrolment": 7,
        "visit": 1,
        "link": 0,
        "url": "https://shop.example.com/",
        "method": "GET",
        "user_agent": "Mozilla/5.0",
        "occurred_at": NOW,
    }
    return pl.DataFrame([plain | row for row in rows], schema=HIT_SCHEMA)


def test_a_click_is_a_fact_in_the_inbox(shop: Shop) -> None:
    record_hit(shop, CLICK, event=EMAIL_CLICKED, method="GET", user_agent="Mozilla/5.0", at=NOW)
    fact = inbox_facts(shop).row(0, named=True)
    assert fact["event"] == "email_clicked"
    assert fact["occurred_at"] == NOW
    assert fact["identifiers"] == [{"kind": "customer_no", "value": "12347"}]
    assert fact["said"] == {
        "journey": "welcome-back",
        "step": "hello",
        "enrolment": 7,
        "visit": 1,
        "link": 2,
        "url": "https://shop.example.com/a",
        "user_agent": "Mozilla/5.0",
        "method": "GET",
    }


def test_an_opening_is_a_fact_too(shop: Shop) -> None:
    opened = LinkPayload(purpose="open", enrolment=8, visit=1)
    record_hit(shop, opened, event=EMAIL_OPENED, method="GET", user_agent="", at=NOW)
    fact = inbox_facts(shop).row(0, named=True)
    assert fact["event"] == "email_opened"
    assert fact["identifiers"] == [{"kind": "email", "value": "suzuki@example.com"}]


def test_a_message_that_is_forgotten_gives_a_fact_of_nobody(shop: Shop) -> None:
    unknown = LinkPayload(purpose="click", enrolment=999, visit=1, url="https://shop.example.com/")
    record_hit(shop, unknown, event=EMAIL_CLICKED, method="GET", user_agent="", at=NOW)
    fact = inbox_facts(shop).row(0, named=True)
    assert fact["identifiers"] == []
    assert fact["said"]["journey"] is None
    assert fact["said"]["enrolment"] == 999


def test_a_hit_on_another_visit_of_the_same_enrolment_is_not_taken_for_this_one(shop: Shop) -> None:
    other = LinkPayload(purpose="click", enrolment=7, visit=2, url="https://shop.example.com/")
    record_hit(shop, other, event=EMAIL_CLICKED, method="GET", user_agent="", at=NOW)
    assert inbox_facts(shop)["identifiers"].to_list() == [[]]


@pytest.mark.parametrize(
    "nasty",
    [
        "<script>alert(1)</script>",
        '"; DROP TABLE facts; --',
        "\x1b[31mred",
        "日本語のブラウザ",
        "\u2028\u202e",
        "{{ 7*7 }}",
    ],
)
def test_whatever_a_browser_says_of_itself_is_kept_as_text(shop: Shop, nasty: str) -> None:
    record_hit(shop, CLICK, event=EMAIL_CLICKED, method="GET", user_agent=nasty, at=NOW)
    assert inbox_facts(shop)["said"][0]["user_agent"] == nasty


def test_an_endless_user_agent_is_cut(shop: Shop) -> None:
    record_hit(shop, CLICK, event=EMAIL_CLICKED, method="GET", user_agent="x" * 100_000, at=NOW)
    assert len(inbox_facts(shop)["said"][0]["user_agent"]) == USER_AGENT_LENGTH


def test_many_hits_are_one_request_of_the_inbox(shop: Shop) -> None:
    record_hits(shop, hits({}, {"link": 1}, {"enrolment": 8}), received_at=NOW)
    assert waiting(shop.inbox) == 1
    assert len(inbox_facts(shop)) == 3


def test_no_hits_are_no_request(shop: Shop) -> None:
    record_hits(shop, hits(), received_at=NOW)
    assert waiting(shop.inbox) == 0


def test_facts_have_the_columns_of_every_fact_and_are_no_order_lines() -> None:
    facts = hit_facts(hits({}), MESSAGES, received_at=NOW)
    assert facts.schema == pl.Schema(FACT_SCHEMA)
    assert facts.select("order_no", "quantity", "amount", "is_goods").null_count().sum_horizontal()[0] == 4


def test_hits_keep_their_order() -> None:
    facts = hit_facts(hits({"link": 3}, {"link": 1}, {"link": 2}), MESSAGES, received_at=NOW)
    assert [text.split('"link":')[1][0] for text in facts["properties"]] == ["3", "1", "2"]


def test_what_happened_and_when_it_was_heard_of_are_kept_apart() -> None:
    later = NOW + timedelta(minutes=5)
    facts = hit_facts(hits({}), MESSAGES, received_at=later)
    assert facts["occurred_at"].to_list() == [NOW]
    assert facts["received_at"].to_list() == [later]


@pytest.mark.parametrize(
    "other",
    [
        {"link": 1},
        {"method": "HEAD"},
        {"user_agent": "another"},
        {"enrolment": 8},
        {"visit": 2},
        {"event": EMAIL_OPENED},
        {"occurred_at": NOW + timedelta(microseconds=1)},
    ],
)
def test_two_different_hits_are_two_facts(other: dict[str, object]) -> None:
    assert hit_facts(hits({}, other), MESSAGES, received_at=NOW)["fact_id"].n_unique() == 2


def test_a_scanner_that_knocks_twice_at_once_makes_two_facts() -> None:
    assert hit_facts(hits({}, {}, {}), MESSAGES, received_at=NOW)["fact_id"].n_unique() == 3


def test_the_same_hits_told_again_are_the_same_facts() -> None:
    first, second = (hit_facts(hits({}, {"link": 1}), MESSAGES, received_at=NOW) for _again in range(2))
    assert first["fact_id"].to_list() == second["fact_id"].to_list()


def test_a_fact_says_nothing_of_the_address_of_the_person(shop: Shop) -> None:
    record_hit(shop, CLICK, event=EMAIL_CLICKED, method="GET", user_agent="", at=NOW)
    assert "person1@example.com" not in str(inbox_facts(shop)["said"][0])


def test_messages_of_many_hits_are_read_once_each(shop: Shop) -> None:
    found = read_messages(shop.ledger, hits({}, {}, {"enrolment": 8}, {"enrolment": 404}))
    assert found.sort("enrolment")["enrolment"].to_list() == [7, 8]
