"""Take the outbox to the channel: claim, render, hand over, settle; the same live and in fast-forward."""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from sqlalchemy.exc import OperationalError

from tenshu.decide.policy import Policy
from tenshu.deliver import breaker
from tenshu.deliver.channel import Channel, Outcome, Outgoing, Receipt
from tenshu.deliver.ending import close_ended
from tenshu.deliver.outbox import IN_FLIGHT, LEASE_FOR, claim, put_back, renew, settle
from tenshu.deliver.people import AHEAD, People
from tenshu.deliver.queue import coming
from tenshu.deliver.render import Renderer
from tenshu.kit.clock import elapsed, rest
from tenshu.kit.errors import TenshuError
from tenshu.kit.failpoint import reach
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

#: How often, in seconds, and after which step of the business clock the breaker looks at what is due as a whole.
LOOK_EVERY: Final = 10.0
LOOK_WITHIN: Final = timedelta(minutes=5)
RENEW_EVERY: Final = LEASE_FOR / 5
#: How often, and after which pauses, what became of messages is written down again when the ledger refuses.
SETTLE_AGAIN: Final = tuple(timedelta(seconds=seconds) for seconds in (0.2, 0.5, 1, 2, 5, 10, 20, 30))


class Dispatcher:
    """One dispatcher: it holds at most W messages at a time.

    Args:
        ledger: where the outbox is.
        warehouse: where profiles and recommendations are read.
        channel: where messages go.
        renderer: makes them.
        policy: caps for the last check.
        worker: this dispatcher's name in the leases, unlike any other's; drawn when none is given.
        in_flight: W, messages that it has in its hands at a time.
    """

    def __init__(
        self,
        ledger: Ledger,
        warehouse: Warehouse,
        *,
        channel: Channel,
        renderer: Renderer,
        policy: Policy,
        worker: str | None = None,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self.ledger = ledger
        self.warehouse = warehouse
        self.channel = channel
        self.renderer = renderer
        self.policy = policy
        self.worker = worker or f"dispatcher-{secrets.token_hex(6)}"
        self.in_flight = in_flight
        self.people = People(warehouse, renderer)
        self._looked: datetime | None = None
        self._looked_at = 0.0

    def run(self, *, now: datetime, on_settled: Callable[[pl.DataFrame, list[Receipt]], None] | None = None) -> int:
        """Hand over everything that is due; return how many messages were handed over.

        Args:
            now: business time.
            on_settled: told each batch and its receipts.
        """
        zone, handed_over = self.renderer.shop.zone, 0
        while True:
            self._look_around(now)
            claimed = claim(
                self.ledger, now=now, worker=self.worker, policy=self.policy, zone=zone, limit=self.in_flight
            )
            if claimed.is_empty():
                return handed_over
            try:
                messages, failures = self._render(claimed, now)
                reach("outbox.rendered")
            except BaseException:
                put_back(self.ledger, claimed)
                raise
            with self._held():
                receipts = failures + (self.channel.send(messages) if messages else [])
                reach("outbox.handed_over")
                self._settle(claimed, receipts, now)
            handed_over += len(messages)
            if on_settled is not None:
                on_settled(claimed, receipts)

    def _look_around(self, now: datetime) -> None:
        """Ask now and then whether what is due makes sense as a whole; at once when the clock has jumped."""
        is_near = self._looked is not None and abs(now - self._looked) < LOOK_WITHIN
        if is_near and elapsed() - self._looked_at < LOOK_EVERY:
            return
        close_ended(self.ledger, now=now)
        breaker.watch(self.ledger, now=now)
        self._looked, self._looked_at = now, elapsed()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Renew the leases for as long as a slow receiver takes."""
        done = threading.Event()

        def hold() -> None:
            while not done.wait(RENEW_EVERY.total_seconds()):
                try:
                    renew(self.ledger, self.worker)
                except OperationalError:
                    continue  # a full disk or a busy ledger: the next time may do

        holder = threading.Thread(target=hold, name="leases", daemon=True)
        holder.start()
        try:
            yield
        finally:
            done.set()
            holder.join()

    def _settle(self, claimed: pl.DataFrame, receipts: list[Receipt], now: datetime) -> None:
        """Write down what became of them; while the ledger refuses (a full disk), nothing else is sent."""
        for pause in SETTLE_AGAIN:
            try:
                settle(self.ledger, claimed, receipts, now=now)
            except OperationalError:
                rest(pause)
            else:
                return
        settle(self.ledger, claimed, receipts, now=now)

    def _render(self, claimed: pl.DataFrame, now: datetime) -> tuple[list[Outgoing], list[Receipt]]:
        messages: list[Outgoing] = []
        failures: list[Receipt] = []
        for row, customer, extras in self.people.of(claimed, now=now, ahead=lambda: coming(self.ledger, now, AHEAD)):
            try:
                messages.append(self.renderer.render(row, customer, extras, now=now))
            except Exception as problem:  # noqa: BLE001 - one poisoned message must not stop the others: it is listed
                failures.append(_unrenderable(row, problem))
        return messages, failures


def _unrenderable(row: Mapping[str, Any], problem: Exception) -> Receipt:
    said = problem.text("en") if isinstance(problem, TenshuError) else repr(problem)
    return Receipt(enrolment=row["enrolment"], visit=row["visit"], outcome=Outcome.REFUSED, code="render", text=said)
