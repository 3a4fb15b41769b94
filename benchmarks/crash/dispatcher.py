"""A dispatcher in a process of its own: it hands over what is due until nothing is."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement

from benchmarks.crash.world import NOW, open_beside
from tenshu.bootstrap import make_dispatcher
from tenshu.deliver import dispatch, outbox
from tenshu.deliver.channels.email import SmtpChannel

#: A lease as short as this ends soon after a kill, so that a suite need not wait for minutes.
LEASE = timedelta(seconds=1.5)


def main() -> None:
    """Work until nothing is due, or until killed."""
    given = argparse.ArgumentParser()
    given.add_argument("home", type=Path)
    given.add_argument("port", type=int)
    given.add_argument("--name", default="0")
    given.add_argument("--in-flight", type=int, default=64)
    given.add_argument("--ahead", type=float, default=0.0, help="hours that all its clocks are ahead")
    given.add_argument("--renew-every", type=float, default=0.4)
    asked = given.parse_args()
    outbox.LEASE_FOR, outbox.GRACE = LEASE, LEASE  # type: ignore[misc]
    dispatch.RENEW_EVERY = timedelta(seconds=asked.renew_every)  # type: ignore[misc]
    now = NOW + timedelta(hours=asked.ahead)
    shop = open_beside(asked.home, asked.name, now=now)
    if asked.ahead and shop.ledger.kind == "sqlite":
        _put_clock_ahead(shop.ledger.dialect, asked.ahead)
    channel = SmtpChannel("127.0.0.1", asked.port)
    made = make_dispatcher(shop, channel)
    made.in_flight = asked.in_flight
    print("ready", flush=True)
    made.run(now=now)
    print("done", flush=True)


def _put_clock_ahead(dialect: Any, hours: float) -> None:
    """Let this process believe that it is later: SQLite's clock is the clock of whoever asks."""
    honest = dialect.lease_clock

    def ahead() -> ColumnElement[int]:
        return honest() + int(hours * 3_600_000_000)  # type: ignore[no-any-return]

    dialect.lease_clock = ahead


if __name__ == "__main__":
    main()
