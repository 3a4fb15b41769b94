"""Hits are judged before they are kept: a branch must not take a gateway for a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tenshu.bootstrap import Shop, make_dispatcher
from tenshu.collect.event import facts_frame
from tenshu.collect.vocabulary import EMAIL_CLICKED
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.deliver.channels.email.sink import SmtpSink
from tenshu.deliver.judge import judge
from tenshu.deliver.links import LinkPayload
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, order, start, tell, tick
from tenshu.web.site.tracking import record_hit
from tests.unit.copies import copied

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = copied(tmp_path / "home", "everybody got the mail", _make)
    yield opened
    opened.close()


def _make(home: Path) -> Shop:
    made, _clock = open_small_shop(home)
    add_template(made)
    start(made)
    tick(made)
    with SmtpSink() as sink:
        channel = SmtpChannel(sink.host, sink.port)
        make_dispatcher(made, channel).run(now=MONDAY)
        channel.close()
    return made


def click(shop: Shop, at: datetime, *, link: int = 0, agent: str = FIREFOX, method: str = "GET") -> None:
    payload = LinkPayload(purpose="click", enrolment=1, visit=0, link=link, url="https://shop.example.com/new")
    record_hit(shop, payload, event=EMAIL_CLICKED, method=method, user_agent=agent, at=at)


def judged(shop: Shop) -> list[str]:
    tick(shop)
    rows = shop.warehouse.frame(
        "SELECT properties ->> 'by' AS judged FROM facts WHERE event = 'email_clicked' ORDER BY occurred_at, judged"
    )
    return rows["judged"].to_list()


def test_a_persons_click_is_human(shop: Shop) -> None:
    click(shop, MONDAY + timedelta(hours=2))
    assert judged(shop) == ["human"]


def test_a_head_request_is_a_machines(shop: Shop) -> None:
    click(shop, MONDAY + timedelta(hours=2), method="HEAD")
    assert judged(shop) == ["machine"]


def test_a_click_within_two_seconds_of_the_hand_over_is_a_machines(shop: Shop) -> None:
    click(shop, MONDAY + timedelta(seconds=1))
    assert judged(shop) == ["machine"]


def test_the_invisible_link_gives_the_whole_burst_away_even_in_another_batch(shop: Shop) -> None:
    at = MONDAY + timedelta(hours=2)
    click(shop, at, link=-1)
    assert judged(shop) == ["machine"]
    click(shop, at + timedelta(seconds=1), link=0)
    assert judged(shop) == ["machine", "machine"]


def test_the_rest_of_the_properties_stays(shop: Shop) -> None:
    click(shop, MONDAY + timedelta(hours=2), agent='say "hi" \\ }')
    tick(shop)
    said = shop.warehouse.frame("SELECT properties FROM facts WHERE event = 'email_clicked'")["properties"][0]
    decoded = msgspec.json.decode(said)
    assert decoded["user_agent"] == 'say "hi" \\ }'
    assert (decoded["journey"], decoded["enrolment"], decoded["by"]) == ("hello", 1, "human")


def test_other_facts_are_left_alone(shop: Shop) -> None:
    facts = facts_frame([order("S-1", "x", MONDAY)])
    assert judge(shop.ledger, shop.warehouse, facts).equals(facts)


def test_a_hit_without_a_message_is_kept_as_it_came(shop: Shop) -> None:
    hit = {**order("S-1", "x", MONDAY), "event": EMAIL_CLICKED, "order_no": None, "properties": "{}"}
    tell(shop, [hit])
    assert len(shop.warehouse.frame("SELECT 1 FROM facts WHERE event = 'email_clicked'")) == 1


def test_facts_without_a_hit_ask_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = facts_frame([order("S-1", "x", MONDAY)])
    monkeypatch.setattr(shop.warehouse, "frame", _refuse)
    monkeypatch.setattr(shop.ledger, "reading", _refuse)
    assert judge(shop.ledger, shop.warehouse, facts).equals(facts)


def test_hit_long_before_is_another_burst(shop: Shop) -> None:
    at = MONDAY + timedelta(hours=2)
    click(shop, at, link=-1)
    assert judged(shop) == ["machine"]
    click(shop, at + timedelta(hours=3))
    assert judged(shop) == ["machine", "human"]


def test_hit_that_is_told_late_is_judged_with_its_burst(shop: Shop) -> None:
    at = MONDAY + timedelta(hours=2)
    click(shop, at + timedelta(seconds=1), link=-1)
    click(shop, at + timedelta(minutes=50), link=1)
    assert judged(shop) == ["machine", "human"]
    click(shop, at)
    assert judged(shop) == ["machine", "machine", "human"]


def _refuse(*_given: object, **_more: object) -> None:
    message = "nothing is to be asked"
    raise AssertionError(message)
