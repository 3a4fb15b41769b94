"""Who ticks: the process that has the warehouse open and holds the lease `tick-leader` in the ledger.

The warehouse's file lock tells the processes of one machine apart, and is free the moment its holder dies. The
lease tells apart what a file lock cannot: owners on different machines that share a ledger. Its holder is a home on
a machine, so an owner that was killed and started again goes on at once, and a standby elsewhere after `LEASE_FOR`.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from tenshu.kit.clock import elapsed
from tenshu.store.lease import Lease, holder_of, release, renew, take
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse, WarehouseBusy

LEASE: Final = "tick-leader"
LEASE_FOR: Final = timedelta(seconds=15)
#: How often a standby looks whether its turn has come, in seconds.
LOOK_EVERY: Final = 0.25
_log = logging.getLogger(__name__)


def wait_for_warehouse(path: Path, stop: Event) -> Warehouse | None:
    """Return the warehouse as soon as nobody else has it open; None when told to stop before."""
    said = ""
    while not stop.is_set():
        try:
            return Warehouse(path)
        except WarehouseBusy as busy:
            if str(busy.given["said"]) != said:
                said = str(busy.given["said"])
                _log.info("standing by: %s is open in another process (%s)", path.name, said)
        stop.wait(LOOK_EVERY)
    return None


def holder_name(home: Path) -> str:
    """Return the name under which the owner of a home holds the lease."""
    return f"{socket.gethostname()}:{home.resolve()}"


class Leadership:
    """The lease of one owner.

    Args:
        ledger: where it is kept.
        holder: unlike any other home's on any machine.
        for_: how long it holds when its holder is not heard of.
    """

    def __init__(self, ledger: Ledger, holder: str, *, for_: timedelta = LEASE_FOR) -> None:
        self._ledger = ledger
        self._holder = holder
        self._for = for_
        self.lease: Lease | None = None

    def wait(self, stop: Event) -> bool:
        """Wait until the lease is ours; False when told to stop before."""
        said: str | None = None
        while not stop.is_set():
            self.lease = take(self._ledger, LEASE, self._holder, for_=self._for)
            if self.lease is not None:
                return True
            other = holder_of(self._ledger, LEASE)
            if other is not None and other != said:
                said = other
                _log.info("standing by: %s leads", other)
            stop.wait(LOOK_EVERY)
        return False

    @contextmanager
    def held(self, on_lost: Callable[[], None]) -> Iterator[None]:
        """Hold on to the lease until the end of the block, and let go of it there.

        Args:
            on_lost: called when another may lead by now: this process must stop at once.
        """
        done = Event()
        holding = threading.Thread(target=self._hold, args=(done, on_lost), name="lease", daemon=True)
        holding.start()
        try:
            yield
        finally:
            done.set()
            holding.join()
            self._let_go()

    def _hold(self, done: Event, on_lost: Callable[[], None]) -> None:
        assert self.lease is not None  # noqa: S101 - it was waited for
        until = elapsed() + self._for.total_seconds()
        while not done.wait(self._for.total_seconds() / 4):
            began = elapsed()
            try:
                is_ours = renew(self._ledger, self.lease, for_=self._for)
            except SQLAlchemyError as problem:  # the ledger is away: ours for as long as it was promised
                _log.warning("the lease could not be renewed: %s", problem)
                is_ours = elapsed() < until
            else:
                until = began + self._for.total_seconds()
            if not is_ours:
                on_lost()
                return

    def _let_go(self) -> None:
        if self.lease is not None:
            try:
                release(self._ledger, self.lease)
            except SQLAlchemyError as problem:
                _log.warning("the lease could not be let go of: %s", problem)
