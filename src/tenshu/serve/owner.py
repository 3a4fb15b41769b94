"""The process that has the warehouse open: ticks, runs jobs, answers everybody else over a socket."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from tenshu.bootstrap import Shop, open_shop_of
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.flow import Live, Ticked, digest_all, publish, tick
from tenshu.flow.backing import begin_nightly
from tenshu.jobs import JobRunner
from tenshu.jobs.files import DIGESTING, FileProgress
from tenshu.kit.clock import SetClock, elapsed
from tenshu.kit.failpoint import reach
from tenshu.kit.memory import give_back
from tenshu.kit.progress import Progress
from tenshu.measure.report import build_report
from tenshu.serve.leading import Leadership, holder_name, wait_for_warehouse
from tenshu.serve.life import Life
from tenshu.serve.telling import TellLoop, Work
from tenshu.store.remote import SOCKET, WarehouseServer
from tenshu.web.console.asked import ANSWERS, ORDERS, answer_of

#: Below the home: the folder of the live state's snapshot begins so, and ends with the zone.
SNAPSHOT: Final = "live-"
#: How often the live state is kept, in seconds.
SAVE_EVERY: Final = 300.0
#: How often what others have written is brought from the log into the file, in seconds.
FOLD_EVERY: Final = 10.0
_log = logging.getLogger(__name__)


class Owner:
    """Does a shop's work.

    Args:
        shop: opened as the owner. One whose clock stands still, a rehearsed one, does nothing by itself.
    """

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ticks_by_itself = not isinstance(shop.clock, SetClock)
        self.jobs = JobRunner(shop)
        self.live = self._opened(shop.settings.zone)
        self._saved_at = self._folded_at = elapsed()
        self.ticks = 0
        self.took = 0.0
        orders: dict[str, Work] = {"tick": self.tick, "digest": self.digest, "publish": self.publish}
        orders |= {name: self._answering(name) for name in ORDERS}
        self.loop = TellLoop(self.beat if self.ticks_by_itself else None, orders, is_fatal=_is_fatal)

    def calls(self) -> dict[str, Any]:
        """Return what others may tell; reports and the state are made beside the loop."""
        answers: dict[str, Work] = {name: self._answering(name) for name in ANSWERS}
        return self.loop.calls() | answers | {"report": self.report, "status": self.status}

    def beat(self) -> None:
        """Tick, and look after the jobs."""
        began = elapsed()
        done = self.tick()
        self.jobs.run_waiting(now=self.shop.clock.now())
        if not self.ticks:  # a start reads everything once
            give_back()
        self.ticks, self.took = self.ticks + 1, elapsed() - began
        if done.batches or elapsed() - self._folded_at > FOLD_EVERY:
            self.fold_logs()
        if elapsed() - self._saved_at > SAVE_EVERY:
            self.save()
            begin_nightly(self.shop, now=self.shop.clock.now())
        reach("owner.ticked")

    def tick(self, _progress: Progress | None = None) -> Ticked:
        """Do everything that is due now."""
        settings, live, now = *self._state(), self.shop.clock.now()
        folder = self.shop.home / DIGESTING
        return tick(
            self.shop,
            settings,
            now=now,
            address_key=self.shop.address_key,
            with_jobs=self.ticks_by_itself,
            live=live,
            progress=FileProgress(folder),
        )

    def digest(self, progress: Progress) -> int:
        """Digest everything that waits; return how many batches."""
        _settings, live = self._state()
        done = digest_all(self.shop, now=self.shop.clock.now(), progress=progress, live=live)
        if not done:  # a tick was faster: what comes with the end of an import is still missing
            self.publish(progress)
        return done

    def publish(self, _progress: Progress) -> None:
        """Publish the cut points of ranks as of now."""
        (settings, live), now = self._state(), self.shop.clock.now()
        live.publish(publish(self.shop, settings, now=now), now)

    def save(self) -> None:
        """Keep the live state, so that the next owner starts fast."""
        self.live.save()
        give_back()
        self._saved_at = elapsed()

    def fold_logs(self) -> None:
        """Bring what was committed into the files while nothing waits for it: no tick and no dispatcher pays for it."""
        self.shop.rest()
        self._folded_at = elapsed()

    def _answering(self, name: str) -> Work:
        """Return what pages let the owner do by this name, given the live state as it is then."""

        def answer(_progress: Progress, **given: Any) -> Any:
            return answer_of(name)(self.shop, self.live, **given)

        return answer

    def _state(self) -> tuple[ShopSettings, Live]:
        """Return the settings as they are now, and the live state, which is one of their zone."""
        settings = read_shop(self.shop.ledger)
        if settings.zone != self.live.zone:
            self.live = self._opened(settings.zone)
        return settings, self.live

    def _opened(self, zone: str) -> Live:
        # A state of another zone is no start: days end elsewhere.
        folder = self.shop.home / (SNAPSHOT + zone.replace("/", "-"))
        return Live(self.shop, zone, snapshot=folder if self.ticks_by_itself else None)

    def report(self, _progress: Progress) -> bytes:
        """Return the report as of now, as JSON."""
        shop = self.shop
        found = build_report(shop.ledger, shop.warehouse, read_shop(shop.ledger), now=shop.clock.now())
        return msgspec.json.encode(found)

    def status(self, _progress: Progress) -> dict[str, Any]:
        """Return how the ticks go."""
        return {
            "ticks": self.ticks,
            "is_ticking": self.ticks_by_itself,
            "last_took": self.took,
            "failures": self.loop.failures,
            "last_problem": self.loop.last_problem,
        }

    def close(self) -> None:
        """Stop the jobs' children, and keep the live state."""
        self.jobs.close()
        self.save()


def main(arguments: list[str] | None = None) -> int:
    """Run the owner of a home until it is told to end."""
    given = argparse.ArgumentParser(prog="tenshu.serve.owner")
    given.add_argument("--home", type=Path, required=True)
    given.add_argument("--name", default="owner")
    asked = given.parse_args(arguments)
    life = Life(asked.name)
    life.begin()
    warehouse = wait_for_warehouse(asked.home / "warehouse.duckdb", life.stop)
    if warehouse is None:
        return 0
    shop = open_shop_of(asked.home, warehouse)
    give_back()  # what loading took
    leadership = Leadership(shop.ledger, holder_name(asked.home))
    try:
        if not leadership.wait(life.stop):
            return 0
        reach("owner.leading")
        with leadership.held(_lost), life.beating(shop.ledger):
            lead(shop, life)
    except Exception:  # noqa: BLE001 - said; the supervisor starts another
        _log.exception("the owner cannot go on")
        return 1
    finally:
        shop.close()
    return 0


def lead(shop: Shop, life: Life) -> None:
    """Work and answer until told to end.

    Raises:
        Exception: an error after which only a new process helps.
    """
    owner = Owner(shop)
    life.on_stop(owner.loop.wake)
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET, owner.calls())
    try:
        life.ready()
        owner.loop.run(life.stop)
    finally:
        server.close()
        owner.close()


def _lost() -> None:
    """End at once, whatever is being done: another may lead by now, and a tick may be cut anywhere."""
    _log.error("another process may lead by now; ending")
    os._exit(1)


def _is_fatal(problem: BaseException) -> bool:
    return isinstance(problem, duckdb.FatalException)


if __name__ == "__main__":
    sys.exit(main())
