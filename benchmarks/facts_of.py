"""Facts as shops tell them over HTTP: frames of `FACT_SCHEMA`, the same for the same numbers, for any shop size."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import polars as pl

from tenshu.collect.event import FACT_SCHEMA, IDENTIFIER
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, PRODUCT_PURCHASED
from tenshu.kit.ids import fact_id
from tenshu.kit.rng import unit

#: One fact in so many is told a second time, as a sender does that heard no answer.
TOLD_AGAIN: Final = 50
#: Event -> its share of what arrives.
MIX: Final = (
    ("page_viewed", 0.45),
    ("product_viewed", 0.2),
    ("cart_changed", 0.1),
    (PRODUCT_PURCHASED, 0.15),
    (CONSENT_RECORDED, 0.05),
    (CUSTOMER_DESCRIBED, 0.05),
)
Fact = dict[str, Any]


def describe(people: Sequence[int], *, at: datetime) -> list[Fact]:
    """Return one fact a person that tells number and address together."""
    return [_fact(number, number, CUSTOMER_DESCRIBED, at, salt="roster") for number in people]


def granted(people: Sequence[int], *, at: datetime) -> list[Fact]:
    """Return one fact a person that allows marketing mail."""
    return [_fact(number * 4 + 1, number, CONSENT_RECORDED, at, salt="granted") for number in people]


def told(count: int, *, known: int, new: int, at: datetime, salt: str = "told") -> list[Fact]:
    """Return so many facts of known and new people in order of arrival; some are told twice.

    Args:
        count: how many, those told again included.
        known: people 1..known are described already.
        new: people known+1..known+new tell of themselves for the first time; a tenth of the facts are theirs.
        at: when the last of them happens; one a millisecond.
        salt: facts of another salt are other facts.
    """
    draws = unit(salt, range(count))
    people = unit(salt, range(count), 1)
    events = unit(salt, range(count), 2)
    facts: list[Fact] = []
    for nth in range(count):
        if nth % TOLD_AGAIN == TOLD_AGAIN - 1:
            facts.append(facts[nth - TOLD_AGAIN // 2])
            continue
        is_new = new > 0 and draws[nth] < 0.1
        person = known + 1 + int(people[nth] * new) if is_new else 1 + int(people[nth] * known)
        when = at - timedelta(milliseconds=count - nth)
        facts.append(_fact(nth, person, _event(float(events[nth])), when, salt=salt))
    return facts


def touching(people: Sequence[int], count: int, *, at: datetime, salt: str) -> list[Fact]:
    """Return so many facts that are about exactly these people, in turn; the last happens at `at`."""
    events = unit(salt, range(count))
    return [
        _fact(
            nth,
            people[nth % len(people)],
            _event(float(events[nth])),
            at - timedelta(milliseconds=(count - 1 - nth) / 10),
            salt=salt,
        )
        for nth in range(count)
    ]


def frames(facts: Sequence[Fact], a_request: int) -> list[pl.DataFrame]:
    """Return the facts as requests of so many, each with memory of its own as one that came over HTTP has."""
    schema = {**FACT_SCHEMA, "identifiers": pl.List(IDENTIFIER)}
    parts = (facts[first : first + a_request] for first in range(0, len(facts), a_request))
    return [pl.DataFrame({name: [fact.get(name) for fact in part] for name in schema}, schema=schema) for part in parts]


def _event(draw: float) -> str:
    for event, share in MIX:
        draw -= share
        if draw < 0:
            return event
    return MIX[0][0]


def _fact(nth: int, person: int, event: str, at: datetime, *, salt: str) -> Fact:
    number = {"kind": "customer_no", "value": f"C{person:08}"}
    fact: Fact = {
        "fact_id": fact_id(salt, nth),
        "event": event,
        "occurred_at": at,
        "received_at": at,
        "source": "web",
        "identifiers": [number],
        "properties": None,
    }
    if event == CUSTOMER_DESCRIBED:
        mail = f"c{person}@example.com"
        fact["identifiers"] = [number, {"kind": "email", "value": mail}]
        fact["properties"] = (
            f'{{"traits": {{"customer_no": "C{person:08}", "email": "{mail}", "last_name": "客{person}"}}}}'
        )
    elif event == CONSENT_RECORDED:
        word = "granted" if nth % 4 else "revoked"
        fact["properties"] = (
            f'{{"channel": "email", "purpose": "marketing", "status": "{word}", "basis": "opt_in", "reason": null,'
            ' "proof": {"form": "newsletter"}}'
        )
    elif event == PRODUCT_PURCHASED:
        fact |= _line(nth, salt)
    else:
        fact["properties"] = (
            f'{{"product_id": "p{nth % 5000}", "category": "c{nth % 40}", "price": {100 + nth % 900}, '
            f'"path": "/c{nth % 40}", "seconds": {nth % 600}}}'
        )
    return fact


def _line(nth: int, salt: str) -> Fact:
    price = 100 + nth * 7 % 9000
    return {
        "order_no": f"{salt}-{nth}",
        "product_id": f"p{nth % 5000}",
        "description": f"商品{nth % 5000}",
        "quantity": Decimal(1),
        "unit_price": Decimal(price),
        "amount": price,
        "is_goods": True,
    }
