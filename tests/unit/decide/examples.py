"""Proposals, people and contacts that the tests of decisions start from."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl

from tenshu.decide.cap import capped
from tenshu.decide.policy import Cap, Policy
from tenshu.journey.advance import PROPOSALS
from tenshu.store.ledger import INSTANT

TOKYO: Final = "Asia/Tokyo"
#: Monday 2026-01-05, 10:00 in Tokyo.
NOW: Final = datetime(2026, 1, 5, 1, tzinfo=UTC)
NO_RULES: Final = Policy(caps=(), quiet_hours=None)
CONTACTS: Final[dict[str, Any]] = {
    "customer": pl.Int64,
    "channel": pl.String,
    "journey": pl.String,
    "purpose": pl.String,
    "at": INSTANT,
}
PEOPLE: Final[dict[str, Any]] = {
    "customer": pl.Int64,
    "address": pl.String,
    "address_digest": pl.Binary,
    "consent": pl.String,
    "suppressed_reason": pl.String,
    "zone": pl.String,
}


def a_day(limit: int = 1, days: int = 1, **scope: Any) -> Cap:
    """Return a cap in local days."""
    return Cap(limit=limit, days=days, **scope)


def with_caps(*caps: Cap) -> Policy:
    """Return a policy of these caps and no quiet hours."""
    return Policy(caps=caps, quiet_hours=None)


def proposal(customer: int = 1, **changes: Any) -> dict[str, Any]:
    """Return one proposal; the enrolment's number is the customer's unless given."""
    row = {
        "enrolment": customer,
        "visit": 0,
        "journey": "welcome-back",
        "version": 1,
        "step": "hello",
        "customer": customer,
        "arm": "treated",
        "channel": "email",
        "purpose": "marketing",
        "priority": 50,
        "template": "t",
        "expires_at": None,
    }
    return {**row, **changes}


def proposals(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return proposals as a frame."""
    return pl.DataFrame(list(rows), schema=PROPOSALS)


def person(customer: int = 1, **changes: Any) -> dict[str, Any]:
    """Return one person who may be written to."""
    row = {
        "customer": customer,
        "address": f"c{customer}@example.com",
        "address_digest": f"c{customer}".encode(),
        "consent": "granted:opt_in",
        "suppressed_reason": None,
        "zone": None,
    }
    return {**row, **changes}


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return people as a frame."""
    return pl.DataFrame(list(rows), schema=PEOPLE)


def contact(customer: int = 1, ago: timedelta = timedelta(0), **changes: Any) -> dict[str, Any]:
    """Return one contact, so long before now."""
    row = {"customer": customer, "channel": "email", "journey": "other", "purpose": "marketing", "at": NOW - ago}
    return {**row, **changes}


def contacts(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return contacts as a frame."""
    return pl.DataFrame(list(rows), schema=CONTACTS)


def over_cap_at_once(
    rows: pl.DataFrame, before: pl.DataFrame, policy: Policy, *, now: datetime, zone: str
) -> list[bool]:
    """Say of messages that are about to be handed over which would break a cap, by whole frames."""
    key = ["enrolment", "visit"]
    if set(key) <= set(before.columns):
        before = before.join(rows.select(key), on=key, how="anti")
    going = rows.with_columns(at=pl.lit(now, INSTANT), may_go=pl.lit(value=True), is_counted=pl.lit(value=True))
    return list(capped(going, before, policy, zone=zone))
