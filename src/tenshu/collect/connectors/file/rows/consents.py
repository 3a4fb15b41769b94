"""Read what a row says about mail to somebody: a yes or a no, since when, on what ground.

A column may ask for a yes (メルマガ希望) or for a no (配信停止); a no counts before a yes, and that somebody did not
stop his mail is no consent to it.
"""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.collect.connectors.file.columns.about import is_paper, says_no
from tenshu.collect.connectors.file.columns.fields import header_key
from tenshu.collect.connectors.file.plans.plan import Plan
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.rows.meaning import (
    GRANTED,
    REVOKED,
    consent_basis,
    consent_status,
    is_stopped,
)
from tenshu.collect.connectors.file.rows.reading import Reading, converted
from tenshu.collect.reject import Reason
from tenshu.kit.dates import parse_instant
from tenshu.store.ledger import INSTANT

_BLANK: Final = ("-", "ー", "不明", "未定", "未設定", "?")
_CROSSES: Final = ("×", "✕", "✗", "✖", "x", "X", "Ｘ")
#: A number alone is no day in a column of yes and no: 20240401 is one, 45000 may be anything.
#: What databases write for: no day.
NO_DAY: Final = r"^0000[-/.]00[-/.]00(?:[ T].*)?$|^0$|^(?:0001|9999)[-/.](?:01|12)[-/.](?:01|31)(?:[ T].*)?$"
_DAY_LENGTH: Final = 8


def read_consents(reading: Reading, chunk: pl.DataFrame, plan: Plan, terms: ShopTerms) -> pl.DataFrame:
    """Return status, since, is_stopped, and the insides of `stated` and `proof`; null status where nothing was said."""
    given = _given(reading, plan)
    asked = plan.columns.get("consent", [])
    stops = [number for number in asked if says_no(header_key(plan.names[number]))] + plan.columns.get("opt_out", [])
    stopped, stopped_on, answer = _stopped(reading, chunk, stops, plan, terms)
    if any(number in stops for number in asked):
        given = pl.Series("consent", [None], dtype=pl.String).new_from_index(0, len(given))
    frame = pl.DataFrame(
        {
            "given": given,
            "stopped": stopped,
            "stopped_on": stopped_on,
            "since": read_instant(reading, "consent_on", plan, terms),
            "answer": pl.select(pl.when(stopped).then(answer).otherwise(reading.text("consent"))).to_series(),
        }
    ).with_columns(
        pl.when("stopped").then(pl.lit(REVOKED)).otherwise("given").alias("status"),
        pl.when("stopped").then("stopped_on").otherwise("since").alias("since"),
    )
    how, named, reason = (reading.text(field) for field in ("consent_how", "consent_basis", "consent_reason"))
    grounds = named.fill_null(how)
    basis = converted(grounds.fill_null(""), consent_basis, pl.String())
    # An exception needs a reason; the words that named it are the least of one.
    why = pl.DataFrame({"reason": reason, "grounds": grounds, "basis": basis}).select(
        pl.coalesce("reason", pl.when(pl.col("basis") != "opt_in").then("grounds"))
    )["reason"]
    stated = pl.DataFrame({"status": frame["status"], "basis": basis, "reason": why})
    proof = pl.DataFrame({"how": how, "on": reading.text("consent_on"), "answer": frame["answer"]})
    return frame.select(
        "status",
        "since",
        pl.col("stopped").alias("is_stopped"),
        as_json(stated).alias("stated"),
        as_json(proof).alias("proof"),
    )


def _given(reading: Reading, plan: Plan) -> pl.Series:
    """Return granted, denied or revoked as the column that asks for a yes says; null where it says nothing."""
    said = reading.read(
        "consent", lambda text: "" if text in _BLANK else consent_status(text), pl.String(), Reason.BAD_CONSENT
    ).replace("", None)
    column = plan.columns.get("consent")
    if column and plan.confidence.get("consent", 0.0) < 1.0 and is_paper(header_key(plan.names[column[0]])):
        # A no to mail on paper is a no to be heeded; a yes to it is none to e-mail.
        said = said.replace(GRANTED, None)
    return said


def _stopped(
    reading: Reading, chunk: pl.DataFrame, stops: list[int], plan: Plan, terms: ShopTerms
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return who is said to want no mail, since when, and the words that say it."""
    stopped = pl.Series("stopped", [False], dtype=pl.Boolean).new_from_index(0, chunk.height)
    since = pl.Series("since", [None], dtype=INSTANT).new_from_index(0, chunk.height)
    answer = pl.Series("answer", [None], dtype=pl.String).new_from_index(0, chunk.height)
    field = "opt_out" if reading.has("opt_out") else "consent"
    for number in stops:
        cells = chunk[f"c{number}"]
        says = converted(cells, is_stopped, pl.Boolean())
        reading.refuse(
            field, cells.str.strip_chars().ne("").fill_null(value=False) & says.is_null(), Reason.BAD_CONSENT
        )
        if not says.fill_null(value=False).any():
            # Where nothing but crosses stands in a column, a cross marks those whom it is about.
            says = says | cells.str.strip_chars().is_in(_CROSSES)
        says = says.fill_null(value=False)
        days = converted(cells, lambda text: _instant(text, plan, terms), INSTANT)
        table = pl.DataFrame({"says": says, "days": days, "since": since, "cells": cells, "answer": answer})
        since = table.select(pl.when("says").then(pl.coalesce("since", "days")).otherwise("since").alias("since"))[
            "since"
        ]
        answer = table.select(pl.when("says").then(pl.coalesce("answer", "cells")).otherwise("answer").alias("answer"))[
            "answer"
        ]
        stopped = stopped | says
    return stopped, since, answer


def _instant(text: str, plan: Plan, terms: ShopTerms) -> datetime | None:
    """Return the day since when, if the cell is one, and not after the file came."""
    if text.isdecimal() and len(text) != _DAY_LENGTH:
        return None
    found = parse_instant(text, terms.zone_info, plan.date_order)
    return found if found is not None and found <= terms.received_at else None


def read_instant(reading: Reading, field: str, plan: Plan, terms: ShopTerms) -> pl.Series:
    """Return the instants of a field of days; refuse what is no day, and days in the future."""
    zone, order = terms.zone_info, plan.date_order
    reading.blank(field, NO_DAY)
    instants = reading.read(field, lambda text: parse_instant(text, zone, order), INSTANT, Reason.BAD_DATE)
    latest = pl.Series([terms.received_at], dtype=INSTANT).dt.offset_by("1d").item()
    reading.refuse(field, instants > latest, Reason.FUTURE_DATE)
    return instants


def as_json(frame: pl.DataFrame) -> pl.Series:
    """Return each row as the inside of a JSON object, without what is null."""
    pairs = [
        pl.when(pl.col(name).is_not_null()).then(
            pl.struct(name).struct.json_encode().str.strip_prefix("{").str.head(-1)
        )
        for name in frame.columns
    ]
    return frame.select(pl.concat_str(pairs, separator=",", ignore_nulls=True).alias("json"))["json"]
