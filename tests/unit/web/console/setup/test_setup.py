"""The first start: one question a step, any of them later, and at the end the way to the own file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, open_shop
from tenshu.content.shop import read_shop
from tenshu.deliver.channels.email.settings import read_smtp
from tenshu.kit.clock import SetClock
from tenshu.testing.small_shop import MONDAY
from tenshu.web.console.setup.steps import NAMES, STEPS, after, before
from tests.unit.web.console.settings.test_forms import GOOD
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path, create=True, clock=SetClock(MONDAY))
    yield opened
    opened.close()


def typed(name: str) -> dict[str, str]:
    sections = next(step.sections for step in STEPS if step.name == name)
    return {field: value for section in sections for field, value in GOOD[section.name].items()}


def done(page: str) -> list[str]:
    return re.findall(r'class="is-done"[^>]*><a href="/setup/([^"]+)"', page)


def test_a_fresh_shop_begins_with_its_name(fresh: Shop) -> None:
    with visiting(fresh) as client:
        answer = client.get("/setup")
        assert (answer.status_code, answer.headers["location"]) == (303, "/setup/shop")
        page = client.get("/setup/shop").text
    assert "お店の名前は?" in page
    assert "はじめの設定 1/7" in page
    assert done(page) == []


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", [*NAMES, "done"])
def test_every_step_opens_in_both_languages_and_asks_one_question(fresh: Shop, name: str, language: str) -> None:
    with visiting(fresh, language=language) as client:
        page = client.get(f"/setup/{name}")
    assert page.status_code == 200
    assert page.text.count('class="question"') == 1
    if name != "done":
        assert f'href="/setup/{after(name)}"' in page.text


def test_every_step_can_be_done_later(fresh: Shop) -> None:
    name, visited = "shop", []
    with visiting(fresh) as client:
        while name != "done":
            visited.append(name)
            found = re.search(
                rf'class="btn(?:-quiet)?" href="/setup/({after(name)})"', client.get(f"/setup/{name}").text
            )
            assert found is not None
            name = found[1]
        page = client.get("/setup/done").text
    assert tuple(visited) == NAMES
    assert all(f'href="/setup/{step}"' in page for step in ("shop", "sender", "mail-server"))
    assert 'href="/import"' in page


def test_the_whole_way_leads_to_the_own_file(fresh: Shop) -> None:
    with visiting(fresh, language="en") as client:
        for name in NAMES:
            answer = client.post(f"/setup/{name}", typed(name))
            assert (answer.status_code, answer.headers["location"]) == (303, f"/setup/{after(name)}")
        page = client.get("/setup/done").text
        assert client.get("/setup").headers["location"] == "/setup/done"
    assert "Before a mail can go out" not in page
    assert 'href="/import"' in page
    assert 'href="/guide"' in page
    assert done(page) == ["shop", "place", "sender", "mail-server", "rhythm"]
    assert read_shop(fresh.ledger).sender_email == "info@hanaya.jp"
    assert read_smtp(fresh.ledger).smtp_host == "sv1.xserver.jp"


def test_a_step_with_a_mistake_stays_and_keeps_what_was_typed(fresh: Shop) -> None:
    with visiting(fresh) as client:
        answer = client.post("/setup/shop", {**typed("shop"), "postal_address": ""})
        assert answer.status_code == 422
        assert 'value="花屋"' in answer.text
        assert "postal_address-error" in answer.text
        assert client.get("/setup").headers["location"] == "/setup/shop"


def test_going_on_later_begins_where_something_is_missing(fresh: Shop) -> None:
    with visiting(fresh) as client:
        client.post("/setup/shop", typed("shop"))
        assert client.get("/setup").headers["location"] == "/setup/sender"


def test_the_server_can_be_tried_from_its_step(fresh: Shop) -> None:
    with visiting(fresh) as client:
        page = client.get("/setup/mail-server").text
    assert 'hx-post="/settings/mail-server/test"' in page
    assert 'id="trial"' in page


def test_purposes_are_shown_as_customers_read_them(fresh: Shop) -> None:
    with visiting(fresh) as client:
        page = client.get("/setup/purposes").text
    assert "お店からのご案内" in page
    assert "はい、受け取ります。" in page


def test_only_the_owner_sets_the_shop_up(fresh: Shop) -> None:
    with visiting(fresh, role="marketer") as client:
        assert client.get("/setup/shop").status_code == 403
        assert client.post("/setup/shop", typed("shop")).status_code == 403


@pytest.mark.parametrize("name", ["nothing", "../settings", "SHOP"])
def test_a_step_that_is_none_is_lost(fresh: Shop, name: str) -> None:
    with visiting(fresh) as client:
        assert client.get(f"/setup/{name}").status_code == 404 or name == "../settings"
        assert client.post("/setup/nothing").status_code == 404


def test_steps_lead_forth_and_back() -> None:
    assert all(before(after(name)) == name for name in NAMES)
    assert before(NAMES[0]) == ""
