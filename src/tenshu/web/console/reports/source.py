"""Where the report comes from, and how it is kept for a moment."""

import threading
from collections.abc import Callable
from typing import Final

from tenshu.content.shop import read_shop
from tenshu.kit.clock import elapsed
from tenshu.measure.report import ShopReport, build_report
from tenshu.web.served import ServedShop

ReportSource = Callable[[], ShopReport]

#: A report is kept for at most so many seconds; the page says what instant it is of.
FRESH_FOR: Final = 20.0
#: It is kept for so many times as long as it took to build, so that a small shop sees what happened just now.
_WORTH: Final = 20.0
_LEAST: Final = 1.0


def read_report(shop: ServedShop) -> ShopReport:
    """Build the report of a shop at its clock's instant."""
    return build_report(shop.ledger, shop.warehouse, read_shop(shop.ledger), now=shop.clock.now())


class RememberedReport:
    """A report that is built by one request at a time and kept for a moment.

    The warehouse answers one question at a time, so ten people who open the page together wait for one
    report and not for ten.
    """

    def __init__(self, build: ReportSource, *, fresh_for: float = FRESH_FOR) -> None:
        self._build = build
        self._fresh_for = fresh_for
        self._lock = threading.Lock()
        self._kept: ShopReport | None = None
        self._until = 0.0

    def __call__(self) -> ShopReport:
        """Return the report, a fresh one when the last is too old."""
        with self._lock:
            if self._kept is None or elapsed() > self._until:
                began = elapsed()
                self._kept = self._build()
                took = elapsed() - began
                self._until = elapsed() + min(self._fresh_for, max(_LEAST, _WORTH * took))
            return self._kept
