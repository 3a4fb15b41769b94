"""What the ledger says about one customer: identifiers, consents, suppressions, walks, decisions, what is planned."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import func, or_, select

from tenshu.bootstrap import Shop, read_templates
from tenshu.content.shop import read_shop
from tenshu.content.template import compile_template
from tenshu.decide.policy import read_policy
from tenshu.deliver.render import context_of
from tenshu.deliver.tables import IS_QUEUED, outbox
from tenshu.identify.tables import identifiers, node_map
from tenshu.journey.tables import enrolments, journeys
from tenshu.kit.errors import TenshuError
from tenshu.measure.why import decisions_of
from tenshu.privacy.consent import effective, is_without_reason
from tenshu.privacy.suppression import digest_addresses
from tenshu.privacy.tables import consents, suppressions
from tenshu.store.ledger import Ledger
from tenshu.store.tables import to_micros

Row = dict[str, Any]
_MOST: Final = 200


def owner_of(ledger: Ledger, number: int) -> int | None:
    """Return the customer that a number belongs to now: itself, whoever it was merged into, or None."""
    if number >= 2**63:
        return None
    with ledger.reading() as tx:
        found = tx.value(select(node_map.c.customer).where(node_map.c.node == number))
    return None if found is None else int(found)


def identifiers_of(ledger: Ledger, customer: int) -> list[Row]:
    """Return kind, value and is_shared of each identifier of a customer."""
    query = (
        select(identifiers.c.kind, identifiers.c.value, node_map.c.is_shared)
        .join(node_map, node_map.c.node == identifiers.c.node)
        .where(node_map.c.customer == customer)
        .order_by(identifiers.c.node)
    )
    with ledger.reading() as tx:
        return tx.frame(query).to_dicts()


def consents_of(ledger: Ledger, customer: int, *, now: datetime) -> list[Row]:
    """Return every word about channels and purposes, newest first; `is_effective` says which one holds now."""
    query = (
        select(
            node_map.c.customer, consents.c.node, consents.c.channel, consents.c.purpose, consents.c.status,
            consents.c.basis, consents.c.reason, consents.c.recorded_at, consents.c.source, consents.c.proof,
            consents.c.fact_id,
        )
        .join(node_map, node_map.c.node == consents.c.node)
        .where(node_map.c.customer == customer)
    )  # fmt: skip
    with ledger.reading() as tx:
        told = tx.frame(query)
    if told.is_empty():
        return []
    is_dated = pl.col("proof").str.json_path_match("$.dated").fill_null("true") != "false"
    counted = told.with_columns(is_dated=is_dated).filter(
        (pl.col("status") != "granted") | (pl.col("recorded_at") <= now)
    )
    holds = effective(counted).select("channel", "purpose", holds="status")
    marked = told.with_columns(is_usable=~is_without_reason()).join(holds, on=["channel", "purpose"], how="left")
    newest = marked.sort("recorded_at", "fact_id", descending=True)
    return [
        row | {"proof": msgspec.json.decode(row["proof"] or "{}")}
        for row in newest.drop("customer", "node", "fact_id").head(_MOST).to_dicts()
    ]


def suppressions_of(ledger: Ledger, addresses: Iterable[str | None], key: bytes) -> list[Row]:
    """Return what stops mail to these addresses: address, channel, purpose, reason, since_at."""
    known = list(dict.fromkeys(one for one in addresses if one))
    digests = dict(zip(digest_addresses(known, key), known, strict=True))
    query = select(suppressions).where(suppressions.c.address_digest.in_([one for one in digests if one]))
    with ledger.reading() as tx:
        rows = tx.frame(query).to_dicts()
    return [{"address": digests[row.pop("address_digest")], **row} for row in rows]


def walks_of(ledger: Ledger, customer: int) -> list[Row]:
    """Return every walk through a scenario, newest first, with the scenario's titles."""
    query = (
        select(
            enrolments.c.enrolment, enrolments.c.journey, enrolments.c.version, enrolments.c.arm,
            enrolments.c.entered_at, enrolments.c.status, enrolments.c.step, enrolments.c.due_at, enrolments.c.outcome,
            enrolments.c.ended_at,
        )
        .where(enrolments.c.customer == customer)
        .order_by(enrolments.c.entered_at.desc(), enrolments.c.enrolment.desc())
        .limit(_MOST)
    )  # fmt: skip
    with ledger.reading() as tx:
        walks = tx.frame(query).to_dicts()
    titles = titles_of(ledger, {walk["journey"] for walk in walks})
    return [walk | {"title": titles.get(walk["journey"], {})} for walk in walks]


