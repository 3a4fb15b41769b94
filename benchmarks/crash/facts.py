"""A suite of facts: killed between the inbox, the ledger and the warehouse, in whatever step."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import func, select

from benchmarks.crash import children
from benchmarks.crash.found import Found
from benchmarks.crash.teller import CUSTOMERS, FACTS_A_REQUEST, facts_of
from tenshu.bootstrap import Shop, open_shop
from tenshu.collect.facts_out import drain
from tenshu.collect.inbox import waiting
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.kit.failpoint import POINTS
from tenshu.privacy.tables import consents
from tenshu.testing.small_shop import CAST, MONDAY, add_template, open_small_shop, start

#: Rooms whose fail points a tick comes by, and that of whoever tells.
ROOMS: Final = ("digest", "drain", "enter", "advance", "follow", "inbox", "tick")
_IN_TELLER: Final = "inbox.accepting"


def between_stores(folder: Path, *, requests: int = 2_000, kills: int = 50, seed: int = 1) -> Found:
    """Tell facts while whoever tells and whoever ticks are killed at random and at every fail point."""
    began, home, log = time.perf_counter(), folder / "home", folder / "acked"
    _make_home(home)
    points = [name for name in POINTS if name.split(".")[0] in ROOMS and name != _IN_TELLER]
    rng, killed, told, teller = np.random.default_rng(seed), 0, 0, None
    lives = 0
    while killed < kills and lives < 4 * kills:
        point = points[lives % len(points)] if lives < len(points) * 2 else ""
        nth = 1 + lives // len(points)
        planned = f"{point}:kill@{nth}" if point else ""
        ticker = children.start("ticker", home, "--idle", 2.0, failpoint=planned)
        if teller is not None and teller.poll() is not None:
            killed += children.ended(teller) == -9
            teller = None
        if teller is None:
            dies = lives % 3 == 0
            place = int(rng.integers(1, 30))
            teller = children.start("teller", home, log, failpoint=f"{_IN_TELLER}:kill@{place}" if dies else "")
            children.ready(teller)
        told = _acked(log)
        if told < requests:
            children.ask(teller, f"{told} {min(told + -(-requests // kills), requests) - 1}")
        if point:
            killed += children.ended(ticker) == -9
        else:
            children.ready(ticker)
            time.sleep(float(rng.uniform(0.02, 0.4)))
            killed += children.kill(ticker)
        lives += 1
    children.kill(teller) if teller is not None else None
    _finish(home, log, requests)
    seconds = time.perf_counter() - began
    return _judge(home, len(set(children.lines(log))), kills=killed, requests=requests, seconds=seconds)


def _acked(log: Path) -> int:
    done = children.lines(log)
    return int(done[-1]) + 1 if done else 0


def _make_home(home: Path) -> None:
    shop, _ = open_small_shop(home)
    add_template(shop)
    start(shop, "thanks", entry={"kind": "event", "event": "order_completed"}, holdout_rate=0.0)
    shop.close()


def _finish(home: Path, log: Path, requests: int) -> None:
    teller = children.start("teller", home, log)
    children.ready(teller)
    if (told := _acked(log)) < requests:
        children.ask(teller, f"{told} {requests - 1}")
    if teller.stdin is not None:
        teller.stdin.close()
    children.ended(teller, 60)
    children.ended(children.start("ticker", home))


def _judge(home: Path, acked: int, *, kills: int, requests: int, seconds: float) -> Found:
    shop = open_shop(home, clock=SetClock(MONDAY + timedelta(hours=1)), access="own")
    drain(shop.ledger, shop.warehouse)
    wanted = {one["fact_id"] for request in range(requests) for one in facts_of(request)}
    rows = shop.warehouse.frame("SELECT fact_id, event, source FROM facts WHERE source <> 'ledger'")
    stored = rows["fact_id"].to_list()
    lost = len(wanted - set(stored)) + waiting(shop.inbox)
    twice = len(stored) - len(set(stored))
    notes = _ledger_notes(shop, min(requests, CUSTOMERS))
    shop.close()
    return Found(
        suite="inbox, ledger, warehouse",
        things=requests * FACTS_A_REQUEST,
        kills=kills,
        lost=lost,
        twice=twice,
        closes=not notes and acked == requests,
        seconds=seconds,
        note=", ".join(notes),
    )


def _ledger_notes(shop: Shop, customers: int) -> list[str]:
    """Return what the ledger and the facts that it told do not agree on."""
    with shop.ledger.reading() as tx:
        entered = int(tx.value(select(func.count()).select_from(enrolments)))
        said = int(tx.value(select(func.count()).select_from(consents).where(consents.c.recorded_at > MONDAY)))
    told = dict(shop.warehouse.frame("SELECT event, count(*)::BIGINT AS n FROM facts GROUP BY event").rows())
    lines = shop.warehouse.frame("SELECT count(*)::BIGINT AS n FROM order_lines WHERE order_no LIKE 'O-%'").item()
    found = {
        "people entered": (entered, customers),
        "entries told": (told.get("journey_entered", 0), customers),
        "decisions told": (told.get("message_decided", 0), customers),
        "walks ended": (told.get("journey_left", 0), customers),
    }
    notes = [f"{name}: {got}, not {wanted}" for name, (got, wanted) in found.items() if got != wanted]
    wanted_lines = told.get("product_purchased", 0) - len(CAST)
    if lines != wanted_lines or said != lines:
        notes.append(f"{lines} order lines, {wanted_lines} purchases, {said} consents")
    return notes
