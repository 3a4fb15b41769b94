"""One scenario's page: the tree with its counts, the same as a list, the panel of each step, and who is there."""

import re
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop
from tenshu.journey.records import read_running
from tenshu.journey.sentence import sentence
from tenshu.testing.small_shop import TWO_MAILS, start, tick
from tests.unit.web.console.scenarios.shops import add_draft, add_letter, open_walking_shop, words
from tests.unit.web.console.visiting import visiting

CLICKED = {
    "kind": "did",
    "event": "email_clicked",
    "where": [{"field": "journey", "cmp": "is", "value": "hello"}],
    "within": {"days": 6},
}
BRANCHED = {
    "first_step": "asked",
    "steps": {
        "asked": {"kind": "branch", "cases": [{"when": CLICKED, "next": "seen"}], "otherwise": "draw"},
        "draw": {
            "kind": "split",
            "arms": [{"name": "a", "share": 0.5, "next": "send"}, {"name": "b", "share": 0.5, "next": "end"}],
        },
        "send": {"kind": "send", "channel": "email", "template": "hello", "next": "end"},
        "seen": {"kind": "exit", "outcome": "clicked"},
        "end": {"kind": "exit"},
    },
}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Twenty-five people between two mails."""
    return open_walking_shop(tmp_path / "home")


def test_every_step_is_a_box_that_opens_its_panel(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        page = client.get("/scenarios/two").text
        for key in ("entry", "send", "wait", "second", "end"):
            assert f'id="box-{key}"' in page
            part = client.part("GET", f"/scenarios/two/steps/{key}?version=1")
            assert part.status_code == 200
            assert "<h2" in part.text
            assert "<html" not in part.text
    shop.close()


def test_counts_stand_on_the_steps(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        said = words(client.part("GET", "/scenarios/two/live"))
    assert "25 entered" in said
    assert "25 wait now · 25 came by" in said
    assert "0 ended here" in said
    shop.close()


def test_the_list_says_the_same_as_the_tree(shop: Shop) -> None:
    with visiting(shop, language="ja") as client:
        page = client.get("/scenarios/two").text
    drawn, listed = page.split('<ol class="tree-list"')
    for piece in ("25人が参加", "3 日後の 12:00 まで待つ", "待機中 25人", "メールを送る"):
        assert piece in drawn
        assert piece in listed
    assert page.count('class="box-title"') == 2 * 5
    shop.close()


def test_the_panel_names_who_is_there_to_staff_and_to_nobody_less(shop: Shop) -> None:
    with visiting(shop, role="staff", language="ja") as client:
        said = words(client.get("/scenarios/two/steps/wait"))
        assert "佐藤" in said
        assert "2026年6月4日 12:00に次へ" in said
        assert "ほか13人" in said
        assert "佐藤" not in words(client.get("/scenarios/two/steps/second"))
    with visiting(shop, role="viewer", language="ja") as client:
        for path in ("/scenarios/two/steps/wait", "/scenarios/two?step=wait"):
            assert "佐藤" not in client.get(path).text
            assert "25" in client.get(path).text
    shop.close()


def test_the_panel_of_a_mail_has_an_account_that_closes_and_the_reasons(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        said = words(client.get("/scenarios/two?step=send"))
    assert re.search(r"Planned 25 = Held out \d+ \+ Not sent, for a reason \d+ \+ Still to come \d+", said)
    assert "There is no consent or other basis for this purpose." in said
    assert "does not close" not in said
    shop.close()


def test_ways_out_are_named_and_counted(shop: Shop) -> None:
    start(shop, "ways", holdout_rate=0.0, **BRANCHED)
    tick(shop)
    with visiting(shop, language="en") as client:
        page = client.get("/scenarios/ways").text
        assert "otherwise (25)" in page
        assert re.search(r"a 50 % \(\d+\)", page)
        assert "Goes on at" in page  # the end stands under the mail, and is named by the other arm
        said = words(client.get("/scenarios/ways/steps/draw"))
        assert sum(int(count) for count in re.findall(r"Went: \w 50 % (\d+)", said)) == 25
        assert "If clicked in an e-mail" in words(client.get("/scenarios/ways/steps/asked"))
    shop.close()


def test_what_is_not_there_is_lost(shop: Shop) -> None:
    with visiting(shop) as client:
        for path in ("/scenarios/none", "/scenarios/none/live", "/scenarios/two/steps/none", "/scenarios/none/end"):
            assert client.get(path).status_code == 404, path
        for path in ("/scenarios/none/pause", "/scenarios/none/discard", "/scenarios/none/start"):
            assert client.post(path).status_code == 404, path
        assert client.get("/scenarios/two?version=99&step=none").status_code == 200
        assert client.get("/scenarios/two?version=9999999999999999999999").status_code == 200
    shop.close()


def test_a_draft_is_drawn_without_counts_and_is_not_asked_for_them(shop: Shop) -> None:
    add_letter(shop)
    add_draft(shop, segment="")
    with visiting(shop, language="en") as client:
        page = client.get("/scenarios/spring-news").text
    assert 'id="box-mail"' in page
    assert "entered" not in page
    assert "every 15s" not in page
    assert "To the pre-flight" in page
    shop.close()


def test_versions_are_shown_and_each_has_its_own_people(shop: Shop) -> None:
    start(shop, "two", holdout_rate=0.2, **TWO_MAILS)
    with visiting(shop, language="en") as client:
        newest = words(client.get("/scenarios/two"))
        assert "0 entered" in newest
        assert "People in flight stay on the version they entered:" in newest
        assert "25 entered" in words(client.get("/scenarios/two?version=1"))
    shop.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_whole_scenario_can_be_read_in_words(shop: Shop, language: str) -> None:
    with shop.ledger.reading() as tx:
        (one,) = read_running(tx)
    with visiting(shop, language=language) as client:
        page = client.get("/scenarios/two").text
    for line in sentence(one.journey, language, currency="JPY").split("\n"):
        assert line.strip() in page
    shop.close()


def test_nothing_on_the_page_needs_an_inline_style(shop: Shop) -> None:
    with visiting(shop) as client:
        for path in ("/scenarios", "/scenarios/two", "/scenarios/new", "/outbox"):
            page = client.get(path).text
            assert " style=" not in page
            assert "<script>" not in page
            assert "onclick" not in page
    shop.close()
