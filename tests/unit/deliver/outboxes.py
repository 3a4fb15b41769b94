"""A shop whose outbox a test can spoil on purpose."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select, update

from tenshu.bootstrap import Shop
from tenshu.decide.policy import Policy, write_policy
from tenshu.decide.tables import decisions
from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.outbox import IN_FLIGHT, claim, settle
from tenshu.deliver.tables import KEY, outbox
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.store.ledger import Ledger
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick

FREE = Policy(caps=(), quiet_hours=None)


def shop_with(home: Path, people: int, **changes: Any) -> tuple[Shop, SetClock]:
    """Return a shop with a broadcast decided for so many people beside the cast, nobody's caps in the way."""
    shop, clock = open_small_shop(home, people=people)
    with shop.ledger.writing() as tx:
        write_policy(tx, FREE)
    add_template(shop)
    start(shop, **changes)
    tick(shop)
    return shop, clock


def take(shop: Shop, *, limit: int = IN_FLIGHT, worker: str = "one") -> pl.DataFrame:
    """Claim what may go."""
    return claim(shop.ledger, now=shop.clock.now(), worker=worker, policy=FREE, zone="Asia/Tokyo", limit=limit)


def accept_all(shop: Shop, *, limit: int = IN_FLIGHT, worker: str = "one") -> list[tuple[int, int]]:
    """Claim and settle as accepted until nothing is left; return the keys in the order of the hand-overs."""
    keys: list[tuple[int, int]] = []
    while len(claimed := take(shop, limit=limit, worker=worker)):
        keys += claimed.select(KEY).rows()
        settle(shop.ledger, claimed, receipts(claimed, Outcome.ACCEPTED), now=shop.clock.now())
    return keys


def receipts(claimed: pl.DataFrame, outcome: Outcome) -> list[Receipt]:
    """Answer for each of the messages."""
    return [Receipt(enrolment=one, visit=two, outcome=outcome) for one, two in claimed.select(KEY).rows()]


def states(ledger: Ledger) -> dict[str, int]:
    """Count the outbox by state."""
    with ledger.reading() as tx:
        return dict(tx.frame(select(outbox.c.state)).group_by("state").len().rows())


def requeue(shop: Shop, **where: Any) -> None:
    """The bug of bugs: sent messages are queued again."""
    wanted = [outbox.c[name] == value for name, value in where.items()]
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.state == "sent", *wanted).values(state="queued"))


def enter_again(shop: Shop, *, since: timedelta = timedelta(), entry_key: str = "again") -> None:
    """A bug that lets everybody enter a second time, with decisions and messages of their own."""
    with shop.ledger.writing() as tx:
        walks = tx.frame(select(enrolments))
        tx.insert(enrolments, _twin(walks, entered_at=pl.col("entered_at") + since, entry_key=pl.lit(entry_key)))
        tx.insert(decisions, _twin(tx.frame(select(decisions))))
        rows = tx.frame(select(outbox))
        tx.insert(outbox, _twin(rows, state=pl.lit("queued"), attempt=pl.lit(0)).drop("worker", "lease_at"))


def _twin(rows: pl.DataFrame, **changes: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(enrolment=pl.col("enrolment") + 10_000, **changes)


def on(days: float) -> Any:
    """Return the instant so many days after the broadcast."""
    return MONDAY + timedelta(days=days)
