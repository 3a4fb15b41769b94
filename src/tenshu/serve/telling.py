"""The owner's loop: do what is due once a second, and at once what somebody tells; one thing after the other.

Only this loop writes to the warehouse. Whoever tells something waits in a thread of his own for its result.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, Final

from tenshu.kit.clock import elapsed
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, current_language, speaking
from tenshu.kit.progress import Progress

#: A tick begins at most so often, in seconds.
TICK_EVERY: Final = 1.0
LONGEST_BACKOFF: Final = 60.0
_log = logging.getLogger(__name__)

Work = Callable[..., Any]


class OwnerEnds(TenshuError):
    """Something was told to an owner that is about to end."""

    template = N_("The process that keeps the warehouse open is just ending. Try again in a moment.")
    status = 503


@dataclass(frozen=True)
class _Order:
    work: Work
    progress: Progress
    given: dict[str, Any]
    language: str
    result: Future[Any] = field(default_factory=Future)


class TellLoop:
    """Runs a tick again and again, and orders between ticks.

    Args:
        tick: what is done once a second; None when nothing happens by itself.
        orders: what may be told, by name; each takes a `Progress` and what was given.
        every: seconds from the beginning of one tick to the next.
        is_fatal: whether after this error only a new process helps: the loop raises it.
    """

    def __init__(
        self,
        tick: Callable[[], object] | None,
        orders: Mapping[str, Work],
        *,
        every: float = TICK_EVERY,
        is_fatal: Callable[[BaseException], bool] = lambda _problem: False,
    ) -> None:
        self._tick = tick
        self._orders = orders
        self._every = every
        self._is_fatal = is_fatal
        self._told: SimpleQueue[_Order | None] = SimpleQueue()
        self._is_over = False
        self.failures = 0
        self.last_problem = ""

    def calls(self) -> dict[str, Work]:
        """Return the orders as a socket gives them: each waits until the loop has done it."""
        return {name: self._call(work) for name, work in self._orders.items()}

    def wake(self) -> None:
        """Let the loop look whether it is to stop."""
        self._told.put(None)

    def run(self, stop: Event) -> None:
        """Go on until it is told to stop; what is told and not begun by then is refused.

        Raises:
            Exception: an error after which only a new process helps.
        """
        due = elapsed()
        try:
            while not stop.is_set():
                order = self._next(due)
                if order is not None:
                    self._obey(order)
                elif not stop.is_set() and elapsed() >= due:
                    due = elapsed() + self._do_tick()
        finally:
            self._is_over = True
            self._refuse_the_rest()

    def _next(self, due: float) -> _Order | None:
        try:
            if self._tick is None:
                return self._told.get()
            return self._told.get(timeout=max(0.0, due - elapsed()))
        except Empty:
            return None

    def _do_tick(self) -> float:
        """Tick; return in how many seconds the next one is due."""
        if self._tick is None:
            return 0.0
        began = elapsed()
        try:
            self._tick()
        except Exception as problem:
            if self._is_fatal(problem):
                raise
            self.failures += 1
            self.last_problem = f"{type(problem).__name__}: {problem}"
            pause = min(LONGEST_BACKOFF, 2.0 ** min(self.failures - 1, 10))
            _log.exception("a tick failed (%d in a row), next in %g s", self.failures, pause)
            return pause
        self.failures, self.last_problem = 0, ""
        return max(0.0, self._every - (elapsed() - began))

    def _obey(self, order: _Order) -> None:
        try:
            with speaking(order.language):
                result = order.work(order.progress, **order.given)
        except BaseException as problem:
            order.result.set_exception(problem)
            if self._is_fatal(problem) or not isinstance(problem, Exception):
                raise
        else:
            order.result.set_result(result)

    def _call(self, work: Work) -> Work:
        def call(progress: Progress, **given: Any) -> Any:
            order = _Order(work, progress, given, current_language())
            self._told.put(order)
            if self._is_over:
                self._refuse_the_rest()
            return order.result.result()

        return call

    def _refuse_the_rest(self) -> None:
        while True:
            try:
                order = self._told.get_nowait()
            except Empty:
                return
            if order is not None and not order.result.done():
                order.result.set_exception(OwnerEnds())
