"""Suites of a full disk: what was accepted survives, and work goes on by itself when there is space.

The disk is a small one in memory (tmpfs) that only root may mount, filled with a ballast file; where that is not
allowed the suite says that it was left out.
"""

import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.crash import children
from benchmarks.crash.found import Found
from benchmarks.crash.mails import judge
from benchmarks.crash.teller import FACTS_A_REQUEST, facts_of
from benchmarks.crash.world import make_home
from tenshu import flow
from tenshu.bootstrap import open_shop
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.kit.clock import SetClock
from tenshu.kit.errors import TenshuError
from tenshu.testing.small_shop import MONDAY, open_small_shop

DISK: Final = 48 << 20


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a small disk; None where that is not allowed."""
    place = folder / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def fill(disk: Path, *, leave: int = 0) -> Path:
    """Fill the disk up but for so many bytes; return the ballast, which is removed to make space."""
    ballast = disk / "ballast"
    state = os.statvfs(disk)
    with ballast.open("wb") as file:
        left = state.f_bavail * state.f_frsize - leave
        while left > 0:
            try:
                left -= file.write(b"\0" * min(left, 1 << 16))
                file.flush()
            except OSError:
                break
    return ballast


def while_telling(folder: Path) -> Found:
    """Fill the disk under the inbox and the warehouse while facts come in and are digested."""
    began = time.perf_counter()
    with small_disk(folder) as disk:
        if disk is None:
            return _left_out("full disk: inbox, warehouse")
        shop, _ = open_small_shop(disk / "home")
        ballast, acked, refusals = fill(disk, leave=1 << 20), [], Counter[str]()
        for request in range(400):
            if request == 200:
                refusals.update(_tick_refusal(disk / "home"))
                ballast.unlink()
            try:
                accept(shop.inbox, facts_frame(facts_of(request)), source="web", received_at=MONDAY)
                acked.append(request)
            except (SQLAlchemyError, TenshuError, OSError) as refusal:
                refusals[_said(refusal)] += 1
        shop.close()
        stored = _digest(disk / "home")
        wanted = {one["fact_id"] for request in acked for one in facts_of(request)}
        return Found(
            suite="full disk: inbox, warehouse",
            things=len(acked) * FACTS_A_REQUEST,
            kills=0,
            lost=len(wanted - set(stored)),
            twice=len(stored) - len(set(stored)),
            closes=sum(refusals.values()) > 0,
            seconds=time.perf_counter() - began,
            note=f"{sum(refusals.values())} refused: " + "; ".join(sorted(refusals)),
        )


def while_sending(folder: Path, *, people: int = 1_000) -> Found:
    """Fill the disk under the ledger while mails go out, and make space after a while."""
    began, log = time.perf_counter(), folder / "accepted"
    with small_disk(folder) as disk:
        if disk is None:
            return _left_out("full disk: ledger")
        home = disk / "home"
        make_home(home, people)
        with children.sink(log, 0.001) as port:
            child = children.start("dispatcher", home, port)
            children.ready(child)
            while len(children.lines(log)) < people // 10:
                time.sleep(0.01)
            ballast = fill(disk)
            threading.Timer(3.0, ballast.unlink).start()
            status = children.ended(child)
            time.sleep(0.1)
            if status:
                children.ended(children.start("dispatcher", home, port))
        found = judge("full disk: ledger", home, log, kills=int(status != 0), in_flight=64, seconds=0)
        note = "went on by itself" if status == 0 else f"ended with {status}"
        return msgspec.structs.replace(found, seconds=time.perf_counter() - began, note=f"{note} {found.note}".strip())


def _tick_refusal(home: Path) -> list[str]:
    try:
        _digest(home)
    except Exception as refusal:  # noqa: BLE001 - whatever it says is what the suite tells
        return [f"tick: {_said(refusal)}"]
    return []


def _digest(home: Path) -> list[bytes]:
    shop = open_shop(home, clock=SetClock(MONDAY + timedelta(hours=1)), access="own")
    try:
        flow.tick(shop, shop.settings, now=shop.clock.now(), address_key=shop.address_key)
        rows = shop.warehouse.frame("SELECT fact_id FROM facts WHERE source <> 'ledger'")
        return rows["fact_id"].to_list()
    finally:
        shop.close()


def _said(refusal: Exception) -> str:
    origin = getattr(refusal, "orig", None) or refusal
    return f"{type(refusal).__name__} ({str(origin)[:60]})"


def _left_out(suite: str) -> Found:
    return Found(suite=suite, things=0, kills=0, lost=0, twice=0, note="left out: only root may mount a small disk")
