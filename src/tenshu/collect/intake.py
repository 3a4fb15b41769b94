"""Several threads accept at once and share their commits: none waits for more than one that is under way.

Whoever comes while nobody writes writes at once, alone; whoever comes meanwhile is written by the next, all of them
in one transaction. There is no thread of its own and no waiting for company.
"""

import threading
from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy.exc import OperationalError

from tenshu.collect.inbox import Request, append, pack
from tenshu.store.ledger import Ledger

#: Requests in one transaction.
MOST: Final = 200


class Intake:
    """The inbox, for the threads of one process.

    Args:
        inbox: the inbox's own store.
    """

    def __init__(self, inbox: Ledger) -> None:
        self.inbox = inbox
        self._changed = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_writing = False

    def accept(self, facts: pl.DataFrame, *, source: str, received_at: datetime) -> None:
        """Keep the facts as one request, as `inbox.accept` does; they are durable when this returns.

        Args:
            facts: a frame of `FACT_SCHEMA`.
            source: who told, e.g. `web`.
            received_at: business time.

        Raises:
            TextHoldsNul: the source's name holds a character that not every engine can keep.
            OperationalError: the store cannot be written; the facts may or may not be kept, and may be told again.
        """
        if facts.is_empty():
            return
        mine = _Waiting(pack(facts, source=source, received_at=received_at))
        with self._changed:
            self._waiting.append(mine)
            is_waiting, self._is_writing = self._is_writing, True
        if is_waiting:
            mine.turn.acquire()  # until it is written, or it is this thread's turn to write
        if not mine.is_done:
            self._write(mine)
        if mine.problem is not None:
            raise mine.problem

    def _write(self, mine: "_Waiting") -> None:
        """Write those who wait, this thread's request first, and hand the turn on."""
        with self._changed:
            some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._append(some)
        finally:
            with self._changed:
                following = self._waiting[0] if self._waiting else None
                self._is_writing = following is not None
            for one in some:
                one.is_done = True
                if one is not mine:
                    one.turn.release()
            if following is not None:
                following.turn.release()

    def _append(self, some: list["_Waiting"]) -> None:
        try:
            append(self.inbox, [one.request for one in some])
        except Exception as problem:  # noqa: BLE001 - handed to the thread that it concerns
            if len(some) > 1 and not isinstance(problem, OperationalError):
                for one in some:  # nobody is refused for what another gave
                    self._append([one])
                return
            for one in some:
                one.problem = problem
        else:
            for one in some:
                one.problem = None


class _Waiting:
    """A request, and how its thread is told."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.is_done = False
        #: None once it is kept; nobody ever sees this one unless the thread that writes is ended from outside.
        self.problem: Exception | None = InterruptedError("the request was not kept: its writer was interrupted")
        self.turn = threading.Lock()
        self.turn.acquire()
