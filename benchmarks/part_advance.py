"""Time a million people who are due at once: go on, decide, fill the outbox; and beside it loops over people.

While they go on, another process commits small requests to the inbox and tells how long each commit waits.
"""

import json
import select
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl
from sqlalchemy import make_url

from benchmarks import world_advance as world
from benchmarks.baseline_advance import prepare, run_loop
from benchmarks.child import ROOT, measure
from benchmarks.figure import Figure, middle
from benchmarks.machine import durable_writes_per_second, timed
from tenshu import flow
from tenshu.bootstrap import open_shop
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.decide.policy import read_policy
from tenshu.flow.known import Known
from tenshu.journey.conditions import conditions_of
from tenshu.journey.definition import parse_journey
from tenshu.kit.clock import SetClock
from tenshu.kit.ids import fact_id
from tenshu.know.profile import reached_at
from tenshu.store.ledger import Ledger
from tenshu.store.place import PostgresChoice, write_choice
from tenshu.testing.postgres_server import PostgresMissing, PostgresServer

PEOPLE: Final = 1_000_000
VIEWS: Final = 20_000_000
FEW: Final = 20_000
ON_POSTGRES: Final = 200_000
LOOPS: Final = {"commit each": 1, "a commit per 1,000": 1000}
SECONDS_AT_MOST: Final = 30.0
BYTES_AT_MOST: Final = 2_000_000_000
INGEST_AT_MOST: Final = 50.0
IDLE_AT_MOST: Final = 0.05
POSTGRES_AT_MOST: Final = 2.0
INGEST_EVERY: Final = 0.01


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:
    """Let everybody go on, then the few three ways, all from the same prepared homes."""
    people, few = max(40, round(PEOPLE * size)), max(40, min(FEW, round(PEOPLE * size)))
    measure("benchmarks.part_advance:build", home=str(folder / "many"), people=people, views=round(VIEWS * size))
    many = [measure_advance(folder / "many", folder / "copy") for _turn in range(repeats)]
    few_folder = folder / "few"
    measure("benchmarks.part_advance:build", home=str(few_folder / "made"), people=few, views=0)
    loops = [measure_loops(few_folder, few) for _turn in range(repeats)]
    on_postgres = max(40, round(ON_POSTGRES * size))
    try:
        engines = [_engines(measure_postgres(folder / "postgres", on_postgres, repeats), on_postgres)]
    except PostgresMissing as problem:
        engines = []
        print(f"PostgreSQL is left out: {problem}")
    return [*_figures(many, people, size), *_ratios(loops, few), *engines]


def build(home: str, people: int, views: int, postgres: str = "") -> None:
    """Make a home; runs in a process of its own."""
    world.build(Path(home), people, views, postgres=postgres)


