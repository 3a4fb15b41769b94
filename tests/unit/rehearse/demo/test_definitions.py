"""The demo's scenarios and templates are ones that a shop could run as they stand."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenshu.condition import parse, sentence
from tenshu.content.template import Rendered, TemplateSource, compile_template
from tenshu.journey.grammar import Branch, Broadcast, Journey, OnEvent, Send, Wait
from tenshu.rehearse.demo.definitions import (
    APPEALS,
    DAYS,
    JOURNEY_NAMES,
    START_AT,
    demo_journeys,
    demo_shop,
    demo_templates,
)
from tenshu.rehearse.demo.files import purchase_lines

JOURNEYS = {journey.name: journey for journey in demo_journeys()}
TEMPLATES = {template.name: template for template in demo_templates()}
GOODS = [
    {"product_id": "85123A", "name": "WHITE HANGING HEART ", "reason": "1 <in> 3"},
    {"product_id": "A B&C", "name": "TEA & COFFEE", "reason": None},
]
#: Fields that the sending side promises to fill.
PROMISED = {"customer.last_name", "customer.full_name", "shop.name", "recommendations"}


def render(name: str, language: str, **customer: str) -> Rendered:
    """Render a template for somebody."""
    context: dict[str, Any] = {
        "customer": customer,
        "shop": {"name": demo_shop(language).name},
        "recommendations": GOODS,
    }
    return compile_template(TEMPLATES[name], language).render(context)


def test_rehearsal_begins_the_day_after_the_last_purchase() -> None:
    last = purchase_lines()["InvoiceDate"].dt.date().sort().to_list()[-1]
    assert START_AT.date() == last + timedelta(days=1)
    assert datetime(2011, 12, 10, tzinfo=UTC) == START_AT
    assert DAYS == 60


def test_three_scenarios_are_there() -> None:
    assert tuple(JOURNEYS) == JOURNEY_NAMES == ("welcome-back", "thanks-to-the-best", "bought-together")


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.name)
def test_each_scenario_has_goal_review_hold_out_and_titles(journey: Journey) -> None:
    assert journey.goal.event == "order_completed"
    assert 0 < journey.goal.target_rate < 1
    assert journey.goal.within_days <= 21
    assert journey.review_on == date(2012, 2, 8) == (START_AT + timedelta(days=DAYS)).date()
    assert journey.holdout_rate == 0.1
    assert journey.purpose == "marketing"
    assert set(journey.title) == {"ja", "en"}


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.name)
def test_each_scenario_sends_templates_that_are_there(journey: Journey) -> None:
    assert set(journey.templates()) <= set(TEMPLATES)


def test_every_template_is_sent_by_a_scenario() -> None:
    assert {name for journey in JOURNEYS.values() for name in journey.templates()} == set(TEMPLATES)


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.name)
def test_no_mail_goes_out_late(journey: Journey) -> None:
    sends = [step for step in journey.steps.values() if isinstance(step, Send)]
    assert all(step.expires_after_hours and step.expires_after_hours <= 72 for step in sends)


def test_welcome_back_begins_on_the_first_morning_and_speaks_to_the_dormant() -> None:
    entry = JOURNEYS["welcome-back"].entry
    assert isinstance(entry, Broadcast)
    assert entry.local_at == datetime(2011, 12, 10, 10)  # noqa: DTZ001 - the shop's wall clock
    assert "120" in sentence(parse(entry.condition), "en")


def test_welcome_back_sends_a_second_mail_only_to_those_who_did_not_click() -> None:
    steps = JOURNEYS["welcome-back"].steps
    wait, branch = steps["wait"], steps["looked"]
    assert isinstance(wait, Wait)
    assert (wait.days, wait.at) == (5, "10:00")
    assert isinstance(branch, Branch)
    assert (branch.cases[0].next, branch.otherwise) == ("seen", "reminder")
    assert branch.cases[0].when["event"] == "email_clicked"
    assert branch.cases[0].when["where"] == [{"field": "journey", "cmp": "is", "value": "welcome-back"}]


def test_thanks_go_to_the_first_decile() -> None:
    entry = JOURNEYS["thanks-to-the-best"].entry
    assert isinstance(entry, Broadcast)
    assert entry.condition == {"kind": "rank", "by": "decile", "cmp": "is", "value": 1}


def test_bought_together_follows_each_order_a_day_later_and_once_in_thirty_days() -> None:
    journey = JOURNEYS["bought-together"]
    assert isinstance(journey.entry, OnEvent)
    assert (journey.entry.event, journey.entry.key) == ("order_completed", "order_no")
    assert getattr(journey.reentry, "days", None) == 30
    wait = journey.steps[journey.first_step]
    assert isinstance(wait, Wait)
    assert (wait.days, wait.at) == (1, "10:00")


def test_each_scenario_has_a_truth_of_its_own() -> None:
    assert set(APPEALS) == set(JOURNEYS)


def caused(name: str) -> float:
    """Return the share of readers who place an order that they would not have placed."""
    appeal = APPEALS[name]
    return appeal.click_rate * appeal.clicked_buy_rate + (1 - appeal.click_rate) * appeal.read_buy_rate


def test_hidden_truth_is_a_little_some_and_next_to_nothing() -> None:
    assert 0.05 < caused("welcome-back") < 0.10
    assert 0.03 < caused("bought-together") < caused("welcome-back")
    assert caused("thanks-to-the-best") < 0.01


def test_mails_cost_something_too() -> None:
    assert all(0 < appeal.unsubscribe_rate < 0.02 for appeal in APPEALS.values())
    assert all(0 < appeal.complaint_rate < 0.01 for appeal in APPEALS.values())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_shop_says_who_it_is_and_that_it_is_invented(language: str) -> None:
    shop = demo_shop(language)
    assert shop.name
    assert "invented" in shop.postal_address
    assert shop.contact.startswith("+44 20 7946 0")
    assert (shop.zone, shop.currency, shop.language) == ("Europe/London", "GBP", language)
    assert all(address.endswith("example.com") for address in (shop.sender_email, shop.bounce_domain, shop.home_url))


EVERY = [(name, language) for name in TEMPLATES for language in ("ja", "en")]


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.name)
def test_each_template_speaks_both_languages_and_is_complete(template: TemplateSource) -> None:
    assert set(template.languages) == {"ja", "en"}
    for text in template.languages.values():
        assert text.subject
        assert text.preheader
        assert not text.subject.startswith("Subject")
        assert not text.preheader.startswith("Preheader")
        assert text.text.endswith("\n")
        assert text.mjml.startswith("<mjml>")


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_templates_use_only_fields_that_will_be_filled(name: str, language: str) -> None:
    assert set(compile_template(TEMPLATES[name], language).fields()) <= PROMISED


@pytest.mark.parametrize("name", TEMPLATES)
def test_japanese_customers_are_addressed_with_sama(name: str) -> None:
    made = render(name, "ja", last_name="佐藤", full_name="佐藤 花子")
    assert "佐藤様" in made.html
    assert made.text.startswith("佐藤様\n")


@pytest.mark.parametrize("name", TEMPLATES)
def test_english_customers_are_addressed_by_name(name: str) -> None:
    made = render(name, "en", full_name="Emma Baker")
    assert "Dear Emma Baker" in made.html
    assert made.text.startswith("Dear Emma Baker,\n")


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_somebody_without_a_name_is_addressed_politely(name: str, language: str) -> None:
    made = render(name, language)
    fallback = "お客様" if language == "ja" else "Dear customer"
    assert fallback in made.html
    assert fallback in made.text
    assert "None" not in made.subject + made.html + made.text
    assert "{" not in made.subject + made.text


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_html_and_text_have_the_same_links_to_the_shop(name: str, language: str) -> None:
    made = render(name, language)
    in_html = set(re.findall(r'href="(https?://[^"]+)"', made.html))
    in_text = set(re.findall(r"https?://\S+", made.text))
    assert in_html == in_text
    assert 2 <= len(in_html) <= 6
    assert all(url.startswith("https://shop.example.com/") for url in in_html)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_nothing_is_fetched_from_anybody(name: str, language: str) -> None:
    html = render(name, language).html
    assert not re.search(r"<(img|link|script|iframe)\b", html)
    assert "fonts.googleapis.com" not in html


@pytest.mark.parametrize("language", ["ja", "en"])
def test_recommended_goods_are_listed_with_link_and_reason(language: str) -> None:
    made = render("bought-together", language)
    assert "WHITE HANGING HEART" in made.html
    assert "https://shop.example.com/products/85123A?from=bought-together" in made.html
    assert "1 &lt;in&gt; 3" in made.html
    assert "1 <in> 3" in made.text
    assert "https://shop.example.com/products/A+B%26C?from=bought-together" in made.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_without_recommendations_the_mail_is_still_whole(language: str) -> None:
    made = compile_template(TEMPLATES["bought-together"], language).render({"customer": {}, "shop": {"name": "S"}})
    assert "products/" not in made.html + made.text
    assert "https://shop.example.com/orders?from=bought-together" in made.html
