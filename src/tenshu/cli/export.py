"""`tenshu export`: everything that the shop knows, as files of one's own."""

from pathlib import Path

import click

from tenshu.kit.i18n import _


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="A new folder for the files.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the tables.",
)
def export(home: Path, folder: Path, format_: str) -> None:
    """Write every table as CSV that Excel opens, the definitions as JSON, and a page that says what is what."""
    from tenshu.bootstrap import open_shop
    from tenshu.cli.progress import TerminalProgress
    from tenshu.jobs import ask, check, run_inline

    given = check("export", {"format": format_, "folder": str(folder.resolve())})
    shop = open_shop(home)
    try:
        if not shop.is_owner:
            with shop.ledger.writing() as tx:
                number = ask(tx, "export", given, now=shop.clock.now())
            click.echo(
                _(
                    "The shop is running and writes them: job {number}. Look with: tenshu jobs list --home {home}",
                    number=number,
                    home=home,
                )
            )
            return
        with TerminalProgress() as progress:
            done = run_inline(shop, "export", given, now=shop.clock.now(), progress=progress)
    finally:
        shop.close()
    rows = f"{sum(done['rows'].values()):,}"
    click.echo(_("{rows} rows in {folder}.", rows=rows, folder=done["folder"]))
