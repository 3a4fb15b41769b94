"""The shelf: what was changed last comes first, with the scenarios that send it and whether it was tested."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tenshu.bootstrap import Shop, reread, save_templates
from tenshu.content.blocks.brand import Brand
from tenshu.content.starters import begin, starters
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.deliver.test_send import send_test
from tenshu.journey.tables import journeys
from tenshu.kit.clock import SetClock
from tenshu.testing.small_shop import MONDAY, add_template, start
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.web.console.templates_.writing import words_of
from tests.unit.web.console.visiting import Visitor, visiting


def titles(page: str) -> list[str]:
    """Return the titles of the shelf, in order."""
    return [part.partition("</a>")[0].rpartition(">")[2] for part in words_of(page).split("<h2>")[1:]]


def test_what_was_changed_last_comes_first(shop: Shop, marketer: Visitor) -> None:
    clock = shop.clock
    assert isinstance(clock, SetClock)
    clock.set(MONDAY + timedelta(days=1))
    birthday = next(one for one in starters() if one.name == "birthday")
    save_templates(shop, [begin(birthday, "birthday", title="お誕生日", brand=Brand())])
    clock.set(MONDAY + timedelta(days=2))
    save_templates(shop, [begin(birthday, "newsletter", title="便り", brand=Brand())])
    assert titles(marketer.get("/templates").text) == ["便り", "お誕生日", "はじめまして(登録のお礼)"]


@pytest.mark.parametrize(("status", "is_named"), [("active", True), ("paused", True), ("ended", False)])
def test_scenarios_that_run_or_rest_are_named_and_those_that_ended_are_not(
    shop: Shop, marketer: Visitor, status: str, *, is_named: bool
) -> None:
    add_template(shop)
    start(shop)
    with shop.ledger.writing() as tx:
        tx.execute(update(journeys).values(status=status))
    assert ('href="/scenarios/hello"' in marketer.get("/templates").text) == is_named


def test_a_scenario_is_named_in_the_reader_s_language(shop: Shop) -> None:
    add_template(shop)
    start(shop)
    with visiting(shop, language="en") as english, visiting(shop, language="ja") as japanese:
        assert ">Hello</a>" in english.get("/templates").text
        assert ">ご挨拶</a>" in japanese.get("/templates").text


def test_a_test_belongs_to_the_version_that_was_tested(shop: Shop, marketer: Visitor) -> None:
    with SmtpSink() as sink:
        write_smtp(shop.ledger, SmtpSettings(smtp_host=sink.host, smtp_port=sink.port))
        send_test(reread(shop), "welcome", to="owner@example.com", language="ja", customer=None, now=MONDAY, person=1)
    assert marketer.get("/templates").text.count("テスト済み") == 1
    save_templates(shop, [begin(starters()[0], "welcome", title="もう一度", brand=Brand(colour="#112233"))])
    assert marketer.get("/templates").text.count("テスト済み") == 0


def test_a_letter_without_a_title_goes_by_its_name(shop: Shop, marketer: Visitor) -> None:
    add_template(shop, "by-hand")
    page = marketer.get("/templates").text
    assert "by-hand" in titles(page)
    assert ">MJML</span>" in page


def test_a_letter_in_one_language_is_shown_in_that_one(shop: Shop) -> None:
    source = begin(starters()[0], "only-ja", title="日本語だけ", brand=Brand())
    only = type(source)(name="only-ja", title="日本語だけ", languages={"ja": source.languages["ja"]})
    save_templates(shop, [only])
    with visiting(shop, language="en") as visitor:
        page = words_of(visitor.get("/templates").text)
    assert 'src="/templates/only-ja/letter?in=ja&as=0&version=1"' in page
