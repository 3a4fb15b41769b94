"""`tenshu shop pause` and `tenshu shop go-on`: all sending of a shop waits, and goes on."""

from pathlib import Path

import click

from tenshu.kit.i18n import _


@click.command()
@click.option("--reason", default="", help="Why, in words that others will read.")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
def pause(reason: str, home: Path) -> None:
    """Let nothing of the whole shop go out until somebody lets it go on."""
    from tenshu.bootstrap import open_shop
    from tenshu.deliver.standstill import BY_HAND, stand_still
    from tenshu.staff.audit import TERMINAL, record

    shop = open_shop(home, access="ask")
    try:
        now = shop.clock.now()
        with shop.ledger.writing() as tx:
            stand_still(tx, reason.strip() or BY_HAND, now)
            record(tx, "sending_paused", by=TERMINAL, now=now, detail={"reason": reason})
    finally:
        shop.close()
    click.echo(_("All sending is paused."))


@click.command(name="go-on")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
def go_on(home: Path) -> None:
    """Let a shop whose sending was paused send again."""
    from tenshu.bootstrap import open_shop
    from tenshu.deliver import standstill
    from tenshu.staff.audit import TERMINAL, record

    shop = open_shop(home, access="ask")
    try:
        with shop.ledger.writing() as tx:
            was_paused = standstill.go_on(tx)
            if was_paused:
                record(tx, "sending_resumed", by=TERMINAL, now=shop.clock.now())
    finally:
        shop.close()
    if was_paused:
        click.echo(_("Sending goes on. What should have gone out long ago is asked about, scenario by scenario."))
    else:
        click.echo(_("Sending was not paused."))
