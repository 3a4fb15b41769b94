"""Tells facts to a shop's inbox, in a process of its own, and writes down which requests were accepted.

Reads lines `first last` of request numbers from standard input; answers when these are told.
"""

import argparse
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.kit.ids import fact_id
from tenshu.store.home import open_inbox
from tenshu.testing.small_shop import MONDAY, consent, order

FACTS_A_REQUEST: Final = 100
CUSTOMERS: Final = 2_000


def facts_of(request: int) -> list[dict[str, Any]]:
    """Return the facts of a request: an order, a consent, and views."""
    at = MONDAY + timedelta(minutes=1, microseconds=request)
    number = f"C-{request % CUSTOMERS}"
    made = [order(number, f"O-{request}", at), consent(number, "granted", "opt_in", at)]
    return made + [_view(request, place, at) for place in range(len(made), FACTS_A_REQUEST)]


def _view(request: int, place: int, at: datetime) -> dict[str, Any]:
    return {
        "fact_id": fact_id("view", request, place),
        "event": "page_viewed",
        "occurred_at": at,
        "received_at": at,
        "source": "web",
        "identifiers": [{"kind": "customer_no", "value": f"C-{(request * 7 + place) % CUSTOMERS}"}],
        "properties": "{}",
    }


def main() -> None:
    """Tell what is asked for until standard input ends."""
    given = argparse.ArgumentParser()
    given.add_argument("home", type=Path)
    given.add_argument("log", type=Path)
    asked = given.parse_args()
    inbox, log = open_inbox(asked.home), os.open(asked.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    print("ready", flush=True)
    for line in sys.stdin:
        first, last = map(int, line.split())
        for request in range(first, last + 1):
            accept(inbox, facts_frame(facts_of(request)), source="web", received_at=MONDAY)
            os.write(log, f"{request}\n".encode())
        print("told", flush=True)


if __name__ == "__main__":
    main()
