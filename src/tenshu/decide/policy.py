"""The shop's rules for reaching out: how often (配信頻度の上限) and when not (配信しない時間帯).

The defaults suit a shop that has thought about none of this: one marketing mail a day and three in seven
days, none between 21:00 and 08:00 of the customer's day.
"""

from datetime import datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta

from tenshu.journey.grammar import ClockTime, clock_time
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.settings import read_setting, write_setting

#: Purposes that hold-out, caps and quiet hours do not touch: what a customer is waiting for.
EXEMPT_PURPOSES: Final = ("service",)
#: In `Cap.journey`: each scenario by itself.
EACH: Final = "*"


class PolicyInvalid(TenshuError):
    """Rules that cannot be kept."""

    template: ClassVar[str] = N_("The policy cannot be read at {path}: {problem}.")


class Cap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most `limit` messages to a person within any such window.

    Attributes:
        limit: how many.
        days: window in calendar days of the customer's zone; 1 = today.
        hours: or a rolling window in hours.
        channel, purpose, journey: which messages it is about; None = all of them together, `*` as journey = each
            scenario by itself.
    """

    limit: Annotated[int, Meta(ge=0)]
    days: Annotated[int, Meta(ge=1, le=366)] | None = None
    hours: Annotated[int, Meta(ge=1, le=8784)] | None = None
    channel: str | None = None
    purpose: str | None = None
    journey: str | None = None

    @property
    def window(self) -> timedelta:
        """The longest that the window can be."""
        return timedelta(days=self.days) if self.days is not None else timedelta(hours=self.hours or 0)


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No messages from `start` until `end` of the customer's day; over midnight when end is not after start."""

    start: ClockTime
    end: ClockTime

    @property
    def start_time(self) -> time:
        """The first quiet minute."""
        return clock_time(self.start)

    @property
    def end_time(self) -> time:
        """The first minute that is not quiet any more."""
        return clock_time(self.end)


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that `decide` asks besides the person: caps and quiet hours."""

    caps: tuple[Cap, ...] = (
        Cap(limit=1, days=1, channel="email", purpose="marketing"),
        Cap(limit=3, days=7, channel="email", purpose="marketing"),
    )
    quiet_hours: QuietHours | None = QuietHours(start="21:00", end="08:00")

    def earliest(self, now: datetime) -> datetime:
        """Return since when contacts have to be known; two days more, as local days begin at different times."""
        return now - max((cap.window for cap in self.caps), default=timedelta()) - timedelta(days=2)


def parse_policy(data: object) -> Policy:
    """Read the rules from decoded JSON; what is left out keeps its default.

    Raises:
        PolicyInvalid: with the place.
    """
    try:
        policy = msgspec.convert(data, Policy)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `")
        raise PolicyInvalid(path=path.rstrip("`") or "$", problem=problem) from error
    for index, cap in enumerate(policy.caps):
        if (cap.days is None) == (cap.hours is None):
            raise PolicyInvalid(path=f"$.caps[{index}]", problem="give either days or hours")
    if policy.quiet_hours is not None and policy.quiet_hours.start == policy.quiet_hours.end:
        raise PolicyInvalid(path="$.quiet_hours", problem="start and end are the same; give null for no quiet hours")
    return policy


def read_policy(ledger: Ledger) -> Policy:
    """Return the shop's rules, or the defaults of a fresh home."""
    return parse_policy(read_setting(ledger, "policy", {}))


def write_policy(tx: Transaction, policy: Policy) -> None:
    """Save the shop's rules."""
    plain: dict[str, Any] = msgspec.to_builtins(policy)
    write_setting(tx, "policy", plain)
