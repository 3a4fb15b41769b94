"""The command `tenshu doctor`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tenshu.cli.doctor import definitions, sending, stores, work
from tenshu.cli.doctor.finding import Check, Finding, unread
from tenshu.cli.doctor.home import HomeUnderDoctor
from tenshu.kit.i18n import N_, _

#: Every check in the order in which it is told: the ground first, then what stands on it.
CHECKS: Final[tuple[Check, ...]] = (*stores.CHECKS, *work.CHECKS, *definitions.CHECKS, *sending.CHECKS)
_MARKS: Final = {"ok": N_("ok"), "look": N_("look"), "broken": N_("broken")}
_COLOURS: Final = {"ok": "green", "look": "yellow", "broken": "red"}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One finding for programs: the check's name, the level, and what is said of it."""

    check: str
    level: str
    found: str
    todo: str
    given: dict[str, Any]


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the findings to this file too.")
@click.option("--network/--no-network", default=True, help="Ask the mail server whether it answers (the default).")
def doctor(home: Path, json_path: Path | None, *, network: bool) -> None:
    """Say what is wrong with a shop and what to do about it; change nothing."""
    found = examine(home, network=network)
    _show(found)
    if json_path is not None:
        told = [
            Told(check=check.name, level=one.level, found=one.text(), todo=one.advice(), given=one.given)
            for check, one in found
        ]
        json_path.write_bytes(msgspec.json.format(msgspec.json.encode(told, enc_hook=str), indent=2) + b"\n")
    if any(one.level == "broken" for _check, one in found):
        raise SystemExit(1)


def examine(path: Path, *, network: bool = True, checks: Sequence[Check] = CHECKS) -> list[tuple[Check, Finding]]:
    """Return what each check found; a check that cannot read what it needs says so, and the others go on.

    Args:
        path: the home.
        network: whether servers elsewhere may be asked.
        checks: which.
    """
    home = HomeUnderDoctor(path, network=network)
    if not path.is_dir():
        checks = [check for check in checks if check is stores.HOME]  # there is nothing else to look at
    try:
        return [(check, finding) for check in checks for finding in _findings(check, home)]
    finally:
        home.close()


def _findings(check: Check, home: HomeUnderDoctor) -> Sequence[Finding]:
    try:
        return check.judge(check.read(home))
    except Exception as problem:  # noqa: BLE001 - the doctor looks at what is broken
        return [unread(problem)]


def _show(found: Sequence[tuple[Check, Finding]]) -> None:
    for check, one in found:
        mark = click.style(f"{_(_MARKS[one.level])}", fg=_COLOURS[one.level], bold=one.level != "ok")
        click.echo(f"{mark}  {_(check.title)}: {one.text()}")
        if one.todo:
            click.echo(f"      {one.advice()}")
    counts = {level: sum(one.level == level for _check, one in found) for level in _MARKS}
    click.echo(_("{ok} in order, {look} to look at, {broken} broken.", **counts))
