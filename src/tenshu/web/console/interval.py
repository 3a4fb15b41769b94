"""Draw an estimate as what it is: a range, beside zero, and beside the truth where it is known."""

from collections.abc import Callable

import msgspec

from tenshu.measure.lift import Lift
from tenshu.web.console.scale import digits_for, scale_for

#: Writes a tick: its value, and how many digits tell it from the next.
Write = Callable[[float, int], str]


class Tick(msgspec.Struct, frozen=True):
    """One labelled place below the line."""

    place: float
    text: str


class IntervalView(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing of one 95 % interval; places are per cent of the width.

    Attributes:
        start, width: the range.
        estimate: the middle mark.
        zero: where "no difference" stands.
        truth: the true value's mark; None when nobody knows it.
        ticks: round values below.
    """

    start: float
    width: float
    estimate: float
    zero: float
    truth: float | None
    ticks: tuple[Tick, ...]


def interval_view(lift: Lift, write: Write, *, factor: float = 1.0, most: int = 5) -> IntervalView | None:
    """Return the drawing, or None when there is no interval to draw.

    Args:
        lift: the estimate.
        write: how a tick's value is written.
        factor: what one unit of the estimate is on the axis, e.g. 100 for orders of a hundred people.
        most: at most so many ticks.
    """
    if lift.estimate is None or lift.low is None or lift.high is None:
        return None
    shown = [lift.low * factor, lift.high * factor, lift.estimate * factor]
    truth = None if lift.truth is None else lift.truth * factor
    scale = scale_for(shown if truth is None else [*shown, truth])
    step = scale.step(most)
    start, end = scale.place(shown[0]), scale.place(shown[1])
    return IntervalView(
        start=start,
        width=round(max(end - start, 0.4), 2),
        estimate=scale.place(shown[2]),
        zero=scale.place(0.0),
        truth=None if truth is None else scale.place(truth),
        ticks=tuple(Tick(scale.place(value), write(value, digits_for(step))) for value in scale.ticks(step)),
    )


def contains(lift: Lift) -> bool | None:
    """Say whether the interval holds the truth; None when either is unknown."""
    if lift.truth is None or lift.low is None or lift.high is None:
        return None
    return lift.low <= lift.truth <= lift.high
