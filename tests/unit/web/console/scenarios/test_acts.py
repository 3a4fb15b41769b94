"""Pausing, resuming and ending through the pages do what the commands do; what can be taken back says so."""

from datetime import timedelta
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop
from tenshu.deliver.breaker import read_tripped, watch
from tenshu.deliver.tables import breakers, outbox
from tenshu.kit.clock import SetClock
from tenshu.measure.account import account, as_account
from tenshu.measure.state import Standing, scenario_states
from tenshu.testing.small_shop import TWO_MAILS, add_template, open_small_shop, start, tick
from tests.unit.copies import copied
from tests.unit.deliver.outboxes import accept_all
from tests.unit.web.console.scenarios.shops import words
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Twenty-three people, each with a mail that waits."""
    return copied(tmp_path / "home", "two mails", _make)


def _make(home: Path) -> Shop:
    shop, _clock = open_small_shop(home, people=20)
    add_template(shop)
    start(shop, "two", **TWO_MAILS)
    tick(shop)
    return shop


def standing(shop: Shop) -> Standing:
    (state,) = scenario_states(shop.ledger, now=shop.clock.now())
    return state.standing


def states(shop: Shop) -> dict[str, int]:
    with shop.ledger.reading() as tx:
        return dict(tx.frame(outbox.select()).group_by("state").len().rows())


def test_a_pause_is_taken_back_with_one_button(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        assert client.post("/scenarios/two/pause").status_code == 303
        assert standing(shop) is Standing.PAUSED
        page = client.get("/scenarios/two").text
        assert 'action="/scenarios/two/resume"' in page
        assert "nothing is sent" in page
        client.post("/scenarios/two/resume")
        assert standing(shop) is Standing.FINISHING
        assert 'action="/scenarios/two/pause"' in client.get("/scenarios/two").text
    shop.close()


def test_while_it_is_paused_nothing_goes_out(shop: Shop) -> None:
    with visiting(shop) as client:
        client.post("/scenarios/two/pause")
    assert accept_all(shop) == []
    shop.close()


def test_the_end_is_asked_for_with_its_size_and_is_final(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        said = words(client.get("/scenarios/two/end"))
        assert "25 people are in it and 23 messages wait." in said
        assert standing(shop) is Standing.FINISHING  # asking changes nothing
        client.post("/scenarios/two/end")
        assert standing(shop) is Standing.ENDED
        for act in ("pause", "resume", "end"):
            assert client.post(f"/scenarios/two/{act}").status_code == 404
        assert client.get("/scenarios/two/end").status_code == 404
    assert as_account(account(shop.ledger)).suppressed["ended"] == 23
    shop.close()


def test_a_storm_is_held_and_a_person_skips_it(shop: Shop) -> None:
    """Attack 38: a clock a year ahead; what is overdue is asked about, and skipped by one button."""
    clock = shop.clock
    assert isinstance(clock, SetClock)
    clock.set(clock.now() + timedelta(days=365))
    assert watch(shop.ledger, now=clock.now()) == ["two"]
    with visiting(shop, language="en") as client:
        said = words(client.get("/scenarios/two"))
        assert "23 messages have been due for more than 24 hours. Send or skip?" in said
        assert "Skip what is overdue" in said
        answer = client.post("/scenarios/two/skip-overdue", follow=True)
        assert "23 messages are skipped." in words(answer)
        assert "Sending has stopped itself" not in words(answer)
    assert states(shop) == {"suppressed": 23}
    assert as_account(account(shop.ledger)).closes
    assert accept_all(shop) == []
    shop.close()


def test_a_storm_is_held_and_a_person_sends_it(shop: Shop) -> None:
    clock = shop.clock
    assert isinstance(clock, SetClock)
    clock.set(clock.now() + timedelta(days=2))
    watch(shop.ledger, now=clock.now())
    assert accept_all(shop) == []
    with visiting(shop, language="en") as client:
        answer = client.post("/scenarios/two/go-on", {"back": "outbox"})
        assert answer.headers["location"] == "/outbox"
    with shop.ledger.reading() as tx:
        assert read_tripped(tx) == {}
        assert tx.frame(breakers.select())["cleared_by"].to_list() == ["店主"]
    assert watch(shop.ledger, now=clock.now()) == []
    assert len(accept_all(shop)) == 23
    shop.close()


@pytest.mark.parametrize("role", ["viewer", "staff"])
@pytest.mark.parametrize(
    "act", ["pause", "resume", "end", "go-on", "skip-overdue", "discard", "restore", "start", "test"]
)
def test_who_may_not_changes_nothing(shop: Shop, role: str, act: str) -> None:
    with visiting(shop, role=role) as client:  # type: ignore[arg-type]
        assert client.post(f"/scenarios/two/{act}").status_code == 403
    assert standing(shop) is Standing.FINISHING
    assert states(shop) == {"queued": 23}
    shop.close()


def test_a_form_from_elsewhere_changes_nothing(shop: Shop) -> None:
    with visiting(shop) as client:
        assert client.post("/scenarios/two/end", {"csrf": "guessed"}).status_code == 403
    assert standing(shop) is Standing.FINISHING
    shop.close()


def test_buttons_that_would_do_nothing_are_not_shown(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        page = client.get("/scenarios/two").text
        assert "/scenarios/two/resume" not in page
        assert "/scenarios/two/skip-overdue" not in page
        client.post("/scenarios/two/end")
        page = client.get("/scenarios/two").text
        assert "/scenarios/two/pause" not in page
    with visiting(shop, role="viewer") as client:
        assert 'method="post" action="/scenarios' not in client.get("/scenarios/two").text
    shop.close()
