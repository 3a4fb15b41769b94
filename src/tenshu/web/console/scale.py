"""Lay numbers out on a line from 0 to 100 per cent, with round ticks."""

import math
from collections.abc import Sequence

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """A straight line from values to places.

    Attributes:
        low, high: the values at the two ends of the drawn range.
        margin: place of `low`, and distance of `high` from 100.

    >>> Scale(0.0, 10.0, margin=10.0).place(5.0)
    50.0
    """

    low: float
    high: float
    margin: float = 7.0

    def place(self, value: float) -> float:
        """Return where the value stands, in per cent of the width."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.margin + share * (100.0 - 2 * self.margin), 2)

    def step(self, most: int) -> float:
        """Return the smallest round step that makes at most so many ticks."""
        step = round_step((self.high - self.low) / (most * 4))
        while len(self.ticks(step)) > most:
            step = round_step(step * 1.5)
        return step

    def ticks(self, step: float) -> list[float]:
        """Return the multiples of the step inside the range; 0 is one where the range holds it."""
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]


def scale_for(values: Sequence[float]) -> Scale:
    """Return a scale that shows all values and zero."""
    low, high = min(0.0, *values), max(0.0, *values)
    if high - low <= 0:
        low, high = -1.0, 1.0
    return Scale(low, high)


def round_step(size: float) -> float:
    """Return the smallest of 1, 2, 5 x 10^n that is not smaller than the size.

    >>> round_step(0.13), round_step(30.0)
    (0.2, 50.0)
    """
    power = 10.0 ** math.floor(math.log10(size))
    for leading in (1.0, 2.0, 5.0):
        if size <= leading * power * (1 + 1e-9):
            return leading * power
    return 10.0 * power


def digits_for(step: float) -> int:
    """Return how many digits behind the point tell two ticks apart.

    >>> digits_for(0.2), digits_for(5.0)
    (1, 0)
    """
    return max(0, -math.floor(math.log10(step) + 1e-9))
