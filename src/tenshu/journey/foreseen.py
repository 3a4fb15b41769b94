"""What a scenario's first hour would be: numbers, as pages show them and the owner of the warehouse counts them."""

from datetime import datetime

import msgspec


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario's first hour would be.

    Attributes:
        at: when it is.
        is_by_event: whether these are people to whom it happened in the last 28 days, standing for those to come.
        entering: people who would enter.
        sent: of these, who would be sent the first mail.
        held_out: of these, who would be held out.
        suppressed: of these, who would get nothing for a reason: reason -> people.
    """

    at: datetime
    is_by_event: bool
    entering: int
    sent: int
    held_out: int
    suppressed: dict[str, int]
