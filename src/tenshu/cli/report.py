"""`tenshu report`: whom the shop knows, what was sent, and whether it helped."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenshu.cli.as_of import instant

if TYPE_CHECKING:
    from tenshu.measure.report import ShopReport


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Count what happened up to the end of this day.")
@click.option("--complete-only", is_flag=True, help="Judge only people whose goal window is over.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the whole report to this file too.")
def report(home: Path, as_of: datetime | None, json_path: Path | None, *, complete_only: bool) -> None:
    """Show the account, the answers and the lift of every scenario."""
    from rich.console import Console

    from tenshu.bootstrap import open_shop
    from tenshu.cli.report_tables import print_report
    from tenshu.measure.report import build_report

    shop = open_shop(home)
    try:
        day = None if as_of is None else as_of.date().isoformat()
        now = instant(day, now=shop.clock.now(), zone=shop.settings.zone)
        found = build_report(shop.ledger, shop.warehouse, shop.settings, now=now, complete_only=complete_only)
    finally:
        shop.close()
    print_report(found, Console())
    if json_path is not None:
        _write(json_path, found)


def _write(path: Path, found: "ShopReport") -> None:
    import msgspec

    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
