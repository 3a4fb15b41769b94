"""The words that a scenario (シナリオ) is written in: who enters, the steps, the goal, when to look again.

Everything that reaches out is a journey: a broadcast (一斉配信) has one sending step. Conditions are kept
as they were written; `tenshu.journey.conditions` reads them, `tenshu.journey.definition` checks the whole.
"""

from datetime import date, datetime, time
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from tenshu.collect.vocabulary import ORDER_COMPLETED
from tenshu.condition.grammar import FieldName

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}\Z")]
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
LocalMinute = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Share = Annotated[float, Meta(gt=0, le=1)]
#: Hours, at most ten years of them.
Hours = Annotated[float, Meta(ge=0, le=87600)]
HoursAhead = Annotated[float, Meta(gt=0, le=87600)]
RawCondition = dict[str, Any]
RawWhere = dict[str, Any]

#: The ways to reach a person that a sending step may name.
CHANNELS: Final[tuple[str, ...]] = ("email",)
#: How tenshu itself says that a walk ended; a scenario's own outcomes have other names.
OWN_OUTCOMES: Final = ("goal", "exit", "merged", "step_gone")
#: The property that makes two entries the same one when the definition names none.
USUAL_KEYS: Final = {ORDER_COMPLETED: "order_no"}


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all parts of a definition share."""


class Broadcast(_Part, frozen=True, tag_field="kind", tag="broadcast"):
    """Everybody whom the condition holds for enters once, at this minute of the shop's clock."""

    at: LocalMinute
    condition: RawCondition

    @property
    def local_at(self) -> datetime:
        """The minute on the shop's clock."""
        return datetime.fromisoformat(self.at)


class Anniversary(_Part, frozen=True):
    """The day of the year that a trait tells, such as the birthday, so many days ahead (29 February: also the 28th)."""

    trait: FieldName = "birthday"
    days_before: Annotated[int, Meta(ge=0, le=60)] = 0


class Daily(_Part, frozen=True, tag_field="kind", tag="daily"):
    """Every day at this time of the shop's clock, whoever the condition holds for enters.

    Attributes:
        at: the time.
        condition: who.
        on: and only whose day of the year it is.
    """

    at: ClockTime
    condition: RawCondition
    on: Anniversary | None = None


class OnEvent(_Part, frozen=True, tag_field="kind", tag="event"):
    """Whoever does this enters (きっかけ), if the tests on the event and the condition hold.

    Attributes:
        event: name of the fact.
        where: tests on the fact, all of which must hold.
        condition: what must hold for the customer, if anything.
        key: the property that makes two entries the same one; of orders it is `order_no` unless said otherwise.
    """

    event: Annotated[str, Meta(min_length=1)]
    where: Annotated[tuple[RawWhere, ...], Meta(max_length=20)] = ()
    condition: RawCondition | None = None
    key: FieldName | None = None

    @property
    def same_by(self) -> str | None:
        """The property that makes two entries the same one; None = each moment is an entry of its own."""
        return USUAL_KEYS.get(self.event) if self.key is None else self.key


class NeverAgain(_Part, frozen=True, tag_field="kind", tag="never"):
    """A customer enters once and never again."""


class AfterDays(_Part, frozen=True, tag_field="kind", tag="after"):
    """A customer may enter again so many days after the last entry."""

    days: Annotated[int, Meta(ge=1, le=3650)]


class Always(_Part, frozen=True, tag_field="kind", tag="always"):
    """A customer may enter again as soon as the last walk has ended."""


class Goal(_Part, frozen=True):
    """What the scenario is for (KPI): which event, within how long, at which rate it is a success."""

    event: Annotated[str, Meta(min_length=1)]
    within_days: Annotated[int, Meta(ge=1, le=730)]
    target_rate: Annotated[float, Meta(gt=0, le=1)]
    ends_journey: bool = True


class Send(_Part, frozen=True, tag_field="kind", tag="send"):
    """Propose a message; whether it goes out is decided in `decide`."""

    channel: Name
    template: Name
    next: str
    expires_after_hours: HoursAhead | None = None


class Wait(_Part, frozen=True, tag_field="kind", tag="wait"):
    """Wait (待機): so many local days and hours, then until a time of the customer's day.

    `days: 3, at: "10:00"` goes on at 10:00 of the third day from today. With hours, or without days, it goes on
    the next time it is `at` after they have passed. A wait of hours alone lasts a minute at least.
    """

    next: str
    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    hours: Hours = 0.0
    at: ClockTime | None = None


class Case(_Part, frozen=True):
    """One way out of a branch."""

    when: RawCondition
    next: str


class Branch(_Part, frozen=True, tag_field="kind", tag="branch"):
    """Go the way of the first case that holds (分岐), else the other way."""

    cases: Annotated[tuple[Case, ...], Meta(min_length=1, max_length=100)]
    otherwise: str


class Arm(_Part, frozen=True):
    """One way out of a split."""

    name: Name
    share: Share
    next: str


class Split(_Part, frozen=True, tag_field="kind", tag="split"):
    """Divide people by chance into arms of fixed shares; a customer always draws the same arm."""

    arms: Annotated[tuple[Arm, ...], Meta(min_length=2, max_length=100)]


class Exit(_Part, frozen=True, tag_field="kind", tag="exit"):
    """The walk is over."""

    outcome: Name = "done"


Entry = Broadcast | Daily | OnEvent
Reentry = NeverAgain | AfterDays | Always
Step = Send | Wait | Branch | Split | Exit


class Journey(_Part, frozen=True):
    """A scenario.

    Attributes:
        tenshu: the grammar this is written in.
        name: what it is called in files and keys.
        title: what people call it, by language (ja, en).
        purpose: marketing, or service (exempt from hold-out, caps and quiet hours).
        priority: 0..100; the higher goes first when a cap leaves room for one.
        holdout_rate: share of the entered who get nothing, so that the effect can be measured.
        review_on: the day to look at the result and decide.
        exit_when: leave as soon as this holds, asked whenever a step is due.
    """

    tenshu: Literal["journey/1"]
    name: Name
    title: dict[Literal["ja", "en"], Annotated[str, Meta(min_length=1)]]
    entry: Entry
    goal: Goal
    review_on: date
    first_step: str
    steps: Annotated[dict[Name, Step], Meta(min_length=1, max_length=200)]
    purpose: Literal["marketing", "service"] = "marketing"
    priority: Annotated[int, Meta(ge=0, le=100)] = 50
    holdout_rate: Annotated[float, Meta(ge=0, lt=1)] = 0.1
    reentry: Reentry = NeverAgain()
    exit_when: RawCondition | None = None

    def title_in(self, language: str) -> str:
        """Return the title in the language, else in the other one."""
        return self.title["ja" if language == "ja" and "ja" in self.title else "en" if "en" in self.title else "ja"]

    def templates(self) -> list[str]:
        """Return the names of the templates that it sends, in order."""
        return sorted({step.template for step in self.steps.values() if isinstance(step, Send)})


def clock_time(text: str) -> time:
    """Return the time of the day that `"10:00"` is."""
    return time.fromisoformat(text)
