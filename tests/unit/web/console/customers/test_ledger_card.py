"""What the ledger says about one customer, as the card needs it."""

from datetime import timedelta

import polars as pl
import pytest

from tenshu.bootstrap import Shop, save_templates
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.decide.policy import Cap, Policy, write_policy
from tenshu.kit.clock import SetClock
from tenshu.privacy.suppression import digest_address, suppress
from tenshu.testing.small_shop import add_template, consent, open_small_shop, start, tell, tick
from tenshu.web.console.customers.ledger_card import (
    cap_of,
    consents_of,
    decisions_about,
    identifiers_of,
    mails_of,
    owner_of,
    planned_for,
    subjects,
    suppressions_of,
    titles_of,
    walks_of,
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, SetClock]:
    """Return a shop whose mail waits to be sent."""
    home, clock = open_small_shop(tmp_path_factory.mktemp("ledger"))
    add_template(home)
    start(home)
    tick(home)
    return home, clock


def test_a_number_is_its_own_or_somebody_elses_or_nobodys(shop: tuple[Shop, SetClock]) -> None:
    home, _clock = shop
    assert owner_of(home.ledger, 1) == 1
    assert owner_of(home.ledger, 2) == 1, "the address of the first customer"
    assert owner_of(home.ledger, 10**6) is None
    assert owner_of(home.ledger, 2**64) is None


def test_identifiers_come_in_the_order_of_their_arrival(shop: tuple[Shop, SetClock]) -> None:
    known = identifiers_of(shop[0].ledger, 1)
    assert [(one["kind"], one["value"], one["is_shared"]) for one in known] == [
        ("customer_no", "S-1", False),
        ("email", "s-1@example.com", False),
    ]
    assert identifiers_of(shop[0].ledger, 99) == []


@pytest.mark.parametrize(("number", "holds"), [(1, "granted"), (5, "granted"), (7, "revoked"), (9, None)])
def test_of_all_words_the_one_that_holds_is_told(shop: tuple[Shop, SetClock], number: int, holds: str | None) -> None:
    told = consents_of(shop[0].ledger, number, now=shop[1].now())
    assert ({one["holds"] for one in told} or {None}) == {holds}


def test_a_later_refusal_holds_and_a_grant_from_the_future_does_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    home, clock = open_small_shop(tmp_path_factory.mktemp("words"))
    now = clock.now()
    tell(home, [consent("S-1", "denied", "opt_in", now), consent("S-5", "granted", "opt_in", now + timedelta(hours=1))])
    told = consents_of(home.ledger, 1, now=now)
    assert [(one["status"], one["holds"]) for one in told] == [("denied", "denied"), ("granted", "denied")]
    assert [one["holds"] for one in consents_of(home.ledger, 9, now=now)] == [None]


def test_an_exception_without_a_reason_is_no_basis(tmp_path_factory: pytest.TempPathFactory) -> None:
    home, clock = open_small_shop(tmp_path_factory.mktemp("basis"))
    tell(home, [consent("S-5", "granted", "business_card", clock.now())])
    told = consents_of(home.ledger, 9, now=clock.now())
    assert [(one["is_usable"], one["holds"]) for one in told] == [(False, "denied")]


def test_suppressions_name_the_address_that_they_stop(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    digest = pl.DataFrame({"address_digest": [digest_address("old@example.com", home.address_key)]})
    with home.ledger.writing() as tx:
        suppress(tx, digest, channel="email", purpose="marketing", reason="manual", at=clock.now())
    addresses = ["s-1@example.com", None, "old@example.com", "old@example.com", ""]
    told = suppressions_of(home.ledger, addresses, home.address_key)
    assert [(one["address"], one["purpose"], one["reason"]) for one in told] == [
        ("old@example.com", "marketing", "manual")
    ]
    assert suppressions_of(home.ledger, addresses, b"another key") == []
    assert suppressions_of(home.ledger, [], home.address_key) == []


def test_walks_and_messages_carry_the_titles_of_their_scenarios(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    title = {"ja": "ご挨拶", "en": "Hello"}
    assert [(one["journey"], one["title"]) for one in walks_of(home.ledger, 1)] == [("hello", title)]
    assert [(one["title"], one["due_at"] <= clock.now()) for one in planned_for(home.ledger, 1)] == [(title, True)]
    assert [(one["outcome"], one["title"]) for one in decisions_about(home.ledger, 1)] == [("send", title)]
    assert [(one["outcome"], one["reason"]) for one in decisions_about(home.ledger, 7)] == [("suppressed", "refused")]
    assert mails_of(home.ledger, 1, since=clock.now() - timedelta(days=30)) == [], "nothing has gone out yet"
    assert titles_of(home.ledger, {"hello", "never"}) == {"hello": title}
    assert titles_of(home.ledger, set()) == {}


@pytest.mark.parametrize(
    ("caps", "told"),
    [
        (Policy().caps, {"limit": 3, "days": 7}),
        ((), {}),
        ((Cap(limit=1, hours=5),), {}),
        ((Cap(limit=9, days=30, purpose="service"), Cap(limit=2, days=14)), {"limit": 2, "days": 14}),
        ((Cap(limit=1, days=7, journey="*"),), {}),
        ((Cap(limit=1, days=7, channel="sms"), Cap(limit=4, days=3, channel="email")), {"limit": 4, "days": 3}),
    ],
)
def test_the_cap_that_is_told_is_the_widest_that_is_about_mail(
    shop: tuple[Shop, SetClock], caps: tuple[Cap, ...], told: dict[str, int]
) -> None:
    home, _clock = shop
    with home.ledger.writing() as tx:
        write_policy(tx, Policy(caps=caps))
    assert cap_of(home.ledger) == told


def test_subjects_are_what_this_person_would_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A template that cannot be used says nothing, and keeps no card from being read."""
    home, _clock = open_small_shop(tmp_path_factory.mktemp("subjects"))
    add_template(home)
    broken = TemplateText(subject="{% if %}", mjml="<mjml></mjml>", text="x")
    save_templates(home, [TemplateSource(name="broken", languages={"ja": broken, "en": broken})])
    told = subjects(home, {"last_name": "佐藤"})
    assert set(told) == {"hello"}
    assert told["hello"].startswith("佐藤")
