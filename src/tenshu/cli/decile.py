"""`tenshu decile`: how much of the revenue do how few customers bring? (デシル分析)."""

from pathlib import Path

import click

from tenshu.cli.as_of import AS_OF, DAYS, HOME, JSON, instant, show, table, write_json
from tenshu.kit.i18n import _, current_language
from tenshu.kit.money import format_money


@click.command()
@HOME
@AS_OF
@DAYS
@JSON
def decile(home: Path, as_of: str | None, days: int | None, json_file: Path | None) -> None:
    """Cut customers into ten equal groups by revenue, best first."""
    from tenshu.bootstrap import open_shop
    from tenshu.know.decile import decile_table, deciles

    shop = open_shop(home)
    settings = shop.settings
    at = instant(as_of, now=shop.clock.now(), zone=settings.zone)
    rows = decile_table(deciles(shop.warehouse, as_of=at, zone=settings.zone, period_days=days))
    shop.close()
    language = current_language()
    made = table(
        _("Revenue by decile, best first"),
        [_("decile")],
        [_("number of customers"), _("revenue"), _("per customer"), _("share of revenue"), _("with those above")],
    )
    for row in rows.to_dicts():
        made.add_row(
            str(row["decile"]),
            f"{row['customers']:,}",
            format_money(row["revenue"], settings.currency, language),
            format_money(round(row["revenue_per_customer"]), settings.currency, language),
            f"{row['revenue_rate']:.3%}",
            f"{row['cumulative_rate']:.3%}",
        )
    show(made)
    write_json(json_file, {"as_of": at, "deciles": rows.to_dicts()})