def planned_for(ledger: Ledger, customer: int) -> list[Row]:
    """Return the messages that wait to be sent, the soonest first."""
    query = (
        select(outbox.c.journey, outbox.c.step, outbox.c.template, outbox.c.due_at, outbox.c.enrolment, outbox.c.visit)
        .where(outbox.c.customer == customer, IS_QUEUED)
        .order_by(outbox.c.due_at)
        .limit(_MOST)
    )
    with ledger.reading() as tx:
        rows = tx.frame(query).to_dicts()
    titles = titles_of(ledger, {row["journey"] for row in rows})
    return [row | {"title": titles.get(row["journey"], {})} for row in rows]


def mails_of(ledger: Ledger, customer: int, *, since: datetime) -> list[Row]:
    """Return the messages that went out since then: journey, step, template, enrolment, visit, ended_at."""
    query = select(
        outbox.c.journey, outbox.c.step, outbox.c.template, outbox.c.enrolment, outbox.c.visit, outbox.c.ended_at,
        outbox.c.purpose,
    ).where(outbox.c.customer == customer, outbox.c.state == "sent", outbox.c.ended_at > to_micros(since))  # fmt: skip
    with ledger.reading() as tx:
        return tx.frame(query.order_by(outbox.c.ended_at).limit(_MOST)).to_dicts()


def decisions_about(ledger: Ledger, customer: int) -> list[Row]:
    """Return every decision about a customer, newest first, with the scenario's titles."""
    rows = decisions_of(ledger, customer).head(_MOST).to_dicts()
    titles = titles_of(ledger, {row["journey"] for row in rows})
    return [row | {"title": titles.get(row["journey"], {})} for row in rows]


def cap_of(ledger: Ledger) -> Row:
    """Return how many marketing mails a week the shop allows itself: limit and days; none = no such cap."""
    caps = [one for one in read_policy(ledger).caps if one.days is not None and one.journey is None]
    weekly = [one for one in caps if one.purpose in {None, "marketing"} and one.channel in {None, "email"}]
    widest = max(weekly, key=lambda one: one.days or 0, default=None)
    return {} if widest is None else {"limit": widest.limit, "days": widest.days}


def subjects(shop: Shop, traits: dict[str, str]) -> dict[str, str]:
    """Return the subject of every template as this person would read it today; unreadable ones are left out."""
    settings, found = read_shop(shop.ledger), dict[str, str]()
    for name, source in read_templates(shop).items():
        try:
            compiled = compile_template(source, traits.get("language") or settings.language)
            context = context_of(settings, traits, unsubscribe_url="", extras={"recommendations": []})
            found[name] = compiled.render(context).subject
        except TenshuError:
            continue  # the template cannot be used: its own page says so
    return found


def titles_of(ledger: Ledger, names: set[str]) -> dict[str, dict[str, str]]:
    """Return the titles of scenarios by language, of their newest versions."""
    if not names:
        return {}
    latest = select(journeys.c.journey, func.max(journeys.c.version).label("version")).group_by(journeys.c.journey)
    newest = latest.subquery()
    query = (
        select(journeys.c.journey, journeys.c.body)
        .join(newest, (journeys.c.journey == newest.c.journey) & (journeys.c.version == newest.c.version))
        .where(or_(*(journeys.c.journey == name for name in sorted(names))))
    )
    with ledger.reading() as tx:
        rows = tx.frame(query).rows()
    return {name: msgspec.json.decode(body).get("title", {}) for name, body in rows}
