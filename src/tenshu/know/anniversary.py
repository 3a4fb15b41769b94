"""Whose day of the year it is: birthdays and the like, by what people have stated about themselves."""

from calendar import isleap
from datetime import date, datetime

import polars as pl

from tenshu.know.trait import read_traits
from tenshu.store.warehouse import Warehouse


def celebrating(
    warehouse: Warehouse, trait: str, day: date, *, now: datetime, customers: pl.Series | None = None
) -> pl.Series:
    """Return the customers whose date falls on that day of the year.

    Who was born on 29 February is not forgotten three years out of four: in those years the 28th counts.

    Args:
        warehouse: where the facts lie.
        trait: a date such as 1985-06-01; what is none falls on no day.
        day: of which day and month only count.
        now: nothing stated later counts.
        customers: who is asked about; None = everybody.
    """
    stated = read_traits(warehouse, [trait], now=now, customers=customers)
    return stated.filter(falls_on(pl.col(trait), day))["customer"]


def falls_on(stated: pl.Expr, day: date) -> pl.Expr:
    """Say of dates as people stated them whether they fall on that day of the year; see `celebrating`."""
    return stated.str.extract(r"^\d{4}-(\d{2}-\d{2})", 1).is_in(_days(day))


def _days(day: date) -> list[str]:
    shown = [f"{day:%m-%d}"]
    return [*shown, "02-29"] if shown == ["02-28"] and not isleap(day.year) else shown
