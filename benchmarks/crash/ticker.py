"""Ticks in a process of its own until nothing has waited for a while."""

import argparse
from datetime import timedelta
from pathlib import Path

from tenshu import flow
from tenshu.bootstrap import open_shop
from tenshu.collect.inbox import waiting
from tenshu.kit.clock import SetClock, elapsed, rest
from tenshu.testing.small_shop import MONDAY


def main() -> None:
    """Tick until idle, or until killed."""
    given = argparse.ArgumentParser()
    given.add_argument("home", type=Path)
    given.add_argument("--idle", type=float, default=0.5)
    asked = given.parse_args()
    shop = open_shop(asked.home, clock=SetClock(MONDAY + timedelta(hours=1)), access="own", is_prepared=True)
    print("ready", flush=True)
    idle_since = elapsed()
    while elapsed() - idle_since < asked.idle:
        done = flow.tick(shop, shop.settings, now=shop.clock.now(), address_key=shop.address_key)
        if done.batches or done.decided or waiting(shop.inbox):
            idle_since = elapsed()
        rest(timedelta(milliseconds=10))
    shop.close()


if __name__ == "__main__":
    main()
