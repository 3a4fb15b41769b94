"""`tenshu backup` and `tenshu restore`: one file that holds the shop, and a shop made of it."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tenshu.kit.i18n import _

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop
    from tenshu.flow.restoring import Gap

_LOOK_EVERY: Final = timedelta(milliseconds=200)


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--to", type=click.Path(path_type=Path), help="The file; one named after the time in HOME/backups else.")
def backup(home: Path, to: Path | None) -> None:
    """Write the whole shop into one file, while it works. It holds everybody's data and the shop's passwords."""
    from tenshu.bootstrap import open_shop
    from tenshu.cli.progress import TerminalProgress
    from tenshu.flow.backing import back_up

    shop = open_shop(home)
    try:
        with TerminalProgress() as progress:
            if shop.is_owner:
                path, _manifest = back_up(shop, now=shop.clock.now(), target=to, progress=progress)
            else:
                path = _moved(_asked(shop), to)
    finally:
        shop.close()
    size = f"{path.stat().st_size / 1e6:,.1f}"
    click.echo(_("Saved and read again: {path} ({size} MB).", path=path, size=size))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--home", type=click.Path(path_type=Path), required=True, help="A new folder for the shop.")
@click.option(
    "--old-home", type=click.Path(path_type=Path, exists=True), help="The shop's former folder, if it is still there."
)
def restore(file: Path, home: Path, old_home: Path | None) -> None:
    """Make a shop of a backup. It sends nothing before somebody has let it."""
    from tenshu.cli.progress import TerminalProgress
    from tenshu.flow.restoring import restore_shop
    from tenshu.kit.clock import SystemClock

    with TerminalProgress() as progress:
        manifest, gap = restore_shop(file, home, now=SystemClock().now(), old=old_home, progress=progress)
    click.echo(_("{shop} is in {home}, as it was at {at}.", shop=manifest.shop, home=home, at=_moment(gap.since)))
    _say_gap(gap, home)


def _say_gap(gap: "Gap", home: Path) -> None:
    """Say what the shop does not know, and what to do."""
    span = {"since": _moment(gap.since), "until": _moment(gap.until)}
    click.echo(
        _("Nothing is sent: mails may have gone out between {since} and {until} that it does not know of.", **span)
    )
    if gap.witnessed is not None:
        counts = {"sent": f"{gap.witnessed:,}", "refused": f"{gap.refused:,}"}
        click.echo(_("From the old folder: {sent} mails that went out, {refused} refusals.", **counts))
    click.echo(
        _("Everybody is signed out, and signs in with the password of that day. Links to a new password have ended.")
    )
    if gap.keys:
        click.echo(_("Keys for programs that were in the backup and open again: {count}.", count=f"{gap.keys:,}"))
    click.echo(
        _("Look at it with: tenshu serve --home {home}, and let it send again under Settings, Backup.", home=home)
    )


def _asked(shop: "Shop") -> Path:
    """Let the owner of the warehouse make it; return the file."""
    from tenshu.flow.backing import LAST
    from tenshu.kit.clock import rest
    from tenshu.store.backup import FOLDER
    from tenshu.store.settings import read_setting

    name = str(shop.ask("backup")["name"])
    while (last := read_setting(shop.ledger, LAST, {})).get("name") != name:
        rest(_LOOK_EVERY)
    if last["problem"]:
        raise click.ClickException(last["problem"])
    return shop.home / FOLDER / name


def _moved(path: Path, to: Path | None) -> Path:
    from shutil import move

    from tenshu.store.packed import verify

    if to is None:
        return path
    move(path, to)
    verify(to)
    return to


def _moment(instant: object) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
