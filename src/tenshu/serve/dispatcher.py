"""The process that takes the outbox to the channel; what it must know of people it asks the owner."""

import argparse
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any, Final

import polars as pl
from sqlalchemy import func, select

from tenshu.bootstrap import Shop, make_dispatcher, open_shop, reread
from tenshu.content.tables import templates
from tenshu.deliver.channel import Channel, Receipt
from tenshu.deliver.channels.email.settings import SmtpSettings, open_channel, read_smtp
from tenshu.deliver.dispatch import Dispatcher
from tenshu.deliver.outbox import next_due
from tenshu.kit.clock import elapsed
from tenshu.serve.life import Life
from tenshu.store.remote import OwnerAway
from tenshu.store.settings import settings

#: How often the outbox is looked at when it was empty, in seconds.
LOOK_EVERY: Final = 0.5
#: After so many seconds the clock is read anew, whatever is still due.
SPELL: Final = 2.0
#: The settings that a dispatcher works by.
_READ: Final = ("shop", "policy", "smtp")
LONGEST_BACKOFF: Final = 30.0
_log = logging.getLogger(__name__)


class _SpellOver(Exception):
    """Nothing is in hand, and it is time to look around."""


class DispatchLoop:
    """Hands over what is due until it is told to stop.

    Args:
        shop: whose outbox; its warehouse may be another process's.
        stop: set when it is to settle what it holds and end.
        open_channel: opens the channel that the settings name.
    """

    def __init__(
        self, shop: Shop, stop: Event, *, open_channel: Callable[[SmtpSettings], Channel] = open_channel
    ) -> None:
        self.shop = shop
        self.stop = stop
        self.handed_over = 0
        self._open_channel = open_channel
        self._known: Any = None
        self._dispatcher: Dispatcher | None = None
        self._failures = 0

    def run(self) -> None:
        """Go on until it is told to stop."""
        while not self.stop.is_set():
            self.stop.wait(self._try())
        self.close()

    def work(self) -> int:
        """Hand over what is due, for a spell at most; return how many messages."""
        now = self.shop.clock.now()
        due = next_due(self.shop.ledger, now=now)
        if due is None or due > now:
            return 0
        dispatcher, before = self._ready(), self.handed_over
        until = elapsed() + SPELL

        def settled(_claimed: pl.DataFrame, receipts: list[Receipt]) -> None:
            self.handed_over += len(receipts)
            if self.stop.is_set() or elapsed() > until:
                raise _SpellOver

        with suppress(_SpellOver):
            dispatcher.run(now=now, on_receipts=settled)
        return self.handed_over - before

    def close(self) -> None:
        """End the conversation with the receiver."""
        if self._dispatcher is not None:
            self._dispatcher.channel.close()
            self._dispatcher = None

    def _try(self) -> float:
        """Work; return how many seconds to rest."""
        try:
            done = self.work()
        except OwnerAway:
            return self._failed("the owner of the warehouse is away")
        except Exception:  # noqa: BLE001 - said, and tried again: nothing may end the loop
            _log.exception("dispatching failed")
            return self._failed("")
        self._failures = 0
        return 0.0 if done else LOOK_EVERY

    def _failed(self, why: str) -> float:
        if why and not self._failures:
            _log.warning("%s; waiting", why)
        self._failures += 1
        return min(LONGEST_BACKOFF, LOOK_EVERY * 2.0 ** min(self._failures - 1, 10))

    def _ready(self) -> Dispatcher:
        """Return the dispatcher, made anew when templates or settings were changed."""
        known = self._fingerprint()
        if self._dispatcher is None or known != self._known:
            worker = None if self._dispatcher is None else self._dispatcher.worker
            self.close()
            fresh = reread(self.shop)
            channel = self._open_channel(read_smtp(fresh.ledger))
            self._dispatcher, self._known = make_dispatcher(fresh, channel, worker=worker), known
        return self._dispatcher

    def _fingerprint(self) -> tuple[Any, ...]:
        with self.shop.ledger.reading() as tx:
            newest = tx.frame(
                select(templates.c.template, func.max(templates.c.version).label("version"))
                .group_by(templates.c.template)
                .order_by(templates.c.template)
            )
            said = tx.frame(select(settings).where(settings.c.name.in_(_READ)).order_by(settings.c.name))
        return newest.rows(), said.rows()


def main(arguments: list[str] | None = None) -> int:
    """Hand over what is due until told to end."""
    given = argparse.ArgumentParser(prog="tenshu.serve.dispatcher")
    given.add_argument("--home", type=Path, required=True)
    given.add_argument("--name", default="dispatcher")
    asked = given.parse_args(arguments)
    life = Life(asked.name)
    life.begin()
    shop = open_shop(asked.home, access="ask", is_prepared=True)
    try:
        with life.beating(shop.ledger):
            life.ready()
            DispatchLoop(shop, life.stop).run()
    finally:
        shop.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
