"""The dispatching process: sends what is due, asks the owner, rereads what was changed, waits out what is away."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, open_shop, save_templates
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.kit.clock import SetClock
from tenshu.serve.dispatcher import DispatchLoop
from tenshu.store.remote import SOCKET, OwnerAway, WarehouseServer
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick
from tenshu.testing.smtp_sink import SmtpSink


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path, sink: SmtpSink) -> Iterator[Shop]:
    shop, _ = open_small_shop(tmp_path / "home")
    write_smtp(shop.ledger, SmtpSettings(smtp_port=sink.port))
    add_template(shop)
    yield shop
    shop.close()


@pytest.fixture
def asking(shop: Shop) -> Iterator[Shop]:
    asked = open_shop(shop.home, access="ask", clock=SetClock(MONDAY))
    yield asked
    asked.close()


@pytest.fixture
def server(shop: Shop) -> Iterator[WarehouseServer]:
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET)
    yield server
    server.close()


def test_what_is_due_is_sent_with_the_owners_answers(
    shop: Shop, asking: Shop, server: WarehouseServer, sink: SmtpSink
) -> None:
    start(shop)
    tick(shop)
    loop = DispatchLoop(asking, threading.Event())
    assert loop.work() == 3
    assert loop.work() == 0
    loop.close()
    assert sorted(mail.recipient for mail in sink.mails()) == [f"s-{n}@example.com" for n in (1, 2, 3)]
    assert any("佐藤" in mail.subject for mail in sink.mails())


def test_without_an_owner_nothing_is_lost_or_left_claimed(shop: Shop, asking: Shop, sink: SmtpSink) -> None:
    start(shop)
    tick(shop)
    loop = DispatchLoop(asking, threading.Event())
    with pytest.raises(OwnerAway):
        loop.work()
    assert sink.accepted == 0
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET)
    assert loop.work() == 3
    loop.close()
    server.close()


def test_rests_grow_while_the_owner_is_away_and_shrink_again(shop: Shop, asking: Shop) -> None:
    start(shop)
    tick(shop)
    loop = DispatchLoop(asking, threading.Event())
    rests = [loop._try() for _ in range(4)]
    assert rests == sorted(rests)
    assert rests[0] < rests[-1]
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET)
    assert loop._try() == 0.0  # it has sent: there may be more
    assert loop._try() == rests[0]
    loop.close()
    server.close()


def test_one_dispatcher_is_kept_until_something_changes(
    shop: Shop, asking: Shop, server: WarehouseServer, sink: SmtpSink
) -> None:
    loop = DispatchLoop(asking, threading.Event())
    first = loop._ready()
    assert loop._ready() is first
    text = TemplateText(subject="新しい件名", preheader="", mjml="<mjml><mj-body></mj-body></mjml>", text="x")
    save_templates(shop, [TemplateSource(name="hello", languages={"ja": text, "en": text})])
    second = loop._ready()
    assert second is not first
    assert second.worker == first.worker  # the leases stay its own
    with SmtpSink() as other:
        write_smtp(shop.ledger, SmtpSettings(smtp_port=other.port))
        start(shop)
        tick(shop)
        assert loop.work() == 3
        assert (sink.accepted, other.accepted) == (0, 3)
        loop.close()


def test_it_settles_what_it_holds_and_ends_when_told(
    shop: Shop, asking: Shop, server: WarehouseServer, sink: SmtpSink
) -> None:
    start(shop)
    tick(shop)
    stop = threading.Event()
    loop = DispatchLoop(asking, stop)
    stop.set()
    loop.run()
    assert sink.accepted == 0  # it was told before it took anything
    assert loop.work() == 3  # in hand when it is told: handed over and settled
    loop.close()
    stop.clear()
    running = threading.Thread(target=loop.run)
    running.start()
    stop.set()
    running.join(30)
    assert not running.is_alive()


def test_an_unexpected_error_is_said_and_tried_again(
    shop: Shop, asking: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    start(shop)
    tick(shop)

    def broken(_settings: SmtpSettings) -> None:
        message = "no such channel"
        raise LookupError(message)

    loop = DispatchLoop(asking, threading.Event(), open_channel=broken)  # type: ignore[arg-type]
    assert loop._try() > 0
    assert "no such channel" in caplog.text
