"""What every process below a supervisor shares: it says that it is ready, shows that it lives, and ends in time."""

import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from tenshu.kit.clock import SystemClock, rest
from tenshu.serve.heartbeat import beat, forget
from tenshu.serve.supervisor import LIFELINE, READY
from tenshu.store.ledger import Ledger

#: How often a process shows that it lives, in seconds.
BEAT_EVERY: Final = 5.0
#: What a process has left when its supervisor was killed.
ORPHAN_ENDS_WITHIN: Final = timedelta(seconds=10)
_log = logging.getLogger(__name__)


class Life:
    """The life of one process.

    Args:
        name: what the process is called in the list of processes.

    Attributes:
        stop: set when the process is to end what it holds and leave.
        said: what it says about itself in the list of processes; replace it at will.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.stop = threading.Event()
        self.said = ""
        self._wake: list[Callable[[], None]] = []
        self._lifeline = os.environ.pop(LIFELINE, None)

    def begin(self) -> None:
        """Listen to signals and to the lifeline; only in the main thread."""
        _log_to_stderr(self.name)
        heard, bell = os.pipe()
        for number in (signal.SIGTERM, signal.SIGINT):
            # A handler interrupts whatever runs: it rings, and takes no lock that may be held.
            signal.signal(number, lambda _number, _frame: os.write(bell, b"."))
        threading.Thread(target=self._listen, args=(heard,), name="life", daemon=True).start()

    def end(self) -> None:
        """Tell the process to end what it holds and leave."""
        self.stop.set()
        for wake in self._wake:
            wake()

    def on_stop(self, wake: Callable[[], None]) -> None:
        """Let this be called when the process is to end; it must be quick and may be called twice."""
        self._wake.append(wake)

    def ready(self) -> None:
        """Tell the supervisor that the work is being done."""
        if self._lifeline is not None:
            with suppress(OSError):  # it is gone: `_listen` notices
                os.write(int(self._lifeline), READY)

    @contextmanager
    def beating(self, ledger: Ledger) -> Iterator[None]:
        """Show in the ledger that this process lives, until the end of the block."""
        done = threading.Event()

        def go_on() -> None:
            while not done.wait(BEAT_EVERY):
                self._beat(ledger)

        self._beat(ledger)
        thread = threading.Thread(target=go_on, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            try:
                forget(ledger, self.name)
            except SQLAlchemyError as problem:
                _log.warning("the list of processes could not be written: %s", problem)

    def _beat(self, ledger: Ledger) -> None:
        try:
            beat(ledger, self.name, said=self.said)
        except SQLAlchemyError as problem:  # a full disk or a database away: the next time may do
            _log.warning("the list of processes could not be written: %s", problem)

    def _listen(self, heard: int) -> None:
        """Wait for a signal, or for the other end of the lifeline to be gone."""
        lifeline = [] if self._lifeline is None else [int(self._lifeline)]
        ready, _, _ = select.select([heard, *lifeline], [], [])
        if heard not in ready:
            _log.warning("the supervisor is gone; ending")
        self.end()
        if lifeline:
            with suppress(OSError):  # it was killed before it had heard us
                os.read(lifeline[0], 1)  # returns at once, or when the supervisor goes before we do
            rest(ORPHAN_ENDS_WITHIN)
            os._exit(1)


def _log_to_stderr(name: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine(f"%(asctime)s {name}: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)


class _OneLine(logging.Formatter):
    """One line per event, also where an error has many."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        """Return the instant in UTC."""
        return f"{SystemClock().now():%Y-%m-%dT%H:%M:%SZ}"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return " | ".join(line.strip() for line in super().format(record).splitlines() if line.strip())
