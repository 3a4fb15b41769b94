"""A scenario that runs is changed as a draft beside it; its start shows what differs and what becomes of whom."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import Shop
from tenshu.deliver.ending import end_scenario
from tenshu.journey import records, switch
from tenshu.journey.drafts import read_draft
from tenshu.journey.tables import enrolments
from tenshu.testing.small_shop import TWO_MAILS, everybody, start, tick
from tests.unit.copies import copied
from tests.unit.web.console.scenarios.shops import add_letter, open_flower_shop, with_server, words
from tests.unit.web.console.visiting import Visitor, visiting

DAILY: dict[str, Any] = {**TWO_MAILS, "entry": {"kind": "daily", "at": "12:00", "condition": everybody()}}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop in whose scenario everybody waits between two mails."""
    opened = copied(tmp_path / "home", "daily two", _make_shop)
    yield opened
    opened.close()


def _make_shop(home: Path) -> Shop:
    opened = open_flower_shop(home, people=3)
    add_letter(opened, "hello")
    start(opened, "two", reentry={"kind": "always"}, **DAILY)
    tick(opened)
    return opened


@pytest.fixture
def client(shop: Shop) -> Iterator[Visitor]:
    with visiting(shop, language="en") as visitor:
        yield visitor


def change(client: Visitor, **fields: str) -> None:
    seen = re.search(r'name="seen" value="(\d+)"', client.get("/scenarios/two/tree").text)
    assert seen
    assert client.post("/scenarios/two/tree", {"seen": seen[1], **fields}).status_code == 303


def versions(shop: Shop) -> list[tuple[int, str]]:
    with shop.ledger.reading() as tx:
        return [(one.version, one.status) for one in records.read_running(tx, "active", "paused")]


def test_what_runs_goes_on_until_the_change_is_started_and_those_inside_stay(shop: Shop, client: Visitor) -> None:
    assert "/scenarios/two/change" in client.get("/scenarios/two").text
    assert client.post("/scenarios/two/change").headers["location"] == "/scenarios/two/tree"
    change(client, do="insert", step="send", place="way-0", kind="branch")
    change(client, do="step", step="wait", days="5", hours="", at="")
    change(client, do="remove", step="second", stays="0")
    assert versions(shop) == [(1, "active")]
    assert "A change is being prepared." in words(client.get("/scenarios"))
    assert "Go on with the change" in words(client.get("/scenarios/two"))
    page = client.get("/scenarios/two/preflight")
    said = words(page)
    for told in ("new Branch:", "Wait until 12:00, 3 day(s) later", "Wait 5 day(s)", "taken out Send hello by email"):
        assert told in said
    assert "8 people walk in it now. They walk on in the version that they entered" in said
    assert 'class="box send is-removed"' in page.text
    with with_server(shop):
        client.post("/scenarios/two/test")
        answer = client.post("/scenarios/two/start", {"sure": "yes"})
    assert answer.headers["location"] == "/scenarios/two"
    assert "Version 2 has started" in words(client.get("/scenarios/two"))
    assert versions(shop) == [(1, "active"), (2, "active")]
    with shop.ledger.reading() as tx:
        assert set(tx.frame(enrolments.select())["version"]) == {1}
        assert read_draft(tx, "two") is None


def test_a_change_that_changes_nothing_is_not_started(shop: Shop, client: Visitor) -> None:
    client.post("/scenarios/two/change")
    with with_server(shop):
        client.post("/scenarios/two/test")
        answer = client.post("/scenarios/two/start", {"sure": "yes"})
    assert (answer.status_code, versions(shop)) == (422, [(1, "active")])
    assert "Nothing differs from the version that runs yet." in words(answer)


def test_a_change_is_thrown_away_and_taken_back_and_begun_only_once(shop: Shop, client: Visitor) -> None:
    client.post("/scenarios/two/change")
    change(client, do="remove", step="second", stays="0")
    client.post("/scenarios/two/change")  # begun already: it goes on
    assert "taken out" in words(client.get("/scenarios/two/tree"))
    assert client.post("/scenarios/two/discard").headers["location"] == "/scenarios/two"
    assert client.get("/scenarios/two/tree").headers["location"] == "/scenarios/two"
    client.post("/scenarios/two/restore")
    assert "taken out" in words(client.get("/scenarios/two/tree"))
    assert client.get("/scenarios/two/edit").status_code == 404  # it has no recipe whose form could be shown


def test_a_change_of_what_is_paused_rests_with_it(shop: Shop, client: Visitor) -> None:
    switch.pause(shop.ledger, "two")
    client.post("/scenarios/two/change")
    change(client, do="remove", step="second", stays="0")
    assert "The scenario is paused: the new version rests too" in words(client.get("/scenarios/two/tree"))
    with with_server(shop):
        client.post("/scenarios/two/test")
        assert client.post("/scenarios/two/start", {"sure": "yes"}).status_code == 303
    assert versions(shop) == [(1, "paused"), (2, "paused")]


def test_what_was_changed_since_somebody_looked_it_over_is_looked_over_again(shop: Shop, client: Visitor) -> None:
    client.post("/scenarios/two/change")
    change(client, do="remove", step="second", stays="0")
    with with_server(shop):
        client.post("/scenarios/two/test")
        looked_at = re.search(r'name="draft" value="([^"]+)"', client.get("/scenarios/two/preflight").text)
        assert looked_at
        change(client, do="step", step="wait", days="9", hours="", at="")
        answer = client.post("/scenarios/two/start", {"sure": "yes", "draft": looked_at[1]})
    assert (answer.status_code, versions(shop)) == (422, [(1, "active")])
    assert "was changed after you looked it over" in words(answer)


def test_what_ended_or_was_overtaken_meanwhile_is_not_started_and_says_so(shop: Shop, client: Visitor) -> None:
    client.post("/scenarios/two/change")
    change(client, do="remove", step="second", stays="0")
    with with_server(shop):
        client.post("/scenarios/two/test")
        start(shop, "two", **DAILY)
        overtaken = client.post("/scenarios/two/start", {"sure": "yes"})
        end_scenario(shop.ledger, "two", now=shop.clock.now())
        ended = client.post("/scenarios/two/start", {"sure": "yes"})
    assert (overtaken.status_code, ended.status_code) == (422, 422)
    assert "Version 2 of “two” was started in the meantime" in words(overtaken)
    assert "A next version cannot begin" in words(ended)


def test_a_broadcast_that_has_gone_out_offers_no_change(shop: Shop, client: Visitor) -> None:
    start(shop, "once")
    tick(shop)
    assert "/scenarios/once/change" not in client.get("/scenarios/once").text
    answer = client.post("/scenarios/once/change")
    assert answer.headers["location"] == "/scenarios/once"
    assert "it was a broadcast and has gone out" in words(client.get("/scenarios/once"))
    assert client.post("/scenarios/nowhere/change").status_code == 404
