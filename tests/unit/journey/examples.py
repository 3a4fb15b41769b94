"""Definitions and frames that the tests of scenarios start from."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from tenshu.condition import Condition
from tenshu.journey.advance import Holds
from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.entry import ENROLMENTS, enrol
from tenshu.store.ledger import INSTANT

TOKYO: Final = "Asia/Tokyo"
#: Monday 2026-01-05, 10:00 in Tokyo.
NOW: Final = datetime(2026, 1, 5, 1, tzinfo=UTC)
IN_OSAKA: Final[dict[str, Any]] = {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "大阪府"}
IN_TOKYO: Final[dict[str, Any]] = {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "東京都"}

STEP_MAIL: Final[dict[str, Any]] = {
    "tenshu": "journey/1",
    "name": "welcome-back",
    "title": {"ja": "お久しぶりの方へ", "en": "Welcome back"},
    "entry": {"kind": "daily", "at": "10:00", "condition": IN_OSAKA},
    "reentry": {"kind": "never"},
    "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.05},
    "review_on": "2026-03-01",
    "first_step": "hello",
    "steps": {
        "hello": {"kind": "send", "channel": "email", "template": "welcome-back-1", "next": "wait"},
        "wait": {"kind": "wait", "days": 3, "at": "10:00", "next": "asked"},
        "asked": {
            "kind": "branch",
            "cases": [{"when": IN_OSAKA, "next": "again"}, {"when": IN_TOKYO, "next": "end"}],
            "otherwise": "draw",
        },
        "again": {"kind": "send", "channel": "email", "template": "welcome-back-2", "next": "end"},
        "draw": {
            "kind": "split",
            "arms": [
                {"name": "a", "share": 0.25, "next": "again"},
                {"name": "b", "share": 0.75, "next": "later"},
            ],
        },
        "later": {"kind": "wait", "hours": 2, "next": "end"},
        "end": {"kind": "exit", "outcome": "done"},
    },
}
SEND_AND_END: Final[dict[str, Any]] = {
    "hello": {"kind": "send", "channel": "email", "template": "t", "next": "end"},
    "end": {"kind": "exit"},
}


def shown(text: str) -> datetime:
    """Return what a clock on the wall shows, which names no zone."""
    return datetime.fromisoformat(text)


def definition(**changes: Any) -> dict[str, Any]:
    """Return a definition as decoded JSON, with other values at the top."""
    return {**deepcopy(STEP_MAIL), **deepcopy(changes)}


def journey(**changes: Any) -> Journey:
    """Return a scenario, with other values at the top."""
    return parse_journey(definition(**changes))


def on_event(**changes: Any) -> Journey:
    """Return a scenario that an order opens."""
    entry = {"kind": "event", "event": "order_completed", **changes}
    return journey(entry=entry, steps=SEND_AND_END, reentry={"kind": "always"})


def no_past() -> pl.DataFrame:
    """Return nobody's walks."""
    return pl.DataFrame(schema={name: ENROLMENTS[name] for name in ("customer", "entry_key", "entered_at", "status")})


def entered(scenario: Journey, customers: list[int], now: datetime = NOW) -> pl.DataFrame:
    """Return new enrolments of these customers."""
    candidates = pl.DataFrame({"customer": customers, "entry_key": ["k"] * len(customers)})
    return enrol(candidates, no_past(), scenario, version=1, now=now, next_enrolment=1)


def holding(**names: set[int]) -> Holds:
    """Return what answers conditions: each holds for the named set of customers, others for nobody."""

    def holds(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        answers = {name: customers.is_in(list(names.get(name, set()))) for name in conditions}
        return pl.DataFrame({"customer": customers, **answers})

    return holds


def facts(*rows: tuple[int | None, str, datetime, str | None, str | None]) -> pl.DataFrame:
    """Return facts of customers: customer, event, occurred_at, order_no, properties."""
    schema = {
        "customer": pl.Int64(),
        "event": pl.String(),
        "occurred_at": INSTANT,
        "order_no": pl.String(),
        "properties": pl.String(),
    }
    return pl.DataFrame(list(rows), schema=schema, orient="row")
