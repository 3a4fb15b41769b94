"""A message is copied under a name of its own; out of use it is offered to nobody, and what is sent stays in use."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from tenshu.bootstrap import Shop, read_templates
from tenshu.content.retired import retire, retired, take_up
from tenshu.deliver.ending import end_scenario
from tenshu.deliver.tables import outbox
from tenshu.journey.drafts import keep_draft
from tenshu.journey.recipes import Choices
from tenshu.kit.clock import SetClock
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, everybody, start, tick
from tests.unit.web.console.templates_.writing import words_of
from tests.unit.web.console.visiting import Visitor, visiting

AWAY = "/templates/welcome/put-away"
MAIL = {"kind": "send", "channel": "email", "template": "welcome", "next": "end"}
ONE_MAIL = {"send": MAIL, "end": {"kind": "exit"}}


def out_of_use(shop: Shop) -> set[str]:
    with shop.ledger.reading() as tx:
        return set(retired(tx))


def test_a_copy_has_both_languages_a_name_of_its_own_and_the_title_that_was_suggested(
    shop: Shop, marketer: Visitor
) -> None:
    suggested = re.search(r'id="title"[^>]*value="([^"]+)"', marketer.get("/templates/welcome/copy").text)
    assert suggested
    answer = marketer.post("/templates/welcome/copy", {"title": suggested[1]})
    assert answer.headers["location"] == "/templates/welcome-2"
    known = read_templates(shop)
    assert known["welcome-2"].languages == known["welcome"].languages
    assert known["welcome-2"].title == f"{known['welcome'].title}のコピー"
    marketer.post("/templates/welcome/copy", {"title": "三つ目"})
    assert read_templates(shop)["welcome-3"].title == "三つ目"


@pytest.mark.parametrize("title", ["", " ", "あ" * 81, "a\x00b"])
def test_a_copy_without_a_proper_name_is_not_made(shop: Shop, marketer: Visitor, title: str) -> None:
    answer = marketer.post("/templates/welcome/copy", {"title": title})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert len(read_templates(shop)) == 2


def test_out_of_use_it_is_offered_to_no_scenario_and_can_be_taken_into_use_again(shop: Shop, marketer: Visitor) -> None:
    assert marketer.post(AWAY).headers["location"] == "/templates"
    page = marketer.get("/templates").text
    assert "使用を終えたもの" in page
    assert 'action="/templates/welcome/take-up"' in page  # the way back stands in the notice
    assert '<option value="welcome"' not in marketer.get("/scenarios/new/welcome").text
    assert "使用を終えています" in marketer.get("/templates/welcome").text
    marketer.post("/templates/welcome/take-up")
    assert out_of_use(shop) == set()
    assert '<option value="welcome"' in marketer.get("/scenarios/new/welcome").text


def test_messages_are_chosen_by_their_titles_and_two_of_one_title_by_their_names_too(marketer: Visitor) -> None:
    marketer.post("/templates/welcome/copy", {"title": "春"})
    assert ">春</option>" in marketer.get("/scenarios/new/welcome").text
    marketer.post("/templates/newsletter/copy", {"title": "春"})
    page = marketer.get("/scenarios/new/welcome").text
    assert ">春 (welcome-2)</option>" in page
    assert ">春 (newsletter-2)</option>" in page


def test_a_draft_of_a_message_that_went_out_of_use_does_not_start(shop: Shop, marketer: Visitor) -> None:
    chosen = Choices(recipe="broadcast", title="春", template="welcome", review_on=date(2026, 9, 1))
    with shop.ledger.writing() as tx:
        keep_draft(tx, "spring", chosen, now=MONDAY, by="店主")
    marketer.post(AWAY)
    assert "メッセージ「welcome」は使用を終えています。" in words_of(marketer.get("/scenarios/spring/preflight").text)


def test_what_a_scenario_sends_stays_in_use_as_long_as_anybody_may_get_it(shop: Shop, marketer: Visitor) -> None:
    clock = shop.clock
    assert isinstance(clock, SetClock)
    start(shop, steps=ONE_MAIL, first_step="send")
    with visiting(shop, role="marketer", language="en") as english:
        english.post(AWAY)
        assert "It stays in use: Hello sends it." in words_of(english.get("/templates/welcome").text)
    tick(shop)
    clock.set(MONDAY + timedelta(minutes=1))
    marketer.post(AWAY)  # everybody has entered and left: the mails wait in the outbox
    assert out_of_use(shop) == set()
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(state="sent"))
    marketer.post(AWAY)
    assert out_of_use(shop) == {"welcome"}


def test_a_version_that_was_followed_counts_while_somebody_walks_in_it(shop: Shop, marketer: Visitor) -> None:
    two = {**TWO_MAILS["steps"], "second": MAIL, "send": {**MAIL, "next": "wait", "template": "newsletter"}}
    daily = {"kind": "daily", "at": "12:00", "condition": everybody()}
    start(shop, steps=two, first_step="send", entry=daily)
    tick(shop)
    start(shop, steps={"send": {**MAIL, "template": "newsletter"}, "end": {"kind": "exit"}}, entry=daily)
    marketer.post(AWAY)
    assert out_of_use(shop) == set()
    end_scenario(shop.ledger, "hello", now=MONDAY)
    marketer.post(AWAY)
    assert out_of_use(shop) == {"welcome"}


def test_it_is_said_whether_anything_changed(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        assert [retire(tx, "a"), retire(tx, "a"), take_up(tx, "a"), take_up(tx, "a")] == [True, False, True, False]


def test_a_message_that_is_not_there_is_not_copied_and_not_put_away(shop: Shop, marketer: Visitor) -> None:
    for act in ("copy", "put-away", "take-up"):
        assert marketer.post(f"/templates/gone/{act}").status_code == 404
    assert marketer.get("/templates/gone/copy").status_code == 404
    assert out_of_use(shop) == set()
