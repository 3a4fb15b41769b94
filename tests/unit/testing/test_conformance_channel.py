"""The conformance suite finds the channels that would spoil the account."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tenshu.deliver.channel import Channel, Outcome, Outgoing, Receipt
from tenshu.testing.conformance_channel import Behaviour, ChannelConformance, Receiver

OUTCOMES = {
    Behaviour.TAKES: Outcome.ACCEPTED,
    Behaviour.REFUSES: Outcome.REFUSED,
    Behaviour.DEFERS: Outcome.DEFERRED,
    Behaviour.TAKES_AND_GOES: Outcome.UNKNOWN,
}


class HonestChannel:
    """A channel in memory that does what it should."""

    name = "memory"

    def __init__(self, behaviour: Callable[[str], Behaviour] | None) -> None:
        self.behaviour = behaviour
        self.received: list[str] = []

    def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
        """Hand the messages over."""
        return [self.one(message) for message in batch]

    def one(self, message: Outgoing) -> Receipt:
        """Hand one message over."""
        if self.behaviour is None:
            return self.receipt(message, Outcome.DEFERRED)
        how = self.behaviour(message.address)
        if how in {Behaviour.TAKES, Behaviour.TAKES_AND_GOES}:
            self.received.append(message.message_id)
        return self.receipt(message, OUTCOMES[how])

    def receipt(self, message: Outgoing, outcome: Outcome) -> Receipt:
        """Say what became of it."""
        return Receipt(enrolment=message.enrolment, visit=message.visit, outcome=outcome)

    def close(self) -> None:
        """Let go of nothing."""


class ForgetfulChannel(HonestChannel):
    """Says accepted for what it dropped."""

    def one(self, message: Outgoing) -> Receipt:
        """Drop every third message."""
        if message.enrolment % 3 == 0:
            return self.receipt(message, Outcome.ACCEPTED)
        return super().one(message)


class StutteringChannel(HonestChannel):
    """Sends again what it is not sure of."""

    def one(self, message: Outgoing) -> Receipt:
        """Try a second time when no answer came."""
        told = super().one(message)
        return super().one(message) if told.outcome is Outcome.UNKNOWN else told


class HarshChannel(HonestChannel):
    """Takes a temporary refusal for a permanent one."""

    def receipt(self, message: Outgoing, outcome: Outcome) -> Receipt:
        """Refuse what was only deferred."""
        return super().receipt(message, Outcome.REFUSED if outcome is Outcome.DEFERRED else outcome)


class HopefulChannel(HonestChannel):
    """Takes a lost answer for a good one."""

    def receipt(self, message: Outgoing, outcome: Outcome) -> Receipt:
        """Accept what nobody knows."""
        return super().receipt(message, Outcome.ACCEPTED if outcome is Outcome.UNKNOWN else outcome)


class SilentChannel(HonestChannel):
    """Gives no receipt for what went wrong."""

    def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
        """Tell the good news only."""
        return [told for told in super().send(batch) if told.outcome is Outcome.ACCEPTED]


class FragileChannel(HonestChannel):
    """Raises when nobody is there."""

    def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
        """Give up loudly."""
        messages = list(batch)
        if messages and self.behaviour is None:
            raise ConnectionError
        return super().send(messages)


def suite_of(kind: type[HonestChannel]) -> ChannelConformance:
    """Return the suite for a kind of channel."""

    class Suite(ChannelConformance):
        def receiver(self, behaviour: Callable[[str], Behaviour]) -> AbstractContextManager[Receiver]:
            return self._receiver(behaviour)

        @contextmanager
        def _receiver(self, behaviour: Callable[[str], Behaviour]) -> Iterator[Receiver]:
            channel = kind(behaviour)
            yield Receiver(channel, lambda: list(channel.received))

        def unreachable(self) -> Channel:
            return kind(None)

        def outgoing(self, number: int) -> Outgoing:
            return Outgoing(
                enrolment=number, visit=1, message_id=f"m{number}", address=f"a{number}", sender="s", content=b"x"
            )

    return Suite()


CLAIMS = [name for name in dir(ChannelConformance) if name.startswith("test_")]


def failing(kind: type[HonestChannel]) -> set[str]:
    """Return the claims that a channel does not keep."""
    found = set()
    for claim in CLAIMS:
        try:
            getattr(suite_of(kind), claim)()
        except (AssertionError, ConnectionError):
            found.add(claim)
    return found


def test_suite_has_claims() -> None:
    assert len(CLAIMS) == 8


def test_honest_channel_keeps_every_claim() -> None:
    assert failing(HonestChannel) == set()


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        (ForgetfulChannel, "test_accepted_messages_are_at_the_receiver_once"),
        (StutteringChannel, "test_lost_answer_leaves_the_message_unknown_and_the_next_one_goes_out"),
        (HarshChannel, "test_permanent_refusal_is_told_from_a_temporary_one"),
        (HopefulChannel, "test_lost_answer_leaves_the_message_unknown_and_the_next_one_goes_out"),
        (SilentChannel, "test_each_message_gets_exactly_one_receipt"),
        (FragileChannel, "test_unreachable_receiver_defers_everything_and_raises_nothing"),
    ],
)
def test_channel_that_spoils_the_account_is_found(kind: type[HonestChannel], claim: str) -> None:
    assert claim in failing(kind)
