"""`tenshu why`: say for one customer why each message went out, or did not."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, _n, current_language

if TYPE_CHECKING:
    from tenshu.store.ledger import Ledger

_NOTHING: Final = N_("Nothing has been decided about this customer yet: no scenario has wanted to write.")


class CustomerMissing(TenshuError):
    """A customer was named whom nobody knows."""

    template = N_(
        "There is no customer {said}. Give a customer number, a member number, an e-mail address or a telephone number."
    )


@click.command()
@click.option("--customer", "said", required=True, help="Customer number, member number, e-mail address or telephone.")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the decisions to this file too.")
def why(said: str, home: Path, json_path: Path | None) -> None:
    """Show every decision about a customer with its reason, newest first."""
    from tenshu.bootstrap import open_shop
    from tenshu.measure.why import decisions_of

    shop = open_shop(home)
    try:
        customer = _customer(shop.ledger, said)
        rows = decisions_of(shop.ledger, customer).to_dicts()
        titles = _titles(shop.ledger)
        zone = shop.settings.zone
    finally:
        shop.close()
    _print(customer, rows, titles, zone)
    if json_path is not None:
        _write(json_path, customer, rows, zone)


def _customer(ledger: "Ledger", said: str) -> int:
    from tenshu.identify.resolve import find_customer

    for spelled in _spellings(said):
        # A number longer than any of ours does not fit the database either.
        with ledger.reading() as tx, suppress(OverflowError):
            found: int | None = find_customer(tx, spelled)
            if found is not None:
                return found
    raise CustomerMissing(said=said)


def _spellings(said: str) -> list[str]:
    """Return what was typed, and how an import would have written it down."""
    from tenshu.kit.japanese import normalise, normalise_email, normalise_phone

    spelled = [said, normalise(said), normalise_email(said), normalise_phone(said)]
    return list(dict.fromkeys(one for one in spelled if one))


def _titles(ledger: "Ledger") -> dict[str, str]:
    from tenshu.measure.report import started_journeys

    language = current_language()
    return {one.journey.name: one.journey.title_in(language) for one in started_journeys(ledger)}


def _print(customer: int, rows: list[dict[str, Any]], titles: dict[str, str], zone: str) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from tenshu.measure.why import local_text, story

    console = Console()
    console.print(
        _n("Customer {number}: {count} decision", "Customer {number}: {count} decisions", len(rows), number=customer),
        highlight=False,
    )
    if not rows:
        console.print(_(_NOTHING), highlight=False)
        return
    # Japanese has no spaces to break at: a reason folds, it is never cut short.
    table = Table(_("Decided"), _("Scenario"), _("Step"), Column(_("What and why"), overflow="fold"))
    for row in rows:
        title = titles.get(row["journey"], row["journey"])
        table.add_row(local_text(row["decided_at"], zone), title, row["step"], story(row, zone))
    console.print(table)


def _write(path: Path, customer: int, rows: list[dict[str, Any]], zone: str) -> None:
    import msgspec

    from tenshu.measure.why import story

    told = [row | {"sentence": story(row, zone)} for row in rows]
    data = msgspec.json.encode({"customer": customer, "decisions": told})
    path.write_bytes(msgspec.json.format(data, indent=2) + b"\n")
