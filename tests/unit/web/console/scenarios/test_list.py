"""The list says of every scenario what it is for, where it stands and what needs a person; an empty one teaches."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tenshu.bootstrap import Shop
from tenshu.deliver import breaker
from tenshu.deliver.outbox import settle
from tenshu.journey import switch
from tenshu.journey.recipes import RECIPES
from tenshu.journey.tables import journeys
from tenshu.kit.i18n import _
from tenshu.testing.small_shop import TWO_MAILS, start, tick
from tests.unit.deliver.outboxes import take
from tests.unit.web.console.scenarios.shops import add_draft, add_letter, open_quiet_shop, words
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop of twenty-five with a message and no scenario."""
    return open_quiet_shop(tmp_path / "home")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_empty_list_offers_every_recipe(shop: Shop, language: str) -> None:
    with visiting(shop, language=language) as client:
        page = client.get("/scenarios")
    for recipe in RECIPES.values():
        assert _(recipe.title, language) in page.text
        assert f"/scenarios/new/{recipe.name}" in page.text
    shop.close()


def test_a_viewer_sees_the_recipes_and_cannot_use_them(shop: Shop) -> None:
    with visiting(shop, role="viewer", language="en") as client:
        page = client.get("/scenarios")
        assert "Use this recipe" not in page.text
        for path in ("/scenarios/new", "/scenarios/new/welcome", "/outbox"):
            assert client.get(path).status_code == 403
    shop.close()


def test_a_running_scenario_shows_its_bar_that_closes(shop: Shop) -> None:
    start(shop, "two", holdout_rate=0.2, **TWO_MAILS)
    tick(shop)
    with visiting(shop, role="viewer", language="en") as client:
        page = client.get("/scenarios")
    said = words(page)
    assert "Planned 25 =" in said
    assert "25 people are in it now." in said
    assert "Goal: 10 %" in said
    assert "does not close" not in said
    shop.close()


@pytest.mark.parametrize(("act", "shown"), [("pause", "paused"), ("none", "finishing"), ("end", "ended")])
def test_a_card_says_where_its_scenario_stands(shop: Shop, act: str, shown: str) -> None:
    start(shop, "two", **TWO_MAILS)
    tick(shop)
    with visiting(shop, language="en") as client:
        if act != "none":
            assert client.post(f"/scenarios/two/{act}").status_code == 303
        assert f'<span class="pill standing {shown}">{shown}</span>' in client.get("/scenarios").text
    shop.close()


def test_a_scenario_of_tomorrow_waits_and_says_when(shop: Shop) -> None:
    start(
        shop,
        "later",
        entry={
            "kind": "broadcast",
            "at": "2026-06-03T09:30",
            "condition": {"kind": "trait", "trait": "email", "cmp": "exists", "value": True},
        },
    )
    with visiting(shop, language="en") as client:
        said = words(client.get("/scenarios"))
    assert "waiting" in said
    assert "People enter next on 3 June 2026, 09:30." in said
    shop.close()


def test_a_draft_is_told_apart_and_says_that_nothing_is_sent(shop: Shop) -> None:
    add_letter(shop)
    add_draft(shop, segment="")
    with visiting(shop, language="en") as client:
        said = words(client.get("/scenarios"))
    assert "春のお知らせ draft" in said
    assert "Nothing is sent before you have seen the pre-flight." in said
    shop.close()


def test_what_needs_a_person_stands_on_the_card(shop: Shop) -> None:
    start(shop)
    tick(shop)
    settle(shop.ledger, take(shop, limit=3), [], now=shop.clock.now())
    with shop.ledger.writing() as tx:
        breaker.trip(tx, "hello", breaker.OVERDUE, {"count": 1_234, "hours": 24}, now=shop.clock.now())
    with visiting(shop, language="en") as client:
        said = words(client.get("/scenarios"))
    assert "1,234 messages have been due for more than 24 hours" in said
    assert "3 messages are in doubt" in said
    shop.close()


def test_a_definition_that_cannot_be_read_any_more_rests_and_is_told(shop: Shop) -> None:
    start(shop)
    with shop.ledger.writing() as tx:
        tx.execute(update(journeys).values(body='{"tenshu": "journey/9"}'))
    with visiting(shop, language="en") as client:
        answer = client.get("/scenarios")
        assert answer.status_code == 200
        assert "resting" in words(answer)
        assert client.get("/scenarios/hello").status_code == 404
    shop.close()


def test_the_verdict_of_a_young_scenario_is_cannot_know_yet(shop: Shop) -> None:
    start(shop, holdout_rate=0.2)
    tick(shop)
    with visiting(shop, language="en") as client:
        part = client.part("GET", "/scenarios/hello/verdict")
        assert "Cannot know yet" in words(part)
        assert "<html" not in part.text
        assert client.part("GET", "/scenarios/nothing/verdict").text.strip() == ""
    shop.close()


def test_titles_are_text_whatever_they_hold(shop: Shop) -> None:
    """Attack 8: a payload as a name comes back on every page as what it is."""
    payload = "<img src=x onerror=alert(1)>{{ 7*7 }}'\"; DROP TABLE journeys;--"
    start(shop, "evil", title={"ja": payload, "en": payload}, holdout_rate=0.0)
    tick(shop)
    add_letter(shop)
    add_draft(shop, "evil-2", title=payload[:70], segment="")
    settle(shop.ledger, take(shop, limit=2), [], now=shop.clock.now())
    with visiting(shop, language="en") as client:
        for path in (
            *(
                "/scenarios",
                "/scenarios/evil",
                "/scenarios/evil/live",
                "/scenarios/evil/steps/send",
                "/scenarios/evil/end",
            ),
            *("/scenarios/evil-2", "/scenarios/evil-2/preflight", "/scenarios/evil-2/edit", "/outbox"),
        ):
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert "<img src=x" not in answer.text, path
            assert "49" not in re_free(answer.text), path
    switch.pause(shop.ledger, "evil")
    shop.close()


def re_free(text: str) -> str:
    """Return what stands around the payload: nothing of it was worked out."""
    return "".join(part[:20] for part in text.split("&lt;img src=x")[1:])


def test_a_broadcast_that_is_over_stands_below(shop: Shop) -> None:
    start(shop, "over")
    tick(shop)
    with visiting(shop, language="en") as client:
        client.post("/scenarios/over/end")
        start(shop, "young", title={"en": "Young"})
        shop.clock.set(shop.clock.now() + timedelta(minutes=5))  # type: ignore[attr-defined]
        said = words(client.get("/scenarios"))
    assert said.index("Young") < said.index(" Over ")
    shop.close()
