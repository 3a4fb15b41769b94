"""A small shop whose clock is the real one, and `tenshu serve` on it as a process of its own."""

import csv
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from tenshu.bootstrap import Shop, save_settings
from tenshu.cli.main import cli
from tenshu.content.shop import ShopSettings
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.kit.clock import SystemClock, elapsed, rest
from tenshu.testing.small_shop import add_template, open_small_shop

PATIENCE = 60.0


def wait_for(what: Callable[[], Any], why: Callable[[], str] | str) -> Any:
    """Return the first true answer; fail with the words after a long while."""
    until = elapsed() + PATIENCE
    while not (found := what()):
        assert elapsed() < until, why() if callable(why) else why
        rest(timedelta(milliseconds=20))
    return found


def noon_zone(now: datetime) -> str:
    """Return a zone in which it is about noon now: nobody's quiet hours."""
    ahead = 12 - now.hour
    return f"Etc/GMT{-ahead:+d}"


def make_home(home: Path, *, smtp_port: int = 25, people: int = 0) -> Path:
    """Make the home of the small shop, as of now."""
    now = SystemClock().now()
    shop, _ = open_small_shop(home, at=now, people=people)
    told = ShopSettings(name="小さな花屋", postal_address="東京都", zone=noon_zone(now))
    shop = save_settings(Shop(shop.home, shop.ledger, shop.inbox, shop.warehouse, SystemClock()), told)
    write_smtp(shop.ledger, SmtpSettings(smtp_port=smtp_port))
    add_template(shop)
    shop.close()
    return home


def thanks(**changes: Any) -> dict[str, Any]:
    """Return the definition of one mail to whoever has just bought."""
    return {
        "tenshu": "journey/1",
        "name": "thanks",
        "title": {"ja": "お礼", "en": "Thanks"},
        "holdout_rate": 0.0,
        "entry": {"kind": "event", "event": "order_completed"},
        "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.1},
        "review_on": "2099-09-01",
        "first_step": "send",
        "steps": {
            "send": {"kind": "send", "channel": "email", "template": "hello", "next": "end"},
            "end": {"kind": "exit"},
        },
        **changes,
    }


def write_purchases(path: Path, members: list[str], *, order: str, zone: str) -> Path:
    """Write one purchase of a moment ago for each member."""
    at = (datetime.now(UTC).astimezone(ZoneInfo(zone)) + timedelta(seconds=1)).strftime("%Y/%m/%d %H:%M:%S")
    head = ["伝票番号", "商品コード", "商品名", "数量", "購入日時", "単価", "会員番号"]
    rows = [[f"{order}-{nth}", "F-1", "花束", "1", at, "1000", member] for nth, member in enumerate(members)]
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([head, *rows])
    return path


def told(*words: object) -> str:
    """Type a command that works; return what it says."""
    result = CliRunner().invoke(cli, ["--language", "en", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


class Served:
    """A running `tenshu serve`."""

    def __init__(self, home: Path, log: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.home = home
        self.log = log
        command = [sys.executable, "-m", "tenshu", "--language", "en", "serve", "--home", str(home), "--port", "0"]
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [*command, *options], stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **(environment or {})}
            )

    def said(self) -> str:
        return self.log.read_text()

    def url(self) -> str:
        """Return the address of the pages, when they are there."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        found = re.search(r"http://[0-9.:]+", line)
        assert found, f"{line!r}\n{self.said()}"
        return found[0]

    def wait_ready(self, *names: str) -> None:
        for name in names:
            line = f"serve: {name} ready"
            wait_for(lambda line=line: line in self.said(), self.said)  # type: ignore[misc]

    def pid(self, name: str) -> int:
        """Return the process that was started last under this name."""
        found: list[str] = re.findall(rf"serve: {name} started \(pid (\d+)\)", self.said())
        return int(found[-1])

    def kill(self, name: str) -> None:
        """Kill one process and wait until its successor is ready."""
        before = self.said().count(f"serve: {name} ready")
        os.kill(self.pid(name), signal.SIGKILL)
        wait_for(lambda: self.said().count(f"serve: {name} ready") > before, self.said)

    def stop(self) -> int:
        """Tell it to end; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(home: Path, log: Path, *options: str, environment: dict[str, str] | None = None) -> Iterator[Served]:
    """Serve a home for the time of the block; nothing of it is left behind."""
    served = Served(home, log, *options, environment=environment)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.process.send_signal(signal.SIGTERM)
            try:
                served.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                served.process.kill()
        if served.process.stdout:
            served.process.stdout.close()


def is_running(pid: int) -> bool:
    """Say whether a process still does something."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
