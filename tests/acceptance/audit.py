"""An auditor who trusts nobody: reads the facts, walks through every mail one by one, in plain Python.

Slow and simple on purpose. It shares no code with the decision, the caps or the outbox.
"""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tenshu.bootstrap import Shop


class Mail(NamedTuple):
    """One mail that was sent."""

    customer: int
    at: datetime
    said: dict[str, Any]


def facts(shop: Shop, event: str) -> list[Mail]:
    """Return the facts of that name, in order of time."""
    rows = shop.warehouse.frame(
        "SELECT customer, occurred_at, properties FROM customer_facts WHERE event = ? ORDER BY occurred_at", [event]
    )
    return [Mail(customer, at, json.loads(properties)) for customer, at, properties in rows.rows()]


def find_faults(shop: Shop) -> list[str]:
    """Return a sentence for every mail that should not have been sent."""
    sent = facts(shop, "email_sent")
    return [
        *_held_out(shop, sent),
        *_without_basis(shop, sent),
        *_after_a_stop(shop, sent),
        *_over_caps(shop, sent),
        *_at_night(shop, sent),
        *_twice(sent),
    ]


def _held_out(shop: Shop, sent: list[Mail]) -> list[str]:
    arms = {entry.said["enrolment"]: entry.said["arm"] for entry in facts(shop, "journey_entered")}
    return [f"held out: {mail}" for mail in sent if arms[mail.said["enrolment"]] != "treated"]


def _without_basis(shop: Shop, sent: list[Mail]) -> list[str]:
    words: dict[int, list[Mail]] = defaultdict(list)
    for word in facts(shop, "consent_recorded"):
        words[word.customer].append(word)
    found = []
    for mail in sent:
        before = [word for word in words[mail.customer] if word.at <= mail.at]
        last = before[-1].said if before else {}
        has_reason = last.get("basis") == "opt_in" or bool(last.get("reason"))
        if last.get("status") != "granted" or not has_reason:
            found.append(f"no basis: {mail} after {last}")
    return found


def _after_a_stop(shop: Shop, sent: list[Mail]) -> list[str]:
    stops: dict[int, datetime] = {}
    for event in ("unsubscribed", "email_complained", "email_bounced", "email_failed"):
        for fact in facts(shop, event):
            stops[fact.customer] = min(stops.get(fact.customer, fact.at), fact.at)
    return [f"after a stop: {mail}" for mail in sent if mail.customer in stops and mail.at > stops[mail.customer]]


def _over_caps(shop: Shop, sent: list[Mail]) -> list[str]:
    zone = ZoneInfo(shop.settings.zone)
    days: dict[int, list[Any]] = defaultdict(list)
    found = []
    for mail in sent:
        today = mail.at.astimezone(zone).date()
        days[mail.customer].append(today)
        week = [day for day in days[mail.customer] if today - day < timedelta(days=7)]
        if week.count(today) > 1 or len(week) > 3:
            found.append(f"capped: {mail}")
    return found


def _at_night(shop: Shop, sent: list[Mail]) -> list[str]:
    zone = ZoneInfo(shop.settings.zone)
    return [f"at night: {mail}" for mail in sent if not 8 <= mail.at.astimezone(zone).hour < 21]


def _twice(sent: list[Mail]) -> list[str]:
    keys = [(mail.said["enrolment"], mail.said["visit"]) for mail in sent]
    return [f"twice: {key}" for key in set(keys) if keys.count(key) > 1]
