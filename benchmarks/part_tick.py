"""One tick of 10,000 facts about 5,000 customers with 100 conditions live, in shops of different size; the way back."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.child import ROOT, Measured, measure, peak_of, run_until_killed
from benchmarks.facts_of import frames, touching
from benchmarks.figure import Figure, middle
from benchmarks.machine import durable_writes_per_second, timed
from benchmarks.shop_for_tick import NOW
from tenshu.kit.memory import give_back

#: Name -> customers, facts, whether everybody waits in a scenario.
SHOPS: Final = {
    "large": (1_000_000, 20_000_000, False),
    "waiting": (1_000_000, 20_000_000, True),
    "middle": (100_000, 2_000_000, False),
    "small": (20_000, 400_000, False),
}
FACTS: Final = 10_000
TOUCHED: Final = 5_000
A_REQUEST: Final = 100
#: Ticks of one process whose median counts; the first after the way back is told apart.
TICKS: Final = 5
#: Ticks of each of two shops that take turns in one process: what the one takes more, tick for tick.
PAIRS: Final = 7
#: Files and folders of a home that hold a snapshot of the live state; without them it is rebuilt.
SNAPSHOTS: Final = ("live",)

TICK_AT_MOST: Final = 0.5
TIMES_MIDDLE: Final = 1.5
WAITING_ADDS: Final = 0.05
REBUILT_WITHIN: Final = 30.0
LOADED_WITHIN: Final = 5.0
MEMORY: Final = {"large": 2.5e9, "small": 300e6}


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:
    """Make the homes once (and keep them), then let the shops take turns."""
    homes = {name: _home(folder / "homes", name, size) for name in SHOPS}
    ticks: dict[str, list[Measured]] = {name: [] for name in SHOPS}
    ways: dict[str, list[float]] = {"rebuilt": [], "loaded": []}
    added: list[float] = []
    syncs = []
    for turn in range(repeats):
        for name, home in homes.items():
            syncs.append(durable_writes_per_second(folder))
            one = measure(
                "benchmarks.part_tick:tick_often",
                is_served=True,
                home=str(home),
                turn=turn,
                customers=_customers(name, size),
                ticks=TICKS,
            )
            ticks[name].append(one)
        pair: dict[str, Any] = {
            "homes": [str(homes["large"]), str(homes["waiting"])],
            "customers": _customers("large", size),
        }
        both = measure("benchmarks.part_tick:tick_in_turn", is_served=True, turn=turn, ticks=PAIRS, **pair)
        added.append(middle([waiting - alone for alone, waiting in both.told["seconds"]]))
        for way, runs in ways.items():
            runs.append(_way_back(homes["large"], way, turn=turn, customers=_customers("large", size)))
    return _figures(ticks, ways, added, middle(syncs), size)


def _customers(name: str, size: float) -> int:
    return max(200, round(SHOPS[name][0] * size))


def _home(homes: Path, name: str, size: float) -> Path:
    """Return the prepared home of that name; it is made when it is not there."""
    home, is_waiting = homes / name, SHOPS[name][2]
    if home.exists():
        return home
    homes.mkdir(parents=True, exist_ok=True)
    half = homes / f"{name}-half"
    shutil.rmtree(half, ignore_errors=True)
    customers, facts = _customers(name, size), max(4_000, round(SHOPS[name][1] * size))
    if is_waiting:
        shutil.copytree(homes / "large", half)
        measure("benchmarks.shop_for_tick:let_wait", home=str(half), customers=customers)
    else:
        measure("benchmarks.shop_for_tick:prepare", home=str(half), customers=customers, facts=facts)
    return half.rename(home)


def tick_often(home: str, turn: int, customers: int, ticks: int = 1, *, is_killed: bool = False) -> dict[str, Any]:
    """Tick once without facts, then so often with 10,000 facts each; runs in a process of its own."""
    live = _Live(home)
    first, _ = timed(lambda: live.tick(turn * 100.0))
    give_back()  # as the owner does after its first tick
    live.shop.rest()  # and after every one that brought something
    if is_killed:
        live.live.save()
    seconds, rests = [], []
    for nth in range(ticks):
        at = turn * 100.0 + nth + 1
        _tell(home, customers, at)
        seconds.append(timed(lambda at=at: live.tick(at))[0])  # type: ignore[misc]
        rests.append(timed(live.shop.rest)[0])
    if is_killed:
        os.kill(os.getpid(), signal.SIGKILL)
    live.close()
    return {"first": first, "seconds": seconds, "rests": rests, "peak": peak_of()}


def tick_in_turn(homes: list[str], turn: int, customers: int, ticks: int) -> dict[str, Any]:
    """Let shops tick in turn with the same facts, now the one and now the other first; runs in a process of its own.

    What else the machine does falls upon them alike, which it does not upon processes that run one after the other.
    """
    shops = [_Live(home) for home in homes]
    for one in shops:
        one.tick(turn * 100.0 + TICKS + 1)
        one.shop.rest()
    seconds = []
    for nth in range(ticks):
        at = turn * 100.0 + TICKS + 2 + nth
        took = {}
        for place in range(len(shops))[:: -1 if nth % 2 else 1]:
            _tell(homes[place], customers, at)
            took[place] = timed(lambda one=shops[place], at=at: one.tick(at))[0]  # type: ignore[misc]
            shops[place].shop.rest()
        seconds.append([took[place] for place in range(len(shops))])
    for one in shops:
        one.close()
    return {"seconds": seconds}


def come_back(home: str, started: float, at: float) -> dict[str, Any]:
    """Open the home and tick once; return the seconds since the process was called for."""
    live = _Live(home)
    live.tick(at)
    seconds = time.monotonic() - started
    live.close()
    return {"seconds": seconds}


class _Live:
    """A shop whose ticks are timed, opened as the owner opens it and with all that the owner loads."""

    def __init__(self, home: str) -> None:
        import tenshu.serve.owner  # noqa: F401, PLC0415 - the measuring process stays small
        from tenshu.bootstrap import Shop, open_shop_of  # noqa: PLC0415
        from tenshu.flow.live import SNAPSHOT, Live  # noqa: PLC0415
        from tenshu.kit.clock import SetClock  # noqa: PLC0415
        from tenshu.store.warehouse import Warehouse  # noqa: PLC0415

        opened = open_shop_of(Path(home), Warehouse(Path(home) / "warehouse.duckdb"))
        self.shop = Shop(**vars(opened) | {"clock": SetClock(NOW)})
        self.live = Live(self.shop, self.shop.settings.zone, snapshot=Path(home) / SNAPSHOT)
        give_back()

    def tick(self, after: float) -> None:
        """Tick so many seconds after the shop's last fact."""
        from tenshu import flow  # noqa: PLC0415

        now = NOW + timedelta(seconds=after)
        flow.tick(self.shop, self.shop.settings, now=now, address_key=self.shop.address_key, live=self.live)

    def close(self) -> None:
        """Let go of the home."""
        self.shop.close()


