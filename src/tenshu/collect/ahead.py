"""The inbox, read ahead: the requests of the next batch are read while the one before is being written elsewhere."""

from pathlib import Path

import msgspec
import polars as pl

from tenshu.collect.inbox import forget, last_seq, read_requests
from tenshu.store.ledger import Ledger


class _Read(msgspec.Struct, frozen=True, eq=False):
    first: int
    last: int
    facts: pl.DataFrame
    paths: list[str]


class ReadAhead:
    """Reads the inbox, at most one batch ahead; for one process, which is the only one that drops requests.

    Requests never change, and none is added below a number that was seen: what was read ahead is what is there.

    Args:
        inbox: where facts wait.
        limit: how many requests a batch takes at most.
        home: where staged files are; None = they are not removed.
    """

    def __init__(self, inbox: Ledger, *, limit: int, home: Path | None = None) -> None:
        self._inbox = inbox
        self._limit = limit
        self._home = home
        self._next: _Read | None = None
        self._digested = 0

    @property
    def has_more(self) -> bool:
        """Whether the next batch lies ready, so that what is digested may be dropped meanwhile."""
        return self._next is not None

    def put_off(self, last: int) -> None:
        """Note that requests up to this one are digested and are to be dropped at the next `look`."""
        self._digested = last

    def look(self, after: int) -> None:
        """Drop what was put off, and read what waits behind a request, if anything does."""
        if self._digested:
            forget(self._inbox, self._digested, home=self._home)
            self._digested = 0
        last = last_seq(self._inbox, after=after, limit=self._limit)
        self._next = None if last is None else _Read(after + 1, last, *read_requests(self._inbox, after + 1, last))

    def last_seq(self, after: int) -> int | None:
        """Return the last request of the next batch, None when nothing waits; see `inbox.last_seq`."""
        if self._next is not None and self._next.first == after + 1:
            return self._next.last
        return last_seq(self._inbox, after=after, limit=self._limit)

    def read(self, first: int, last: int) -> tuple[pl.DataFrame, list[str]]:
        """Return the facts of the requests, and the paths of staged files among them; see `inbox.read_requests`."""
        ahead, self._next = self._next, None
        if ahead is not None and (ahead.first, ahead.last) == (first, last):
            return ahead.facts, ahead.paths
        return read_requests(self._inbox, first, last)
