"""`tenshu demo`: the whole loop on real purchases with simulated customers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, current_language

if TYPE_CHECKING:
    from tenshu.rehearse.rehearsal import Rehearsed


class HomeInUse(TenshuError):
    """The demo was to be made in a folder that holds something else."""

    template = N_("{home} holds something that is no demo. Give an empty or a new folder with --home.")


@click.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=Path("demo-home"),
    show_default=True,
    help="Where the demo's shop is made anew.",
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the result there.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed is another luck.")
@click.option("--postgres", metavar="URL", help="Keep ledger and inbox in this database.")
@click.option("--serve/--no-serve", default=True, help="Serve the report page afterwards.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The page's port.")
def demo(home: Path, json_file: Path | None, seed: int, *, postgres: str | None, serve: bool, port: int) -> None:
    """Import a shop's files, run three scenarios through 60 days, and set the report beside the truth."""
    from rich.console import Console

    from tenshu.cli.progress import TerminalProgress
    from tenshu.cli.report_tables import print_report
    from tenshu.rehearse.rehearsal import FILES, rehearse

    if home.exists() and any(home.iterdir()) and not (home / FILES).exists():
        raise HomeInUse(home=home)
    with TerminalProgress() as progress:
        shop, rehearsed = rehearse(home, seed=seed, language=current_language(), postgres=postgres, progress=progress)
    result = as_json(rehearsed)
    (home / "demo.json").write_bytes(result)
    if json_file is not None:
        json_file.write_bytes(result)
    click.echo(
        _("The purchases are real (UCI Online Retail, CC BY 4.0); people, consents and their answers are simulated.")
    )
    print_report(rehearsed.report, Console())
    if serve:
        from tenshu.cli.serve import serve as serve_page

        serve_page(shop, port, report=lambda: rehearsed.report)
    shop.close()


def as_json(rehearsed: "Rehearsed") -> bytes:
    """Return the result of a demo run: what was imported, every account, each estimate beside the truth."""
    from tenshu.measure.report import figures

    report = rehearsed.report
    found = figures(report)
    result = {
        "as_of": report.as_of,
        "currency": report.currency,
        **msgspec.to_builtins(rehearsed.imported),
        "first_decile": msgspec.to_builtins(rehearsed.first_decile),
        "rejects": rehearsed.rejects,
        "mailbox": {"mails": len(rehearsed.mails), "message_ids": len({one for one, _recipient in rehearsed.mails})},
        "at_the_end": {name: found[name] for name in ("customers", "orders", "revenue")},
        "outreaches": found["outreaches"],
    }
    return msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"
