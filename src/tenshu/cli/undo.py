"""`tenshu undo`: list the imports, and take one back whole."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tenshu.kit.i18n import N_, _

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop

_KINDS = {"customers": N_("customers"), "purchases": N_("purchases")}


@click.command("undo")
@click.argument("import_id", metavar="[IMPORT]", required=False)
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write what was found or done as JSON.")
def undo(import_id: str | None, *, home: Path, yes: bool, json_file: Path | None) -> None:
    """Undo an import whole; without IMPORT list them. The beginning of its name in the list is enough."""
    import msgspec

    from tenshu.bootstrap import open_shop

    shop = open_shop(home)
    try:
        rows = _imports(shop)
        done: Any = rows
        if import_id is None:
            _show(rows, shop.settings.zone)
        else:
            row = _chosen(rows, import_id)
            if not (yes or click.confirm(_("Take back everything that {name} told?", name=row["name"]))):
                return
            done = _undo(shop, row["import_id"])
            counts = {"facts": f"{done['facts']:,}", "people": f"{done['people']:,}"}
            click.echo(
                _("{name} is undone: {facts} facts and {people} customers are gone.", name=row["name"], **counts)
            )
        if json_file:
            json_file.write_bytes(msgspec.json.format(msgspec.json.encode(done), indent=2) + b"\n")
    finally:
        shop.close()


def _undo(shop: "Shop", import_id: str) -> dict[str, Any]:
    """Undo it in this process, or let the owner of the warehouse do it."""
    import msgspec

    from tenshu.cli.progress import TerminalProgress
    from tenshu.flow import undo_import

    by = _("a command in the terminal")
    with TerminalProgress() as progress:
        if not shop.is_owner:
            told: dict[str, Any] = shop.ask("undo_import", progress=progress, import_id=import_id, by=by)
            return told
        found: dict[str, Any] = msgspec.to_builtins(
            undo_import(shop, import_id, shop.clock.now(), by=by, progress=progress)
        )
        return found


def _imports(shop: "Shop") -> list[dict[str, Any]]:
    from sqlalchemy import select

    from tenshu.collect.tables import imports
    from tenshu.flow.undoing import can_undo

    names = ("import_id", "name", "kind", "imported_at", "undone_at", "undone_facts", "undone_people")
    with shop.ledger.reading() as tx:
        query = select(*(imports.c[name] for name in names)).order_by(imports.c.imported_at, imports.c.import_id)
        rows = tx.frame(query).to_dicts()
    open_ones = can_undo(shop, now=shop.clock.now())
    return [{**row, "can_undo": row["import_id"] in open_ones} for row in rows]


def _chosen(rows: list[dict[str, Any]], said: str) -> dict[str, Any]:
    """Return the import whose name begins so.

    Raises:
        ImportUnknown: none does, or several do.
    """
    from tenshu.flow.undoing import ImportUnknown

    found = [row for row in rows if row["import_id"].startswith(said)]
    if len(found) != 1:
        raise ImportUnknown(import_id=said)
    return found[0]


def _show(rows: list[dict[str, Any]], zone: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in (_("import"), _("file"), _("what"), _("imported at"), _("state")):
        table.add_column(heading, overflow="fold")
    for row in rows:
        at = row["imported_at"].astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        table.add_row(
            row["import_id"][:12],
            Path(row["name"]).name,
            _(_KINDS.get(row["kind"], row["kind"])),
            at,
            _state(row, zone),
        )
    Console().print(table)


def _state(row: dict[str, Any], zone: str) -> str:
    undone: datetime | None = row["undone_at"]
    if undone is not None:
        return _("undone on {day}", day=f"{undone.astimezone(ZoneInfo(zone)):%Y-%m-%d}")
    return _("can be undone") if row["can_undo"] else _("stays")
