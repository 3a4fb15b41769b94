"""Homes for the tick: a shop of any size with a hundred kept segments, with or without people waiting in a scenario."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from benchmarks.conditions_of import conditions
from benchmarks.shop_ledger import fill_identifiers
from benchmarks.shop_of import batches, fill_shop
from tenshu.bootstrap import open_shop
from tenshu.collect.tables import batches as batches_table
from tenshu.journey import records
from tenshu.journey.definition import parse_journey
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.know.publish import publish_ranks
from tenshu.segment.saved import save_segment
from tenshu.store.ledger import INSTANT, ROWS_A_TRANSACTION

#: A Monday noon in Tokyo; the last of the shop's facts happened then.
NOW: Final = datetime(2026, 6, 1, 3, tzinfo=UTC)
SEGMENTS: Final = 100
_WAITING: Final[dict[str, Any]] = {
    "tenshu": "journey/1",
    "name": "waiting",
    "title": {"ja": "待つ", "en": "Waiting"},
    "holdout_rate": 0.1,
    "entry": {"kind": "event", "event": "cart_changed"},
    "reentry": {"kind": "never"},
    "goal": {"event": "order_completed", "within_days": 30, "target_rate": 0.05, "ends_journey": True},
    "review_on": "2026-09-01",
    "first_step": "pause",
    "steps": {
        "pause": {"kind": "wait", "days": 20, "at": "12:00", "next": "send"},
        "send": {"kind": "send", "channel": "email", "template": "hello", "next": "end"},
        "end": {"kind": "exit"},
    },
}


def prepare(home: str, customers: int, facts: int) -> None:
    """Make the shop: facts, identifiers, published ranks, segments that are not filled yet."""
    shop = open_shop(Path(home), create=True, clock=SetClock(NOW))
    fill_shop(shop.warehouse, customers=customers, facts=facts, now=NOW)
    fill_identifiers(shop.ledger, customers)
    publish_ranks(shop.warehouse, now=NOW, zone=shop.settings.zone)
    done = {"batch": batches(facts), "first_seq": 0, "last_seq": 0, "state": "digested", "now_at": NOW}
    with shop.ledger.writing() as tx:
        tx.insert(batches_table, pl.DataFrame([done]))
        for name, condition in conditions(SEGMENTS).items():
            save_segment(tx, name, {"en": name, "ja": name}, condition, now=NOW)
    shop.warehouse.checkpoint()
    shop.close()


def let_wait(home: str, customers: int) -> None:
    """Let every customer of a prepared shop wait in a scenario; nobody is due for days."""
    shop = open_shop(Path(home), clock=SetClock(NOW))
    with shop.ledger.writing() as tx:
        records.start(tx, parse_journey(_WAITING), now=NOW - timedelta(days=10), due_at=None)
    for first in range(1, customers + 1, ROWS_A_TRANSACTION):
        who = pl.DataFrame({"customer": range(first, min(first + ROWS_A_TRANSACTION, customers + 1))})
        walks = who.select(
            enrolment="customer",
            journey=pl.lit("waiting"),
            version=pl.lit(1),
            customer="customer",
            entry_key=pl.lit("once"),
            arm=pl.when(pl.col("customer") % 10 == 0).then(pl.lit("held_out")).otherwise(pl.lit("treated")),
            entered_at=pl.lit(NOW - timedelta(days=5), INSTANT),
            status=pl.lit("active"),
            step=pl.lit("send"),
            visit=pl.lit(1),
            due_at=pl.lit(NOW + timedelta(days=15), INSTANT),
        )
        with shop.ledger.writing() as tx:
            tx.insert(enrolments, walks)
    shop.close()
