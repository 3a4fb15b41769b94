"""What a channel is: a folder that can hand messages over and say what became of each."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

import msgspec


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One rendered message, ready to be handed over.

    Attributes:
        enrolment, visit: the key of the account's unit, which the receipt repeats.
        message_id: what the receiver sees; the same for every attempt.
        address: where to.
        sender: the envelope sender (bounces come back to it).
        content: the message's bytes as the channel's protocol wants them.
    """

    enrolment: int
    visit: int
    message_id: str
    address: str
    sender: str
    content: bytes


class Outcome(StrEnum):
    """What became of one hand-over."""

    ACCEPTED = "accepted"  # the receiver has taken it over
    REFUSED = "refused"  # permanently: this address or this message will never do
    DEFERRED = "deferred"  # temporarily: try again later
    UNKNOWN = "unknown"  # nobody can say: the connection went after the message, before the answer


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the receiver answered for one message."""

    enrolment: int
    visit: int
    outcome: Outcome
    code: str = ""
    text: str = ""


class Channel(Protocol):
    """A way to reach a person."""

    name: str

    def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
        """Hand the messages over; one receipt each, in any order. Never raises for one message.

        Args:
            batch: gives each message once, and makes it when it is asked for.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
