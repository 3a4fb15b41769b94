"""E-mail does what every channel must do."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tenshu.deliver.channel import Channel, Outgoing
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.testing.conformance_channel import Behaviour, ChannelConformance, Receiver
from tenshu.testing.smtp_sink import SmtpSink

ANSWERS = {Behaviour.REFUSES: "550 5.1.1 no such user", Behaviour.DEFERS: "450 4.2.0 try again"}


class MailConformance(ChannelConformance):
    """The suite, for servers that announce what the class says."""

    announces: tuple[str, ...] = ()

    def receiver(self, behaviour: Callable[[str], Behaviour]) -> AbstractContextManager[Receiver]:
        return self._receiver(behaviour)

    @contextmanager
    def _receiver(self, behaviour: Callable[[str], Behaviour]) -> Iterator[Receiver]:
        with SmtpSink(
            announces=self.announces,
            refuse=lambda to: ANSWERS.get(behaviour(to)),
            cut_after_data=lambda to: behaviour(to) is Behaviour.TAKES_AND_GOES,
        ) as sink:
            channel = SmtpChannel(sink.host, sink.port, timeout=10)
            yield Receiver(channel, lambda: [mail.message_id for mail in sink.mails()])

    def unreachable(self) -> Channel:
        with SmtpSink() as sink:
            port = sink.port
        return SmtpChannel("127.0.0.1", port, timeout=2)

    def outgoing(self, number: int) -> Outgoing:
        message_id = f"{number}.1@shop.example"
        return Outgoing(
            enrolment=number,
            visit=1,
            message_id=message_id,
            address=f"u{number}@example.com",
            sender=f"b+{number}@bounce.example.com",
            content=f"Message-ID: <{message_id}>\r\nSubject: x\r\n\r\n.\r\nhello\r\n".encode(),
        )


class TestPipelinedMail(MailConformance):
    """With PIPELINING: a mail's body travels with the next one's envelope."""

    announces = ("PIPELINING", "8BITMIME")


class TestPlainMail(MailConformance):
    """Without: one command, one answer."""

    announces = ("8BITMIME",)


@pytest.mark.parametrize("announces", [("PIPELINING",), ()])
def test_channel_is_called_email(announces: tuple[str, ...]) -> None:
    with SmtpSink(announces=announces) as sink:
        assert SmtpChannel(sink.host, sink.port).name == "email"
