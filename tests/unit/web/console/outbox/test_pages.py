"""The outbox through its pages: what waits, what a person decides about the doubtful, and that all of it closes."""

import re
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop
from tenshu.deliver.doubt import doubts
from tenshu.deliver.outbox import settle
from tenshu.deliver.standstill import standstill
from tenshu.deliver.tables import outbox
from tenshu.measure.account import account, as_account
from tenshu.measure.outgoing import in_hands, overdue, queued_by_hour
from tenshu.testing.small_shop import MONDAY
from tests.unit.copies import copied
from tests.unit.deliver.outboxes import accept_all, on, shop_with, states, take
from tests.unit.web.console.scenarios.shops import words
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Twelve messages, five of them in doubt."""
    return copied(tmp_path / "home", "doubtful", _make)


def _make(home: Path) -> Shop:
    shop, _clock = shop_with(home, 9)
    settle(shop.ledger, take(shop, limit=5), [], now=MONDAY)
    return shop


def keys(shop: Shop) -> list[str]:
    return [f"{one}.{two}" for one, two in doubts(shop.ledger, "hello").select("enrolment", "visit").rows()]


def test_what_waits_is_counted_by_hour(shop: Shop) -> None:
    (row,) = queued_by_hour(shop.ledger).to_dicts()
    assert row == {"journey": "hello", "status": "active", "messages": 7, "hour_at": MONDAY}
    assert in_hands(shop.ledger) == (0, 5)
    take(shop, limit=2)
    assert in_hands(shop.ledger) == (2, 5)
    assert overdue(shop.ledger, now=on(1), after=on(0) - MONDAY) == {"hello": 5}
    shop.close()


def test_the_doubtful_are_listed_with_whom_where_and_when(shop: Shop) -> None:
    with visiting(shop, language="ja") as client:
        page = client.get("/outbox")
    said = words(page)
    assert "7件です" in said
    assert "佐藤" in said
    assert "s-1@example.com" in said
    assert "2026年6月1日 12:00" in said
    assert page.text.count('name="message"') == 5
    shop.close()


def test_the_chosen_ones_arrived_and_the_others_stay_in_doubt(shop: Shop) -> None:
    chosen = keys(shop)[:2]
    with visiting(shop, language="en") as client:
        answer = client.post("/outbox/doubt/hello/sent", {"message": chosen}, follow=True)
        assert "2 messages count as sent." in words(answer)
        assert answer.text.count('name="message"') == 3
    assert states(shop.ledger) == {"queued": 7, "sent": 2, "in_doubt": 3}
    assert set(chosen).isdisjoint(keys(shop))
    shop.close()


def test_one_is_sent_again_and_goes_once(shop: Shop) -> None:
    (chosen, *_others) = keys(shop)
    with visiting(shop) as client:
        client.post("/outbox/doubt/hello/resend", {"message": chosen})
    assert states(shop.ledger) == {"queued": 8, "in_doubt": 4}
    assert len(accept_all(shop)) == 8
    shop.close()


@pytest.mark.parametrize(("act", "state"), [("sent", "sent"), ("resend", "queued")])
def test_all_of_them_are_decided_on_together_and_the_account_closes(shop: Shop, act: str, state: str) -> None:
    with visiting(shop) as client:
        client.post(f"/outbox/doubt/hello/{act}", {"all": "yes"})
        assert 'id="doubt-hello"' not in client.get("/outbox").text
    assert states(shop.ledger)[state] >= 5
    found = as_account(account(shop.ledger))
    assert (found.in_doubt, found.closes) == (0, True)
    shop.close()


@pytest.mark.parametrize("message", ["", "x", "1", "1.x", "-1.0", "999999.0", "1.0 OR 1=1", "９.０"])
def test_odd_keys_decide_on_nothing(shop: Shop, message: str) -> None:
    with visiting(shop) as client:
        for act in ("sent", "resend"):
            assert client.post(f"/outbox/doubt/hello/{act}", {"message": message}).status_code == 303
        assert client.post("/outbox/doubt/other/sent", {"all": "yes"}).status_code == 303
    assert states(shop.ledger) == {"queued": 7, "in_doubt": 5}
    shop.close()


def test_all_sending_is_paused_and_goes_on(shop: Shop) -> None:
    with visiting(shop, language="en") as client:
        page = client.post("/outbox/stand-still", follow=True)
        assert "Somebody has paused all sending." in words(page)
        assert re.search(r'action="/outbox/go-on"[^<]*>.*Undo', page.text, re.DOTALL)
        with shop.ledger.reading() as tx:
            assert standstill(tx) is not None
        assert accept_all(shop) == []
        client.post("/outbox/go-on")
    assert len(accept_all(shop)) == 7
    shop.close()


def test_an_empty_outbox_teaches(tmp_path: Path) -> None:
    shop, _clock = shop_with(tmp_path / "home", 1)
    accept_all(shop)
    with visiting(shop, language="en") as client:
        said = words(client.get("/outbox"))
    assert "Nothing waits to be sent" in said
    assert "They appear as soon as" in said
    shop.close()


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_who_may_not_neither_sees_nor_decides(shop: Shop, role: str) -> None:
    with visiting(shop, role=role) as client:  # type: ignore[arg-type]
        assert client.get("/outbox").status_code == 403
        for path in ("/outbox/doubt/hello/sent", "/outbox/stand-still", "/outbox/go-on"):
            assert client.post(path, {"all": "yes"}).status_code == 403
    with shop.ledger.reading() as tx:
        assert tx.frame(outbox.select())["state"].value_counts().sort("state").rows() == [
            ("in_doubt", 5),
            ("queued", 7),
        ]
    shop.close()
