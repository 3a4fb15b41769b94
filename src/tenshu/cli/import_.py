"""`tenshu import`: take over an owner's files, and say what was understood, refused and taken."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from tenshu.cli.progress import TerminalProgress
from tenshu.kit.i18n import N_, _, _n

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop
    from tenshu.collect.basis import Basis
    from tenshu.collect.connectors.file import StagedImport
    from tenshu.collect.importing import ImportSummary, Origin

#: Staged files lie here, below the home.
FOLDER = "imports"

#: What the engine may hold while an import is digested, in bytes, the rest lies on disk: little, and more where that
#: does not do.
_ENGINE_MEMORY = (48_000_000, 2_000_000_000)
#: How long, in seconds, an owner that restarts is waited for.
_OWNER_BACK_WITHIN = 60.0
_LOOK_EVERY = timedelta(seconds=0.2)
_KINDS = {"customers": N_("customers"), "purchases": N_("purchases")}


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--home", type=click.Path(path_type=Path), required=True, help="The shop's folder; made when it is not there."
)
@click.option(
    "--kind", type=click.Choice(["customers", "purchases"]), help="What the files hold; guessed when left out."
)
@click.option("--map", "map_file", type=click.Path(path_type=Path), help="JSON file that names the columns.")
@click.option("--yes", is_flag=True, help="Do not ask whether the columns are understood rightly.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write what was imported as JSON.")
@click.option(
    "--basis",
    type=click.Choice(["opt_in", "business_relation", "business_card", "published_address"]),
    help="The ground on which people may be written to of whom the files say nothing; none when left out.",
)
@click.option("--reason", default="", help="What that basis rests on, in a few words; needed with --basis.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The day on which that basis came about.")
def import_files(files: Sequence[Path], *, home: Path, yes: bool, json_file: Path | None, **said: Any) -> None:
    """Import customer lists and purchases from Excel or CSV files."""
    from tenshu.bootstrap import open_shop
    from tenshu.collect.importing import import_file

    basis = _basis(said)
    shop = open_shop(home, create=True)
    try:
        with TerminalProgress() as progress:
            found = [stage(shop, path, said=said, progress=progress) for path in files]
        console = Console()
        for each in (each for group in found for each in group):
            show_understanding(console, each)
        if not (yes or _agreed()):
            return
        ready = [each for group in found for each in state(console, shop, group, basis)]
        staged = [each for each, _origin in ready]
        done = [import_file(shop.inbox, shop.ledger, each, home=shop.home, origin=origin) for each, origin in ready]
        with TerminalProgress() as progress:
            digest(shop, progress)
        for each in staged:
            # Digested: the warehouse has it, and people's data should lie in no more places than it must.
            each.facts_path.unlink(missing_ok=True)
        for summary in done:
            show_summary(console, summary)
        if json_file:
            json_file.write_bytes(msgspec.json.format(msgspec.json.encode(done), indent=2) + b"\n")
    finally:
        shop.close()


def stage(shop: "Shop", path: Path, *, said: dict[str, Any], progress: TerminalProgress) -> "list[StagedImport]":
    """Read one file for this shop: each kind that it holds, or the one that was named."""
    from tenshu.collect.connectors.file import read_mapping, stage_file, stage_tables

    settings = shop.settings
    given: dict[str, Any] = {
        "shop_zone": settings.zone,
        "currency": settings.currency,
        "received_at": shop.clock.now(),
        "folder": shop.home / FOLDER,
        "progress": progress,
    }
    if not (said["kind"] or said["map_file"]):
        return list(stage_tables(path, **given))
    mapping = read_mapping(said["map_file"]) if said["map_file"] else None
    return [stage_file(path, kind=said["kind"], mapping=mapping, **given)]


def state(
    console: Console, shop: "Shop", staged: "list[StagedImport]", basis: "Basis | None"
) -> "list[tuple[StagedImport, Origin]]":
    """State the basis for people of whom one file does not say whether they may be written to, and say how many."""
    from polars import concat

    from tenshu.collect.basis import silent_people
    from tenshu.collect.importing import Origin, state_basis

    silent: dict[int, list[Any]] = {}
    for number, people in silent_people([each.facts_path for each in staged]):
        silent.setdefault(number, []).append(people)
    count = sum(people.height for parts in silent.values() for people in parts)
    if basis is None and all(each.kind == "purchases" for each in staged):
        # An order is no word on mail, and takes none away: who agreed elsewhere is written to as before.
        text = _n(
            "{name} tells of purchases of {count} person, and nothing of mail: "
            "whether they may be written to stays as it is.",
            "{name} tells of purchases of {count} people, and nothing of mail: "
            "whether they may be written to stays as it is.",
            f"{count:,}",
            name=staged[0].name,
        )
    elif basis is None:
        text = _n(
            "{name} does not say of {count} person whether they may be written to. "
            "Nothing is noted for them: unless they agreed elsewhere, they will not be.",
            "{name} does not say of {count} people whether they may be written to. "
            "Nothing is noted for them: unless they agreed elsewhere, they will not be.",
            f"{count:,}",
            name=staged[0].name,
        )
    else:
        text = _n(
            "{name} does not say of {count} person whether they may be written to: your basis is noted for them.",
            "{name} does not say of {count} people whether they may be written to: your basis is noted for them.",
            f"{count:,}",
            name=staged[0].name,
        )
    if count:
        console.print(text, markup=False, soft_wrap=True)
    if basis is None:
        return [(each, Origin()) for each in staged]
    given: dict[str, Any] = {"folder": shop.home / FOLDER, "zone": shop.settings.zone, "origin": Origin()}
    ready = []
    for number, each in enumerate(staged):
        if number in silent:
            ready.append(state_basis(each, concat(silent[number]), basis, **given))
            each.facts_path.unlink(missing_ok=True)
        else:
            ready.append((each, Origin()))
    return ready


def _basis(said: dict[str, Any]) -> "Basis | None":
    """Return what was stated; None when nothing was."""
    from tenshu.collect.basis import Basis

    if said["basis"] is None:
        return None
    since = said["since"].date() if said["since"] else None
    return Basis(basis=said["basis"], reason=said["reason"], since=since).checked()


def digest(shop: "Shop", progress: TerminalProgress) -> None:
    """Digest what waits in the inbox, or let the owner of the warehouse do it.

    An owner that is killed meanwhile has a successor in a moment, which digests what its inbox holds.

    Raises:
        OwnerAway: there was no owner for too long; what was accepted is digested when there is one.
    """
    from tenshu.kit.clock import elapsed, rest
    from tenshu.store.remote import OwnerAway

    if shop.is_owner:
        _digest_here(shop, progress)
        return
    deadline = elapsed() + _OWNER_BACK_WITHIN
    while True:
        try:
            shop.ask("digest", progress=progress)
        except OwnerAway:
            if elapsed() > deadline:
                raise
            rest(_LOOK_EVERY)
        else:
            return


def _digest_here(shop: "Shop", progress: TerminalProgress) -> None:
    """Digest in this process; what a lack of memory broke off is done again from its last whole step."""
    from duckdb import OutOfMemoryException

    from tenshu.flow import digest_all

    for memory in _ENGINE_MEMORY:
        shop.warehouse.limit(memory)
        try:
            digest_all(shop, now=shop.clock.now(), progress=progress)
        except OutOfMemoryException:
            if memory == _ENGINE_MEMORY[-1]:
                raise
        else:
            return


def show_understanding(console: Console, staged: "StagedImport") -> None:
    """Print which column means what, and how sure that is."""
    kind, sure = _(_KINDS[staged.kind]), staged.confidence[""]
    title = _("{name}: {kind}, {sure} sure", name=staged.name, kind=kind, sure=f"{sure:.0%}")
    table = Table(title=title, title_justify="left")
    for heading in (_("meaning"), _("column"), _("sure")):
        table.add_column(heading)
    for field, headers in staged.mapping.items():
        table.add_row(field, " + ".join(headers), f"{staged.confidence[field]:.0%}")
    console.print(table)


def show_summary(console: Console, summary: "ImportSummary") -> None:
    """Print what an import took and what it refused."""
    from tenshu.collect.reject import SENTENCES

    if not summary.is_new:
        console.print(
            _("{name} was imported before; nothing was changed.", name=summary.name), markup=False, soft_wrap=True
        )
        return
    refused = sum(summary.rejects.values())
    counts = {"rows": f"{summary.rows:,}", "accepted": f"{summary.accepted:,}", "refused": f"{refused:,}"}
    console.print(
        _n(
            "{name}: {rows} row, {accepted} taken, {refused} refused.",
            "{name}: {rows} rows, {accepted} taken, {refused} refused.",
            summary.rows,
            name=summary.name,
            **counts,
        ),
        markup=False,
    )
    for reason, count in summary.rejects.items():
        console.print(f"  {count:>7,}  {_(SENTENCES[reason])}", markup=False, soft_wrap=True)
    if summary.rejects_file:
        console.print(
            _("The refused rows are listed in {path}", path=summary.rejects_file), markup=False, soft_wrap=True
        )


def _agreed() -> bool:
    """Ask a person at a terminal; a script that pipes its input has agreed by calling."""
    if not sys.stdin.isatty():
        return True
    return click.confirm(_("Are the columns understood rightly?"), default=True)
