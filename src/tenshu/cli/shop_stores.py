"""`tenshu shop stores`: where the ledger and the inbox are, and how they get elsewhere."""

from pathlib import Path
from typing import Final

import click

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _

FILES: Final = "files"


class TwoPlaces(TenshuError):
    """A home was to be begun and to be moved at once."""

    template = N_("--postgres begins an empty shop there, --move-to moves one that exists. Give one of them.")


class NothingToMove(TenshuError):
    """A home without a shop was to be moved."""

    template = N_("There is no shop in {home} to move. To begin one in PostgreSQL: --postgres URL")


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--postgres", metavar="URL", help="Begin a new shop there: postgresql://USER@HOST:PORT/DATABASE.")
@click.option("--move-to", metavar="URL|files", help="Move a shop that is not running there, or back to files.")
@click.option("--schema-prefix", default="tenshu", show_default=True, help="Tells shops in one database apart.")
def stores(home: Path, postgres: str | None, move_to: str | None, schema_prefix: str) -> None:
    """Show where ledger and inbox are kept, begin a shop in PostgreSQL, or move one."""
    if postgres is not None and move_to is not None:
        raise TwoPlaces
    if postgres is not None:
        from tenshu.store.home import choose_postgres

        choose_postgres(home, postgres, schema_prefix=schema_prefix)
    if move_to is not None:
        click.echo(_("{rows} rows moved.", rows=_move(home, move_to, schema_prefix)))
    click.echo(_where(home))


def _move(home: Path, move_to: str, schema_prefix: str) -> int:
    from tenshu.store.move import move_stores
    from tenshu.store.place import checked_choice, is_home

    if not is_home(home):
        raise NothingToMove(home=home)
    return move_stores(home, None if move_to == FILES else checked_choice(move_to, schema_prefix))


def _where(home: Path) -> str:
    from tenshu.store.place import INBOX_FILE, LEDGER_FILE, read_choice

    choice = read_choice(home)
    if choice is None:
        return _("Ledger and inbox are files: {ledger}, {inbox}", ledger=home / LEDGER_FILE, inbox=home / INBOX_FILE)
    return _(
        "Ledger and inbox are in PostgreSQL: {url}, schemas {ledger} and {inbox}",
        url=choice.shown,
        ledger=choice.ledger.schema,
        inbox=choice.inbox.schema,
    )
