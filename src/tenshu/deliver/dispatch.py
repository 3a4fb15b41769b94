"""Take the outbox to the channel: claim, render, hand over, settle; the same live and in fast-forward."""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import polars as pl

from tenshu.decide.policy import Policy
from tenshu.deliver.channel import Channel, Outcome, Outgoing, Receipt
from tenshu.deliver.outbox import IN_FLIGHT, LEASE_FOR, claim, put_back, renew, settle
from tenshu.deliver.render import Renderer
from tenshu.kit.errors import TenshuError
from tenshu.know.profile import profiles
from tenshu.recommend.bought_together import reason_sentence, recommend
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

#: What a template may use besides the customer and the shop: name -> rows for these customers.
RECOMMENDATIONS: Final = "recommendations"
RENEW_EVERY: Final = LEASE_FOR / 5


class Dispatcher:
    """One dispatcher: it holds at most W messages at a time.

    Args:
        ledger: where the outbox is.
        warehouse: where profiles and recommendations are read.
        channel: where messages go.
        renderer: makes them.
        policy: caps for the last check.
        worker: this dispatcher's name in the leases, unlike any other's; drawn when none is given.
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
    ) -> None:
        self.ledger = ledger
        self.warehouse = warehouse
        self.channel = channel
        self.renderer = renderer
        self.policy = policy
        self.worker = worker or f"dispatcher-{secrets.token_hex(6)}"

    def run(self, *, now: datetime, on_settled: Callable[[pl.DataFrame, list[Receipt]], None] | None = None) -> int:
        """Hand over everything that is due; return how many messages were handed over.

        Args:
            now: business time.
            on_settled: told each batch and its receipts.
        """
        handed_over = 0
        while True:
            zone = self.renderer.shop.zone
            claimed = claim(self.ledger, now=now, worker=self.worker, policy=self.policy, zone=zone, limit=IN_FLIGHT)
            if claimed.is_empty():
                return handed_over
            try:
                messages, failures = self._render(claimed, now)
            except BaseException:
                put_back(self.ledger, claimed)
                raise
            with self._held():
                receipts = failures + (self.channel.send(messages) if messages else [])
            settle(self.ledger, claimed, receipts, now=now)
            handed_over += len(messages)
            if on_settled is not None:
                on_settled(claimed, receipts)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Renew the leases for as long as a slow receiver takes."""
        done = threading.Event()

        def hold() -> None:
            while not done.wait(RENEW_EVERY.total_seconds()):
                renew(self.ledger, self.worker)

        holder = threading.Thread(target=hold, name="leases", daemon=True)
        holder.start()
        try:
            yield
        finally:
            done.set()
            holder.join()

    def _render(self, claimed: pl.DataFrame, now: datetime) -> tuple[list[Outgoing], list[Receipt]]:
        people = claimed["customer"].unique().sort()
        traits = {row["customer"]: row for row in profiles(self.warehouse, now=now, customers=people).to_dicts()}
        extras = self._extras(claimed, traits, now)
        messages: list[Outgoing] = []
        failures: list[Receipt] = []
        for row in claimed.iter_rows(named=True):
            try:
                customer = traits.get(row["customer"], {})
                messages.append(self.renderer.render(row, customer, extras.get(row["customer"], {}), now=now))
            except Exception as problem:  # noqa: BLE001 - one poisoned message must not stop the others: it is listed
                failures.append(_unrenderable(row, problem))
        return messages, failures

    def _extras(
        self, claimed: pl.DataFrame, traits: Mapping[int, Mapping[str, Any]], now: datetime
    ) -> dict[int, dict[str, Any]]:
        """Return what some templates use besides the person, by customer: suggestions with their reason in words."""
        names = self.renderer.wants(claimed["template"], RECOMMENDATIONS)
        wanted = claimed.filter(pl.col("template").is_in(names))
        if wanted.is_empty():
            return {}
        found = recommend(self.warehouse, wanted["customer"].unique().sort(), now=now)
        extras: dict[int, dict[str, Any]] = {}
        for row in found.sort("customer", "rank").iter_rows(named=True):
            language = traits.get(row["customer"], {}).get("language") or self.renderer.shop.language
            reason = reason_sentence(row["reason"], row["because_name"], language)
            item = {"product_id": row["product_id"], "name": row["name"], "reason": reason}
            extras.setdefault(row["customer"], {RECOMMENDATIONS: []})[RECOMMENDATIONS].append(item)
        return extras


def _unrenderable(row: Mapping[str, Any], problem: Exception) -> Receipt:
    said = problem.text("en") if isinstance(problem, TenshuError) else repr(problem)
    return Receipt(enrolment=row["enrolment"], visit=row["visit"], outcome=Outcome.REFUSED, code="render", text=said)
