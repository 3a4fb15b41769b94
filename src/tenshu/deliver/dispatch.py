"""Take the outbox to the channel: claim, render, hand over, settle; the same live and in fast-forward."""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from sqlalchemy.exc import OperationalError

from tenshu.decide.policy import Policy
from tenshu.deliver import breaker
from tenshu.deliver.channel import Channel, Outcome, Outgoing, Receipt
from tenshu.deliver.ending import close_ended
from tenshu.deliver.outbox import IN_FLIGHT, LEASE_FOR, Done, claim, put_back, renew, settle
from tenshu.deliver.people import AHEAD, Addressed, People
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
#: The code of the receipt of a message that cannot be made.
UNRENDERABLE: Final = "render"
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

    def run(self, *, now: datetime, on_receipts: Callable[[pl.DataFrame, list[Receipt]], None] | None = None) -> int:
        """Hand over everything that is due; return how many messages were handed over.

        Args:
            now: business time.
            on_receipts: told each batch and its receipts, before they are written down; when it raises, they are, and
                nothing is left in hand.
        """
        handed_over = 0
        with self._held():
            claimed = self._claim(now)
            while len(claimed):
                receipts = self._hand_over(claimed, now)
                handed_over += sum(receipt.code != UNRENDERABLE for receipt in receipts)
                if on_receipts is not None:
                    self._tell(on_receipts, claimed, receipts, now)
                claimed = self._settle_and_claim(claimed, receipts, now)
        return handed_over

    def _tell(
        self,
        on_receipts: Callable[[pl.DataFrame, list[Receipt]], None],
        claimed: pl.DataFrame,
        receipts: list[Receipt],
        now: datetime,
    ) -> None:
        try:
            on_receipts(claimed, receipts)
        except BaseException:
            self._settle(claimed, receipts, now)
            raise

    def _settle_and_claim(self, claimed: pl.DataFrame, receipts: list[Receipt], now: datetime) -> pl.DataFrame:
        """Settle and take the next messages at once; where that fails, settle alone, so that nothing is in doubt."""
        try:
            return self._claim(now, (claimed, receipts))
        except BaseException as problem:
            self._settle(claimed, receipts, now)
            if not isinstance(problem, OperationalError):
                raise
        return self._claim(now)

    def _claim(self, now: datetime, done: Done | None = None) -> pl.DataFrame:
        """Settle what is done and take the next messages, in one transaction."""
        self._look_around(now)
        zone, most = self.renderer.shop.zone, self.in_flight
        return claim(self.ledger, now=now, worker=self.worker, policy=self.policy, zone=zone, limit=most, done=done)

    def _hand_over(self, claimed: pl.DataFrame, now: datetime) -> list[Receipt]:
        """Hand the messages over; what an interruption leaves unmade is queued again, the rest written down."""
        try:
            making = _Making(self.renderer, self._people(claimed, now), now)
            reach("outbox.rendered")
        except BaseException:
            put_back(self.ledger, claimed)
            raise
        receipts = self.channel.send(making) + making.failures
        reach("outbox.handed_over")
        if making.problem is not None:
            put_back(self.ledger, claimed[making.begun :])
            self._settle(claimed[: making.begun], receipts, now)
            raise making.problem
        return receipts

    def _people(self, claimed: pl.DataFrame, now: datetime) -> Iterable[Addressed]:
        return self.people.of(claimed, now=now, ahead=lambda: coming(self.ledger, now, AHEAD))

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
        """Renew the leases of what is in hand, for as long as a slow receiver takes."""
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


class _Making:
    """The messages of one claim: each is rendered when the channel asks for it, while the receiver has another.

    Args:
        renderer: makes them.
        people: each message's row, its person and what else its template uses.
        now: business time.

    Attributes:
        begun: how many have been asked for.
        failures: what became of those that cannot be rendered.
        problem: what ended the making: what comes after it has not been handed to anybody.
    """

    def __init__(self, renderer: Renderer, people: Iterable[Addressed], now: datetime) -> None:
        self._renderer = renderer
        self._people = people
        self._now = now
        self.begun = 0
        self.failures: list[Receipt] = []
        self.problem: BaseException | None = None

    def __iter__(self) -> Iterator[Outgoing]:
        """Yield the messages in order, once."""
        for row, customer, extras in self._people:
            try:
                message = self._renderer.render(row, customer, extras, now=self._now)
            except Exception as problem:  # noqa: BLE001 - one poisoned message must not stop the others: it is listed
                self.begun += 1
                self.failures.append(_unrenderable(row, problem))
            except BaseException as problem:  # noqa: BLE001 - raised again when what was handed over is written down
                self.problem = problem
                return
            else:
                self.begun += 1
                yield message


def _unrenderable(row: Mapping[str, Any], problem: Exception) -> Receipt:
    said = problem.text("en") if isinstance(problem, TenshuError) else repr(problem)
    return Receipt(
        enrolment=row["enrolment"], visit=row["visit"], outcome=Outcome.REFUSED, code=UNRENDERABLE, text=said
    )
