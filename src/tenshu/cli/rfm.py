"""`tenshu rfm`: who are the best customers, and who drifts away? (RFM分析)."""

from pathlib import Path

import click
import polars as pl
from rich.table import Table

from tenshu.cli.as_of import AS_OF, DAYS, HOME, JSON, instant, show, table, write_json
from tenshu.condition.words import RANKS
from tenshu.kit.i18n import _, _n, current_language
from tenshu.kit.money import format_money


@click.command()
@HOME
@AS_OF
@DAYS
@JSON
def rfm(home: Path, as_of: str | None, days: int | None, json_file: Path | None) -> None:
    """Score customers by recency, frequency and monetary value; count the ranks."""
    from tenshu.bootstrap import open_shop
    from tenshu.know.rank import rank_table, read_borders
    from tenshu.know.rfm import analysed, as_rfm, cells

    shop = open_shop(home)
    settings = shop.settings
    at = instant(as_of, now=shop.clock.now(), zone=settings.zone)
    everybody = analysed(
        shop.warehouse, as_of=at, zone=settings.zone, period_days=days, borders=read_borders(shop.ledger)
    )
    shop.close()
    scores = as_rfm(everybody, as_of=at, zone=settings.zone)
    grid, ranks = cells(scores), rank_table(everybody)
    show(
        _n("{count} customer bought in the period.", "{count} customers bought in the period.", f"{scores.height:,}"),
        _grid(grid),
        _ranks(ranks, settings.currency),
    )
    write_json(
        json_file,
        {
            "as_of": at,
            "customers": scores.height,
            "cells": grid.to_dicts(),
            "ranks": ranks.to_dicts(),
        },
    )


def _grid(grid: pl.DataFrame) -> Table:
    made = table(
        _("Customers by recency (rows) and frequency (columns); 5 is best"),
        [_("recency score")],
        [f"F{score}" for score in range(5, 0, -1)],
    )
    for score in range(5, 0, -1):
        row = grid.filter(pl.col("recency_score") == score).sort("frequency_score", descending=True)
        made.add_row(f"R{score}", *[f"{customers:,}" for customers in row["customers"]])
    return made


def _ranks(ranks: pl.DataFrame, currency: str) -> Table:
    made = table(_("Ranks"), [_("rank")], [_("number of customers"), _("revenue")])
    for row in ranks.to_dicts():
        money = format_money(row["revenue"], currency, current_language())
        made.add_row(_(RANKS[row["rank"]]), f"{row['customers']:,}", money)
    return made
