"""Decide for everybody a scenario wants to reach: send, hold out, or stay silent and say why.

The questions, in this order; the first that says no ends it, with its reason:

1. Is there an address?  2. Is there a consent or another basis for the purpose?  3. Is the address suppressed?
4. Do the caps leave room? Scenarios of higher priority go first.  5. Quiet hours move it to the next allowed minute.
6. Would it come too late then?

Those held out are asked the same questions, so that the report knows what they would have got; they are sent nothing
and use up no cap. Pure: the same tables and `now`, the same decisions.
"""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.decide.cap import capped
from tenshu.decide.policy import EXEMPT_PURPOSES, Policy
from tenshu.decide.quiet_hours import allowed_at
from tenshu.decide.reasons import Reason
from tenshu.store.ledger import INSTANT

DECIDED: Final = pl.Schema(
    {
        "enrolment": pl.Int64(),
        "visit": pl.Int64(),
        "journey": pl.String(),
        "version": pl.Int64(),
        "step": pl.String(),
        "customer": pl.Int64(),
        "channel": pl.String(),
        "purpose": pl.String(),
        "template": pl.String(),
        "address": pl.String(),
        "address_digest": pl.Binary(),
        "zone": pl.String(),
        "outcome": pl.String(),
        "reason": pl.String(),
        "is_ghost": pl.Boolean(),
        "decided_at": INSTANT,
        "due_at": INSTANT,
        "expires_at": INSTANT,
    }
)
_FACTS: Final = ("address", "address_digest", "consent", "suppressed_reason", "zone")
_GRANTED: Final = "granted"


def decide(
    proposals: pl.DataFrame,
    people: pl.DataFrame,
    contacts: pl.DataFrame,
    policy: Policy,
    *,
    now: datetime,
    zone: str,
) -> pl.DataFrame:
    """Decide on every proposal.

    Args:
        proposals: `journey.advance.PROPOSALS` of all scenarios together.
        people: customer, address, address_digest, consent (`granted:opt_in`, `revoked`..., null = nothing recorded),
            suppressed_reason (null = none), zone (null = the shop's); where consents or suppressions differ by them
            also channel and purpose, one row each.
        contacts: what these people got or are promised, since `policy.earliest(now)`: customer, channel, journey,
            purpose, at (when it was sent, else when it is due).
        policy: caps and quiet hours.
        now: business time.
        zone: the shop's.

    Returns:
        One row a proposal, columns `DECIDED`, ordered by (enrolment, visit). `due_at` is the earliest it may go;
        `is_ghost` = held out, and would have been sent.
    """
    asked = _with_people(proposals, people)
    asked = asked.with_columns(
        due_at=pl.when(_is_exempt())
        .then(pl.lit(now, INSTANT))
        .otherwise(allowed_at(asked["zone"], policy.quiet_hours, now=now, zone=zone)),
        no=_reason_about_person(),
    ).with_columns(is_late=(pl.col("expires_at") <= pl.col("due_at")).fill_null(value=False))
    ordered = asked.sort(pl.col("priority"), "journey", "enrolment", "visit", descending=[True, False, False, False])
    wanted = ordered.with_columns(
        at=pl.col("due_at"),
        may_go=pl.col("no").is_null() & ~pl.col("is_late"),
        is_counted=~_is_held_out(),
    )
    is_capped = capped(wanted, contacts, policy, zone=zone)
    reason = pl.coalesce("no", pl.when(is_capped).then(pl.lit(Reason.CAPPED.value))).fill_null(
        pl.when("is_late").then(pl.lit(Reason.EXPIRED.value))
    )
    return (
        ordered.with_columns(reason=reason, decided_at=pl.lit(now, INSTANT))
        .with_columns(outcome=_outcome(), is_ghost=_is_held_out() & pl.col("reason").is_null())
        .select(DECIDED.names())
        .sort("enrolment", "visit")
    )


def gather(
    proposals: pl.DataFrame, people: pl.DataFrame, consents: pl.DataFrame, suppressed: pl.DataFrame
) -> pl.DataFrame:
    """Put together what `decide` asks about people, one row a customer, channel and purpose that is proposed.

    Args:
        proposals: customer, channel, purpose.
        people: customer, address, address_digest, zone.
        consents: customer, channel, purpose, status, basis.
        suppressed: address_digest, purpose (`*` = every), reason; and if known channel.
    """
    wanted = proposals.select("customer", "channel", "purpose").unique(maintain_order=True)
    said = consents.select(
        "customer", "channel", "purpose", consent=pl.concat_str("status", "basis", separator=":", ignore_nulls=True)
    )
    by_address = ["address_digest", "channel"] if "channel" in suppressed.columns else ["address_digest"]
    always = suppressed.filter(pl.col("purpose") == "*").select(*by_address, always="reason")
    scoped = suppressed.filter(pl.col("purpose") != "*").select(*by_address, "purpose", why="reason")
    return (
        wanted.join(
            people.select("customer", "address", "address_digest", "zone"), on="customer", maintain_order="left"
        )
        .join(said, on=["customer", "channel", "purpose"], how="left", maintain_order="left")
        .join(always.unique(by_address), on=by_address, how="left", maintain_order="left")
        .join(scoped, on=[*by_address, "purpose"], how="left", maintain_order="left")
        .with_columns(suppressed_reason=pl.coalesce("always", "why"))
        .drop("always", "why")
    )


def _with_people(proposals: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    key = ["customer", *(name for name in ("channel", "purpose") if name in people.columns)]
    return proposals.join(people.select(*key, *_FACTS), on=key, how="left", maintain_order="left")


def _is_exempt() -> pl.Expr:
    return pl.col("purpose").is_in(EXEMPT_PURPOSES)


def _is_held_out() -> pl.Expr:
    return (pl.col("arm") == "held_out") & ~_is_exempt()


def _reason_about_person() -> pl.Expr:
    """Return the first reason in the person: address, basis, suppression; null when there is none.

    What a customer is waiting for (service) needs no recorded consent, but a refusal counts there too.
    """
    consent = pl.col("consent")
    has_address = pl.col("address").is_not_null() & (pl.col("address") != "")
    return (
        pl.when(~has_address)
        .then(pl.lit(Reason.NO_ADDRESS.value))
        .when(consent.is_null() & ~_is_exempt())
        .then(pl.lit(Reason.NO_BASIS.value))
        .when(consent.is_not_null() & (consent.str.split(":").list.first() != _GRANTED))
        .then(pl.lit(Reason.REFUSED.value))
        .otherwise(pl.col("suppressed_reason"))
    )


def _outcome() -> pl.Expr:
    return (
        pl.when(_is_held_out())
        .then(pl.lit("held_out"))
        .when(pl.col("reason").is_null())
        .then(pl.lit("send"))
        .otherwise(pl.lit("suppressed"))
    )
