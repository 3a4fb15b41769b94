"""`tenshu run`: tick and dispatch until nothing is due, or go on for ever."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, _n

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop
    from tenshu.deliver.channel import Receipt
    from tenshu.deliver.dispatch import Dispatcher
    from tenshu.flow import Live, Ticked

#: What is said of messages that were not taken, by outcome; the last one's reason stands for all.
_NOT_TAKEN: Final = {
    "deferred": N_("{count} were not taken and will be tried again ({reason})."),
    "refused": N_("{count} were refused for good ({reason})."),
    "unknown": N_("{count} are in doubt: nobody can say whether they arrived ({reason})."),
}


class ServedAlready(TenshuError):
    """A home was to be run for ever that another process keeps running."""

    template = N_("{home} is kept running by tenshu serve already. Without --forever, tenshu run does one round.")


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--forever", is_flag=True, help="Go on: tick every second, send what is due.")
def run(home: Path, *, forever: bool) -> None:
    """Let everybody whose time has come go on, decide, and send what is due."""
    from tenshu.bootstrap import make_dispatcher, open_shop
    from tenshu.deliver.channels.email.settings import open_channel, read_smtp
    from tenshu.flow import Live
    from tenshu.kit.clock import rest

    shop = open_shop(home)
    channel = open_channel(read_smtp(shop.ledger))
    try:
        if forever and not shop.is_owner:
            raise ServedAlready(home=home)
        dispatcher = make_dispatcher(shop, channel)
        live = Live(shop, shop.settings.zone) if shop.is_owner else None
        while True:
            now = shop.clock.now()
            done = _tick(shop, now, live)
            receipts = _dispatch(dispatcher, now)
            if done.decided or receipts or not forever:
                _tell(done, receipts)
            if not forever:
                _tell_what_waits(shop, now)
                break
            rest(timedelta(seconds=1))
    finally:
        channel.close()
        shop.close()


def _tick(shop: "Shop", now: datetime, live: "Live | None") -> "Ticked":
    """Tick, or let the owner of the warehouse tick."""
    import msgspec

    from tenshu.flow import Ticked, tick

    if shop.is_owner:
        return tick(shop, shop.settings, now=now, address_key=shop.address_key, live=live)
    return msgspec.convert(shop.ask("tick"), Ticked)


def _dispatch(dispatcher: "Dispatcher", now: datetime) -> "list[Receipt]":
    """Hand over what is due; return every receipt."""
    receipts: list[Receipt] = []
    dispatcher.run(now=now, on_receipts=lambda _claimed, some: receipts.extend(some))
    return receipts


def _tell_what_waits(shop: "Shop", now: "datetime") -> None:
    """Say what holds back the whole shop's sending: a person's pause, or the mail provider's limit."""
    from zoneinfo import ZoneInfo

    from tenshu.deliver.limits import pace
    from tenshu.deliver.standstill import standstill

    with shop.ledger.reading() as tx:
        paused, free_at = standstill(tx), pace(tx, now=now).next_at
    if paused is not None:
        click.echo(_("All sending of the shop is paused: {reason}", reason=paused.text()))
    elif free_at is not None:
        when = f"{free_at.astimezone(ZoneInfo(shop.settings.zone)):%Y-%m-%d %H:%M}"
        click.echo(_("The mail provider's limit is reached; the next may go at {when}.", when=when))


def _tell(done: "Ticked", receipts: "list[Receipt]") -> None:
    """Say what was done, and of messages that were not taken, why."""
    sent = sum(receipt.outcome == "accepted" for receipt in receipts)
    counts = {"entered": done.entered, "decided": done.decided, "sent": sent}
    click.echo(
        _n(
            "{entered} entered, {decided} decision, {sent} handed over.",
            "{entered} entered, {decided} decisions, {sent} handed over.",
            done.decided,
            **counts,
        )
    )
    for outcome, sentence in _NOT_TAKEN.items():
        some = [receipt for receipt in receipts if receipt.outcome == outcome]
        if some:
            click.echo(_(sentence, count=len(some), reason=f"{some[-1].code} {some[-1].text}".strip()))