def accept_some(home: str, customers: int, at: float) -> None:
    """Put a tick's facts into the inbox, as a web process does."""
    from tenshu.collect.inbox import accept  # noqa: PLC0415 - the measuring process stays small
    from tenshu.store.home import open_inbox  # noqa: PLC0415

    inbox = open_inbox(Path(home))
    for one in frames(_arriving(customers, at), A_REQUEST):
        accept(inbox, one, source="web", received_at=NOW)
    inbox.close()


def _tell(home: str, customers: int, at: float) -> None:
    given = json.dumps({"home": home, "customers": customers, "at": at})
    subprocess.run(
        [sys.executable, "-m", "benchmarks.child", "benchmarks.part_tick:accept_some", given],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _arriving(customers: int, at: float) -> list[dict[str, Any]]:
    step = max(1, customers // TOUCHED)
    # Every tick of every turn touches others, as far as there are others.
    nth = int(at) + (TICKS + PAIRS + 2) * (int(at) // step)
    people = list(range(1 + nth % step, customers + 1, step))[:TOUCHED]
    return touching(people, min(FACTS, 2 * len(people)), at=NOW + timedelta(seconds=at), salt=f"tick {at}")


def _way_back(home: Path, way: str, *, turn: int, customers: int) -> float:
    """Kill a process that ticks, and return the seconds until the next one has ticked."""
    at = 50 + turn if way == "loaded" else 70 + turn
    run_until_killed("benchmarks.part_tick:tick_often", home=str(home), turn=at, customers=customers, is_killed=True)
    if way == "rebuilt":
        for name in SNAPSHOTS:
            shutil.rmtree(home / name, ignore_errors=True)
    back = measure(
        "benchmarks.part_tick:come_back", is_served=True, home=str(home), started=time.monotonic(), at=at * 100.0 + 10
    )
    return float(back.told["seconds"])


def _figures(
    ticks: dict[str, list[Measured]], ways: dict[str, list[float]], added: list[float], syncs: float, size: float
) -> list[Figure]:
    runs = {name: [middle(one.told["seconds"]) for one in done] for name, done in ticks.items()}
    peaks = {name: max(int(one.told["peak"]) for one in done) for name, done in ticks.items()}
    took = {name: middle(each) for name, each in runs.items()}
    named = {name: f"{_customers(name, size):,} customers" for name in SHOPS}

    def figure(what: str, value: float, demand: str = "", is_met: bool | None = None, **more: Any) -> Figure:  # noqa: FBT001
        told = {"unit": "s", "syncs": syncs, **more}
        return Figure(part="tick", what=what, value=value, demand=demand, is_met=is_met, **told)

    large, near = took["large"], took["middle"]
    made = [
        figure(
            f"tick of {FACTS:,} facts, {named['large']}",
            large,
            f"<= {TICK_AT_MOST:g} s",
            large <= TICK_AT_MOST,
            runs=runs["large"],
            peak_bytes=peaks["large"],
        ),
        figure(
            f"the same, {named['large']}",
            large,
            f"<= {TIMES_MIDDLE:g}x",
            large <= TIMES_MIDDLE * near,
            baseline=named["middle"],
            baseline_value=near,
            ratio=large / near,
            peak_bytes=peaks["middle"],
        ),
        figure(
            "the same, everybody waiting in a scenario: more by, tick for tick",
            middle(added),
            f"<= {WAITING_ADDS:g} s",
            middle(added) <= WAITING_ADDS,
            baseline="nobody waiting",
            baseline_value=large,
            runs=added,
            peak_bytes=peaks["waiting"],
        ),
        figure(f"tick of {FACTS:,} facts, {named['small']}", took["small"], runs=runs["small"]),
    ]
    for name in ("large", "waiting"):
        rests = [middle(one.told["rests"]) for one in ticks[name]]
        longest = max(max(one.told["rests"]) for one in ticks[name])
        said = "everybody waiting" if SHOPS[name][2] else named[name]
        made.append(figure(f"rest of the stores after it, {said} (longest {longest:.3g} s)", middle(rests), runs=rests))
    for way, most, said in (("rebuilt", REBUILT_WITHIN, "by rebuild"), ("loaded", LOADED_WITHIN, "by snapshot")):
        back = middle(ways[way])
        made.append(figure(f"kill to first tick {said}", back, f"<= {most:g} s", back <= most, runs=ways[way]))
    for name, most in MEMORY.items():
        is_met = peaks[name] <= most
        said = f"<= {most / 1e6:,.0f} MB"
        what = f"memory of the owner, {named[name]}"
        made.append(figure(what, peaks[name] / 1e6, said, is_met, unit="MB", peak_bytes=peaks[name]))
    return made
