"""What every channel must do, as tests that a channel's own test class inherits.

A channel's folder proves itself by a class `TestXChannel(ChannelConformance)` that says how to make the channel
against a receiver that behaves in a given way. The claims are those that the account of the outbox rests on: one
receipt a message, and never `accepted` for a message that the receiver does not have.
"""
# ruff: noqa: S101 - a suite of tests

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum

import msgspec

from tenshu.deliver.channel import Channel, Outcome, Outgoing, Receipt


class Behaviour(StrEnum):
    """How a receiver treats a message."""

    TAKES = "takes"
    REFUSES = "refuses"  # for good
    DEFERS = "defers"  # for now
    TAKES_AND_GOES = "takes_and_goes"  # has the message, and goes before it answers


class Receiver(msgspec.Struct, frozen=True):
    """A channel, and what its receiver has: the message ids, as often as they came."""

    channel: Channel
    received: Callable[[], list[str]]


class ChannelConformance:
    """Inherit it as `class TestXChannel(ChannelConformance)` and write the three methods below."""

    @abstractmethod
    def receiver(self, behaviour: Callable[[str], Behaviour]) -> AbstractContextManager[Receiver]:
        """Return a channel and its receiver, which treats each address as the function says."""

    @abstractmethod
    def unreachable(self) -> Channel:
        """Return a channel whose receiver cannot be reached."""

    @abstractmethod
    def outgoing(self, number: int) -> Outgoing:
        """Return a message with that enrolment number, to an address of its own."""

    def test_each_message_gets_exactly_one_receipt(self) -> None:
        """Whatever becomes of them, and though each is made only when it is asked for."""
        messages = [self.outgoing(number) for number in range(1, 13)]
        ways = {message.address: list(Behaviour)[place % 4] for place, message in enumerate(messages)}
        with self.receiver(ways.__getitem__) as receiver:
            receipts = receiver.channel.send(iter(messages))
            receiver.channel.close()
        assert Counter(receipt.enrolment for receipt in receipts) == Counter(range(1, 13))

    def test_accepted_messages_are_at_the_receiver_once(self) -> None:
        """An accepted receipt is a promise."""
        messages = [self.outgoing(number) for number in range(1, 51)]
        receipts, received = self._sent(messages, Behaviour.TAKES)
        assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
        assert Counter(received) == Counter(message.message_id for message in messages)

    def test_permanent_refusal_is_told_from_a_temporary_one(self) -> None:
        """The one suppresses, the other is tried again."""
        messages = [self.outgoing(1), self.outgoing(2), self.outgoing(3)]
        ways = dict(
            zip((m.address for m in messages), (Behaviour.REFUSES, Behaviour.DEFERS, Behaviour.TAKES), strict=True)
        )
        with self.receiver(ways.__getitem__) as receiver:
            outcomes = {receipt.enrolment: receipt.outcome for receipt in receiver.channel.send(messages)}
            received = receiver.received()
            receiver.channel.close()
        assert outcomes == {1: Outcome.REFUSED, 2: Outcome.DEFERRED, 3: Outcome.ACCEPTED}
        assert received == [messages[2].message_id]

    def test_lost_answer_leaves_the_message_unknown_and_the_next_one_goes_out(self) -> None:
        """Nobody can say whether it arrived, so nobody says so."""
        messages = [self.outgoing(1), self.outgoing(2)]
        lost = messages[0].address
        with self.receiver(lambda to: Behaviour.TAKES_AND_GOES if to == lost else Behaviour.TAKES) as receiver:
            outcomes = {receipt.enrolment: receipt.outcome for receipt in receiver.channel.send(messages)}
            received = receiver.received()
            receiver.channel.close()
        assert outcomes == {1: Outcome.UNKNOWN, 2: Outcome.ACCEPTED}
        assert Counter(received) == Counter(message.message_id for message in messages)

    def test_unreachable_receiver_defers_everything_and_raises_nothing(self) -> None:
        """A provider's outage costs time, not messages."""
        channel = self.unreachable()
        receipts = channel.send([self.outgoing(1), self.outgoing(2)])
        channel.close()
        assert [receipt.outcome for receipt in receipts] == [Outcome.DEFERRED, Outcome.DEFERRED]

    def test_empty_batch_is_no_work(self) -> None:
        """Not even a connection."""
        assert self.unreachable().send([]) == []

    def test_close_may_be_called_twice_and_before_anything(self) -> None:
        """Cleaning up is never an error."""
        channel = self.unreachable()
        channel.close()
        channel.close()

    def test_channel_sends_again_after_close(self) -> None:
        """Closing lets go of connections only."""
        with self.receiver(lambda _: Behaviour.TAKES) as receiver:
            first = receiver.channel.send([self.outgoing(1)])
            receiver.channel.close()
            second = receiver.channel.send([self.outgoing(2)])
            receiver.channel.close()
            assert len(receiver.received()) == 2
        assert [receipt.outcome for receipt in first + second] == [Outcome.ACCEPTED] * 2

    def _sent(self, messages: Sequence[Outgoing], behaviour: Behaviour) -> tuple[list[Receipt], list[str]]:
        with self.receiver(lambda _: behaviour) as receiver:
            receipts = receiver.channel.send(messages)
            received = receiver.received()
            receiver.channel.close()
        return receipts, received