def measure_advance(made: Path, home: Path) -> dict[str, Any]:
    """Let everybody go on in a copy of the home, with an ingesting process beside it; then look at an idle tick."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(made, home)
    syncs = durable_writes_per_second(home)
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.part_advance", str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as ingest:
        done = measure("benchmarks.part_advance:advance", home=str(home))
        waits = json.loads(ingest.communicate(b"stop\n")[0])
    idle = measure("benchmarks.part_advance:idle", home=str(home)).told
    return {**done.told, "peak": done.peak_bytes, "syncs": syncs, "ingest": waits, "idle": idle}


def measure_loops(folder: Path, people: int) -> dict[str, Any]:
    """Let so many people go on three ways, each in a copy of the same home, and compare what they wrote."""
    for name in ("product", *LOOPS):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(folder / "made", folder / name)
    told: dict[str, Any] = {name: _loop(folder / name, people, every) for name, every in LOOPS.items()}
    told["product"] = measure("benchmarks.part_advance:advance", home=str(folder / "product")).told["seconds"]
    ours, *theirs = [world.dump(folder / name) for name in ("product", *LOOPS)]
    told["same"] = all(ours[table].equals(other[table]) for other in theirs for table in ours)
    return told


def measure_postgres(folder: Path, people: int, repeats: int) -> dict[str, Any]:
    """Let so many people go on with ledger and inbox in a PostgreSQL server of our own, and in files, in turns.

    Raises:
        PostgresMissing: there is no server to be had here.
    """
    told: dict[str, Any] = {"postgresql": [], "sqlite": []}
    with PostgresServer() as server:
        url = server.new_database()
        name = str(make_url(url).database)
        measure("benchmarks.part_advance:build", home=str(folder / "made"), people=people, views=0, postgres=url)
        measure("benchmarks.part_advance:build", home=str(folder / "files"), people=people, views=0)
        for turn in range(repeats):
            server.run(f"CREATE DATABASE {name}_{turn} TEMPLATE {name}")
            served = shutil.copytree(folder / "made", folder / f"made_{turn}")
            copied = make_url(url).set(database=f"{name}_{turn}").render_as_string(hide_password=False)
            write_choice(served, PostgresChoice(copied))
            filed = shutil.copytree(folder / "files", folder / f"files_{turn}")
            for kind, home in (("postgresql", served), ("sqlite", filed)):
                told[kind].append(measure("benchmarks.part_advance:advance", home=str(home)).told["seconds"])
            written = [world.dump(home) for home in (served, filed)]
            told["same"] = all(written[0][table].equals(written[1][table]) for table in written[0])
    return told


def advance(home: str) -> dict[str, Any]:
    """Let everybody go on; runs in a process of its own."""
    shop = open_shop(Path(home), clock=SetClock(world.NOW))
    policy, key = read_policy(shop.ledger), shop.address_key
    # A shop that is open has asked its first question long ago: what is loaded for it is not timed.
    first = Known(shop, shop.settings, now=world.NOW, people=pl.Series([1]))
    first.holds(conditions_of(parse_journey(world.SCENARIO)), pl.Series([1]))
    first.reached_at(pl.Series([1]))
    seconds, done = timed(lambda: flow.advance_all(shop, shop.settings, policy, now=world.NOW, address_key=key))
    shop.close()
    return {"seconds": seconds, "moved": done.moved, "decided": done.decided}


def idle(home: str) -> float:
    """Return the seconds in which a tick finds that nobody is due and when somebody will be."""
    shop = open_shop(Path(home), clock=SetClock(world.NOW))
    policy, key = read_policy(shop.ledger), shop.address_key
    holds = flow.Live(shop, shop.settings.zone).holds_at(world.NOW)
    looks = []
    for _turn in range(5):
        start = time.perf_counter()
        flow.enter_due(shop, shop.settings, holds, now=world.NOW)
        flow.advance_all(shop, shop.settings, policy, now=world.NOW, address_key=key)
        flow.next_due(shop, now=world.NOW)
        looks.append(time.perf_counter() - start)
    shop.close()
    return middle(looks)


def ingest(home: Path) -> dict[str, Any]:
    """Commit a small request to the inbox every 10 ms until something is said on standard input."""
    inbox = Ledger(home / "inbox.sqlite")
    view = {"event": "page_viewed", "source": "web", "properties": "{}", "fact_id": fact_id("view")}
    who = {"identifiers": [{"kind": "customer_no", "value": "S-1"}]}
    facts = facts_frame([{**view, **who, "occurred_at": world.NOW, "received_at": world.NOW}])
    waits = [0.0, 0.0]
    while not select.select([sys.stdin], [], [], INGEST_EVERY)[0]:
        seconds, _ = timed(lambda: accept(inbox, facts, source="web", received_at=world.NOW))
        waits.append(seconds * 1000)
    inbox.close()
    cuts = statistics.quantiles(waits[2:] or waits, n=100)
    return {"commits": len(waits) - 2, "p50_ms": cuts[49], "p99_ms": cuts[98], "max_ms": max(waits)}


def _loop(home: Path, people: int, commit_every: int) -> float:
    shop = open_shop(home, clock=SetClock(world.NOW))
    key, policy, zone = shop.address_key, read_policy(shop.ledger), shop.settings.zone
    customers = pl.Series("customer", range(1, people + 1))
    known = reached_at(shop.warehouse, now=world.NOW, customers=customers)
    shop.close()
    known = known.with_columns(has_bought=world.has_bought(customers))
    path = home / "ledger.sqlite"
    prepare(path, known.select("customer", "address", "zone", "has_bought").rows())
    seconds, _ = timed(lambda: run_loop(path, key, policy, zone=zone, commit_every=commit_every))
    return seconds


def _figures(many: Sequence[dict[str, Any]], people: int, size: float) -> list[Figure]:
    seconds, peak = [one["seconds"] for one in many], max(one["peak"] for one in many)
    waits = [one["ingest"]["p99_ms"] for one in many]
    looks = [one["idle"] for one in many]
    is_whole = size >= 1
    return [
        Figure(
            part="advance",
            what=f"{people:,} walks due at once: gone on, decided, in the outbox",
            value=middle(seconds),
            unit="s",
            demand=f"<= {SECONDS_AT_MOST:g} s, <= {BYTES_AT_MOST / 1e9:g} GB" if is_whole else "",
            is_met=(middle(seconds) <= SECONDS_AT_MOST and peak <= BYTES_AT_MOST) if is_whole else None,
            runs=seconds,
            syncs=many[-1]["syncs"],
            peak_bytes=peak,
        ),
        Figure(
            part="advance",
            what=f"p99 of {many[-1]['ingest']['commits']:,} ingest commits meanwhile "
            f"(p50 {many[-1]['ingest']['p50_ms']:.1f}, longest {max(one['ingest']['max_ms'] for one in many):.0f} ms)",
            value=middle(waits),
            unit="ms",
            demand=f"<= {INGEST_AT_MOST:g} ms" if is_whole else "",
            is_met=middle(waits) <= INGEST_AT_MOST if is_whole else None,
            runs=waits,
            syncs=many[-1]["syncs"],
        ),
        Figure(
            part="advance",
            what=f"what {people:,} people waiting add to a tick in which nobody is due",
            value=middle(looks),
            unit="s",
            demand=f"<= {IDLE_AT_MOST:g} s" if is_whole else "",
            is_met=middle(looks) <= IDLE_AT_MOST if is_whole else None,
            runs=looks,
        ),
    ]


def _ratios(loops: Sequence[dict[str, Any]], people: int) -> list[Figure]:
    ours = [one["product"] for one in loops]
    note = "" if all(one["same"] for one in loops) else " (ROWS DIFFER)"
    return [
        Figure(
            part="advance",
            what=f"{people:,} walks due at once{note}",
            value=middle(ours),
            unit="s",
            baseline=f"loop over people, {name}",
            baseline_value=middle([one[name] for one in loops]),
            ratio=middle([one[name] for one in loops]) / middle(ours),
            demand="printed",
            runs=ours,
        )
        for name in LOOPS
    ]


def _engines(told: dict[str, Any], people: int) -> Figure:
    ours, files = middle(told["postgresql"]), middle(told["sqlite"])
    return Figure(
        part="advance",
        what=f"{people:,} walks due at once, ledger on PostgreSQL{'' if told['same'] else ' (ROWS DIFFER)'}",
        value=ours,
        unit="s",
        baseline="the same on SQLite",
        baseline_value=files,
        ratio=ours / files,
        demand=f"<= {POSTGRES_AT_MOST:g}x" if people >= ON_POSTGRES else "",
        is_met=(ours <= POSTGRES_AT_MOST * files and told["same"]) if people >= ON_POSTGRES else None,
        runs=told["postgresql"],
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ingest(Path(sys.argv[1]))))
