"""Dispatching: over real SMTP, each message once, one poisoned message harms no other."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tenshu.bootstrap import Shop, make_dispatcher, save_templates
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.deliver.channel import Outgoing
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.deliver.channels.email.sink import SmtpSink
from tenshu.deliver.outbox import IN_FLIGHT
from tenshu.deliver.render import Renderer
from tenshu.deliver.tables import outbox
from tenshu.kit.clock import SetClock
from tenshu.store.ledger import Transaction
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick

CASES = [1, IN_FLIGHT, IN_FLIGHT + 1]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop, clock = open_small_shop(tmp_path / "home")
    add_template(shop)
    yield shop, clock
    shop.close()


def send(shop: Shop, sink: SmtpSink) -> int:
    channel = SmtpChannel(sink.host, sink.port)
    try:
        return make_dispatcher(shop, channel).run(now=shop.clock.now())
    finally:
        channel.close()


def states(shop: Shop) -> dict[str, int]:
    with shop.ledger.reading() as tx:
        return dict(tx.frame(select(outbox.c.state)).group_by("state").len().rows())


def read(content: bytes | None) -> EmailMessage:
    message = message_from_bytes(content or b"", policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_each_queued_message_reaches_the_receiver_once(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    with SmtpSink() as sink:
        assert send(shop, sink) == 3
        assert send(shop, sink) == 0
        mails = sink.mails()
    assert len({mail.message_id for mail in mails}) == len(mails) == 3
    assert sorted(mail.recipient for mail in mails) == ["s-1@example.com", "s-2@example.com", "s-3@example.com"]
    assert states(shop) == {"sent": 3}


@pytest.mark.parametrize("people", CASES)
def test_more_than_one_batch_is_sent_whole(people: int, tmp_path: Path) -> None:
    shop, _ = open_small_shop(tmp_path / "more", people=people)
    add_template(shop)
    start(shop)
    tick(shop)
    with SmtpSink() as sink:
        assert send(shop, sink) == people + 3
        assert sink.accepted == people + 3
    assert states(shop) == {"sent": people + 3}
    shop.close()


def test_a_mail_is_personal_and_carries_what_the_law_asks(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    with SmtpSink(keep_bytes=True) as sink:
        send(shop, sink)
        mail = read(next(one.content for one in sink.mails() if one.recipient == "s-1@example.com"))
    assert "佐藤様" in mail["Subject"]
    body = mail.get_body(("html",))
    assert body is not None
    html = body.get_content()
    assert "佐藤様" in html
    assert "小さな花屋" in html
    assert "東京都" in html
    assert "https://shop.example.com/new" not in html  # it is a signed link now
    assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_message_id_is_the_same_at_every_attempt(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop)
    tick(shop)
    seen = []
    with SmtpSink(refuse=lambda _address: "451 4.3.0 busy") as busy:
        send(shop, busy)
    renderer = make_dispatcher(shop, SmtpChannel("127.0.0.1", 1)).renderer
    clock.set(MONDAY + timedelta(minutes=15))
    with SmtpSink() as sink:
        assert send(shop, sink) == 3
        seen = [mail.message_id for mail in sink.mails()]
    with shop.ledger.reading() as tx:
        keys = tx.frame(select(outbox.c.enrolment, outbox.c.visit)).rows()
    assert sorted(seen) == sorted(renderer.message_id(*key) for key in keys)


def test_a_poisoned_message_fails_alone(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    with shop.ledger.writing() as tx:
        tx.execute(outbox.update().where(outbox.c.customer == 1).values(address="a@example.com\r\nBcc: v@example.com"))
    with SmtpSink() as sink:
        send(shop, sink)
        assert sink.accepted == 2
    assert states(shop) == {"sent": 2, "failed": 1}


def test_a_missing_template_fails_its_messages_and_says_so(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    with shop.ledger.writing() as tx:
        tx.execute(outbox.update().where(outbox.c.customer == 1).values(template="gone"))
    with SmtpSink() as sink:
        send(shop, sink)
    with shop.ledger.reading() as tx:
        reason = tx.value(select(outbox.c.reason).where(outbox.c.customer == 1))
    assert "gone" in reason


def test_a_cut_after_the_mail_leaves_it_in_doubt_and_listed(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    with SmtpSink(cut_after_data=lambda address: address == "s-2@example.com") as sink:
        send(shop, sink)
        received = [mail.recipient for mail in sink.mails()]
    found = states(shop)
    assert len(received) == len(set(received))
    assert found.get("in_doubt", 0) >= 1
    assert sum(found.values()) == 3


def test_a_server_that_is_down_defers_everything(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    channel = SmtpChannel("127.0.0.1", 1, timeout=2)
    make_dispatcher(shop, channel).run(now=shop.clock.now())
    assert states(shop) == {"queued": 3}


def test_a_household_that_shares_an_address_gets_a_mail_each(tmp_path: Path) -> None:
    shop, _ = open_small_shop(tmp_path / "household", people=2)
    add_template(shop)
    start(shop)
    tick(shop)
    with shop.ledger.writing() as tx:
        tx.execute(outbox.update().values(address="home@example.com"))
    with SmtpSink() as sink:
        send(shop, sink)
        assert sink.accepted == 5
    shop.close()


def test_a_template_changed_later_is_used_in_its_newest_version(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    text = TemplateText(subject="新しい件名", preheader="", mjml="<mjml><mj-body></mj-body></mjml>", text="本文")
    save_templates(shop, [TemplateSource(name="hello", languages={"ja": text, "en": text})])
    with SmtpSink() as sink:
        send(shop, sink)
        assert {mail.subject for mail in sink.mails()} == {"新しい件名"}


def test_a_template_that_cannot_be_read_fails_its_messages_only(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    broken = TemplateText(subject="件名", preheader="", mjml="<mjml><mj-body>", text="本文")
    save_templates(shop, [TemplateSource(name="broken", languages={"ja": broken, "en": broken})])
    with shop.ledger.writing() as tx:
        tx.execute(outbox.update().where(outbox.c.customer == 1).values(template="broken"))
    with SmtpSink() as sink:
        send(shop, sink)
        assert sink.accepted == 2
    assert states(shop) == {"sent": 2, "failed": 1}


def test_what_fails_before_the_first_hand_over_is_queued_again(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    with SmtpSink() as sink:
        with monkeypatch.context() as patched:
            patched.setattr("tenshu.deliver.people.profiles", _broken)
            with pytest.raises(RuntimeError, match="the warehouse is gone"):
                send(shop, sink)
        assert states(shop) == {"queued": 3}
        assert send(shop, sink) == 3
        assert sink.accepted == 3


def test_what_an_interruption_leaves_unmade_is_queued_again_and_nothing_is_in_doubt(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    renderings = iter([None, KeyboardInterrupt()])
    render = Renderer.render

    def interrupted(*given: Any, **more: Any) -> Outgoing:
        if (problem := next(renderings)) is not None:
            raise problem
        return render(*given, **more)

    with SmtpSink() as sink:
        with monkeypatch.context() as patched:
            patched.setattr(Renderer, "render", interrupted)
            with pytest.raises(KeyboardInterrupt):
                send(shop, sink)
        assert (states(shop), sink.accepted) == ({"sent": 1, "queued": 2}, 1)
        assert send(shop, sink) == 2
        assert len({mail.recipient for mail in sink.mails()}) == sink.accepted == 3


def test_whoever_is_told_of_receipts_may_stop_and_nothing_is_left_in_hand(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    with SmtpSink() as sink:
        dispatcher = make_dispatcher(shop, SmtpChannel(sink.host, sink.port))
        dispatcher.in_flight = 2
        with pytest.raises(RuntimeError, match="the warehouse is gone"):
            dispatcher.run(now=shop.clock.now(), on_receipts=_broken)
        assert (states(shop), sink.accepted) == ({"sent": 2, "queued": 1}, 2)
        assert dispatcher.run(now=shop.clock.now()) == 1
        dispatcher.channel.close()
    assert states(shop) == {"sent": 3}


@pytest.mark.parametrize("problem", [OperationalError("the disk is full", None, Exception()), KeyboardInterrupt()])
def test_what_was_handed_over_is_written_down_though_the_next_claim_fails(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch, problem: BaseException
) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    troubles = iter([None, problem])

    def in_trouble(_tx: Transaction) -> None:
        if (trouble := next(troubles, None)) is not None:
            raise trouble

    monkeypatch.setattr("tenshu.deliver.outbox.standstill", in_trouble)
    with SmtpSink() as sink:
        dispatcher = make_dispatcher(shop, SmtpChannel(sink.host, sink.port))
        dispatcher.in_flight = 2
        with suppress(KeyboardInterrupt):
            dispatcher.run(now=shop.clock.now())
            assert isinstance(problem, OperationalError)  # the ledger may do better the next time
        assert states(shop) == ({"sent": 3} if isinstance(problem, OperationalError) else {"sent": 2, "queued": 1})
        dispatcher.run(now=shop.clock.now())
        dispatcher.channel.close()
        assert len({mail.recipient for mail in sink.mails()}) == sink.accepted == 3
    assert states(shop) == {"sent": 3}


def test_dispatchers_are_never_taken_for_one_another(small: tuple[Shop, SetClock]) -> None:
    channel = SmtpChannel("127.0.0.1", 1)
    names = {make_dispatcher(small[0], channel).worker for _ in range(20)}
    assert len(names) == 20


def test_a_slow_receiver_does_not_lose_us_the_lease(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    renewed = threading.Event()
    monkeypatch.setattr("tenshu.deliver.dispatch.RENEW_EVERY", timedelta(milliseconds=5))
    monkeypatch.setattr("tenshu.deliver.dispatch.renew", lambda *_given: renewed.set())

    def waits(_address: str) -> str | None:
        assert renewed.wait(10)
        return None

    with SmtpSink(refuse=waits) as sink:
        assert send(shop, sink) == 3
    assert states(shop) == {"sent": 3}


def _broken(*_given: object, **_more: object) -> None:
    message = "the warehouse is gone"
    raise RuntimeError(message)
