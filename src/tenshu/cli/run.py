"""`tenshu run`: tick and dispatch until nothing is due, or go on for ever."""

from datetime import timedelta
from pathlib import Path

import click

from tenshu.kit.i18n import _


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--forever", is_flag=True, help="Go on: tick every second, send what is due.")
def run(home: Path, *, forever: bool) -> None:
    """Let everybody whose time has come go on, decide, and send what is due."""
    from tenshu.bootstrap import make_dispatcher, open_shop
    from tenshu.cli.smtp import open_channel, read_smtp
    from tenshu.flow import tick
    from tenshu.kit.clock import rest

    shop = open_shop(home)
    channel = open_channel(read_smtp(shop.ledger))
    try:
        while True:
            now = shop.clock.now()
            done = tick(shop, shop.settings, now=now, address_key=shop.address_key)
            sent = make_dispatcher(shop, channel).run(now=now)
            if done.decided or sent or not forever:
                text = _("{entered} entered, {decided} decisions, {sent} handed over.", **_counts(done, sent))
                click.echo(text)
            if not forever:
                break
            rest(timedelta(seconds=1))
    finally:
        channel.close()
        shop.close()


def _counts(done: object, sent: int) -> dict[str, object]:
    return {"entered": getattr(done, "entered", 0), "decided": getattr(done, "decided", 0), "sent": sent}
