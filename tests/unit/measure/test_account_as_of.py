"""The account of an earlier day: nothing decided later counts, what ended later was pending then."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, make_dispatcher
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.deliver.channels.email.sink import SmtpSink
from tenshu.measure.account import Account, account, as_account
from tenshu.measure.report import build_report
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick

LATER = MONDAY + timedelta(hours=2)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, clock = open_small_shop(tmp_path / "home")
    add_template(opened)
    start(opened)
    tick(opened)
    clock.set(LATER)
    with SmtpSink() as sink:
        channel = SmtpChannel(sink.host, sink.port)
        make_dispatcher(opened, channel).run(now=LATER)
        channel.close()
    tick(opened)
    yield opened
    opened.close()


def at(shop: Shop, now: datetime | None) -> Account:
    return as_account(account(shop.ledger, now=now))


def test_as_it_stands_everything_counts(shop: Shop) -> None:
    found = at(shop, None)
    assert (found.planned, found.sent, found.pending) == (5, 3, 0)
    assert found == at(shop, LATER)


def test_what_was_sent_later_was_pending_then(shop: Shop) -> None:
    found = at(shop, LATER - timedelta(seconds=1))
    assert (found.planned, found.sent, found.pending) == (5, 0, 3)
    assert found.closes


def test_before_anything_was_decided_there_is_no_account(shop: Shop) -> None:
    assert at(shop, MONDAY - timedelta(seconds=1)).planned == 0


def test_the_report_of_an_earlier_day_shows_that_days_account(shop: Shop) -> None:
    early = build_report(shop.ledger, shop.warehouse, shop.settings, now=MONDAY)
    assert [one.account.sent for one in early.outreaches] == [0]
    late = build_report(shop.ledger, shop.warehouse, shop.settings, now=LATER)
    assert [one.account.sent for one in late.outreaches] == [3]
