"""`tenshu jobs`: long work beside the tick; asked for, watched and cancelled while `tenshu serve` runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tenshu.kit.i18n import N_, _

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop
    from tenshu.jobs import Job

#: How a state is said.
_STATES: Final = {
    "waiting": N_("not begun"),
    "running": N_("at work"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}
_LOOK_EVERY: Final = timedelta(milliseconds=200)

_home = click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")


@click.group()
def jobs() -> None:
    """Long work beside the tick: list it, ask for it, cancel it."""


@jobs.command("list")
@_home
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="The newest so many.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the list to this file too.")
def list_command(home: Path, limit: int, json_path: Path | None) -> None:
    """List the jobs, newest first."""
    import msgspec

    from tenshu.jobs import list_jobs

    with _asking(home) as shop, shop.ledger.reading() as tx:
        found = list_jobs(tx, limit=limit)
    _show(found)
    if json_path is not None:
        json_path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


@jobs.command()
@click.argument("kind")
@_home
@click.option("--format", "format_", type=click.Choice(["csv", "parquet"]), help="Of an export (default csv).")
@click.option("--folder", type=click.Path(path_type=Path), help="Where an export goes; a new folder.")
@click.option("--here", is_flag=True, help="Do it now and here, when no other process has the shop open.")
def start(kind: str, home: Path, format_: str | None, folder: Path | None, *, here: bool) -> None:
    """Ask for a job: export, fit_bought_together."""
    from tenshu.jobs import ask, check

    told = {"format": format_, "folder": None if folder is None else str(folder.resolve())}
    given = check(kind, {name: value for name, value in told.items() if value is not None})
    with _asking(home) as shop, shop.ledger.writing() as tx:
        number = ask(tx, kind, given, now=shop.clock.now())
    if here:
        _show([_do(home, number)])
    else:
        click.echo(
            _(
                "Job {number} waits. A running tenshu serve takes it up; look with: tenshu jobs list --home {home}",
                number=number,
                home=home,
            )
        )


@jobs.command()
@click.argument("number", type=int)
@_home
def cancel(number: int, home: Path) -> None:
    """Cancel a job that waits or runs."""
    from tenshu.jobs import cancel as cancel_job

    with _asking(home) as shop, shop.ledger.writing() as tx:
        was_open = cancel_job(tx, number, now=shop.clock.now())
    said = N_("Job {number} is cancelled.") if was_open else N_("Job {number} had ended before.")
    click.echo(_(said, number=number))


def _do(home: Path, number: int) -> "Job":
    """Run what waits until this job has ended; return it."""
    from tenshu.bootstrap import open_shop
    from tenshu.cli.progress import TerminalProgress
    from tenshu.jobs import JobRunner
    from tenshu.jobs.queue import ENDED, read_job
    from tenshu.kit.clock import rest

    shop = open_shop(home, access="own")
    runner = JobRunner(shop)
    try:
        with TerminalProgress() as progress:
            while True:
                runner.run_waiting(now=shop.clock.now())
                with shop.ledger.reading() as tx:
                    job = read_job(tx, number)
                if job.progress is not None:
                    progress.step(_(job.progress.what), job.progress.done, job.progress.of)
                if job.state in ENDED:
                    return job
                rest(_LOOK_EVERY)
    finally:
        runner.close()
        shop.close()


@contextmanager
def _asking(home: Path) -> "Iterator[Shop]":
    """Open the shop without its warehouse, which may be somebody else's."""
    from tenshu.bootstrap import open_shop

    shop = open_shop(home, access="ask")
    try:
        yield shop
    finally:
        shop.close()


def _show(found: "list[Job]") -> None:
    """Print jobs as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in (_("job"), _("what"), _("state"), _("asked at"), _("how far")):
        table.add_column(heading, overflow="fold")
    for job in found:
        asked = job.asked_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(str(job.number), _title(job.kind), _(_STATES[job.state]), asked, _how_far(job))
    Console().print(table)


def _title(kind: str) -> str:
    from tenshu.jobs import KINDS, kind_of

    return _(kind_of(kind).title) if kind in KINDS else kind


def _how_far(job: "Job") -> str:
    """Say how far a job is, what came of it, or why it failed."""
    if job.error is not None and job.state != "done":
        return job.error.text()
    if job.result is not None:
        return ", ".join(f"{name} {value}" for name, value in job.result.items() if not isinstance(value, dict))
    if job.progress is None:
        return ""
    of = "" if job.progress.of is None else f" / {job.progress.of:,.0f}"
    return f"{_(job.progress.what)}: {job.progress.done:,.0f}{of}"
