"""`tenshu serve` with its real processes: it does the work, survives every kill, and leaves nothing behind."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tenshu.kit.clock import SystemClock
from tenshu.store.lock import SERVED, holder_of
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.cli.terminal import clock_stands_at, refusal, written
from tests.unit.serve.served import (
    is_running,
    make_home,
    noon_zone,
    serving,
    thanks,
    told,
    wait_for,
    write_purchases,
)

PARTS = ("owner", "dispatcher", "web")


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as opened:
        yield opened


def buy(home: Path, members: list[str], order: str) -> None:
    now = SystemClock().now()
    file = write_purchases(home.parent / f"{order}.csv", members, order=order, zone=noon_zone(now))
    told("import", file, "--home", home, "--yes")


def recipients(sink: SmtpSink) -> list[str]:
    return sorted(mail.recipient for mail in sink.mails())


def listed(home: Path) -> set[str]:
    """Return the processes on the list, without a ledger of our own that might migrate something."""
    with sqlite3.connect(f"file:{home / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        return {name.partition("@")[0] for (name,) in ledger.execute("SELECT name FROM processes")}


def test_it_does_the_work_beside_commands_survives_kills_and_ends(tmp_path: Path, sink: SmtpSink) -> None:
    home = make_home(tmp_path / "home", smtp_port=sink.port)
    told("scenario", "start", written(tmp_path / "thanks.json", thanks()), "--home", home)
    with serving(home, tmp_path / "log") as served:
        url = served.url()
        served.wait_ready(*PARTS)
        buy(home, ["S-1", "S-4"], "A")
        wait_for(lambda: sink.accepted == 1, served.said)  # S-4 has said no
        assert httpx.get(f"{url}/report", timeout=30).status_code == 403  # nobody works here yet
        assert "Thanks" in told("report", "--home", home)
        assert listed(home) == set(PARTS)
        assert "is served already" in refusal("serve", "--home", home)
        for name in PARTS:
            served.kill(name)
        buy(home, ["S-1", "S-3"], "B")
        wait_for(lambda: sink.accepted == 2, served.said)  # S-1 was thanked already
        assert httpx.get(f"{url}/u/none", timeout=30).status_code == 404
        assert "Thanks" in told("report", "--home", home)
        assert served.stop() == 0
    assert recipients(sink) == ["s-1@example.com", "s-3@example.com"]
    assert listed(home) == set()
    assert holder_of(home / SERVED) is None


def test_a_killed_supervisor_leaves_nothing_and_a_new_one_starts_at_once(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    with serving(home, tmp_path / "log", "--no-send", "--web-workers", "2") as first:
        first.url()
        names = ("owner", "web-1", "web-2")
        first.wait_ready(*names)
        assert "dispatcher" not in first.said()
        children = [first.pid(name) for name in names]
        first.process.kill()
        with serving(home, tmp_path / "again") as second:
            second.wait_ready(*PARTS)
            wait_for(lambda: not any(is_running(pid) for pid in children), first.said)
            assert "5 customers" in told("report", "--home", home)


def test_a_standby_takes_over_from_a_killed_owner(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    with serving(home, tmp_path / "one", "--only", "owner") as one:
        one.wait_ready("owner")
        with serving(home, tmp_path / "two", "--only", "owner") as two:
            wait_for(lambda: "standing by" in two.said(), two.said)
            os.kill(one.process.pid, signal.SIGKILL)
            os.kill(one.pid("owner"), signal.SIGKILL)
            two.wait_ready("owner")
            assert "5 customers" in told("report", "--home", home)
            assert two.stop() == 0


def test_a_rehearsed_home_is_shown_and_nothing_of_it_moves(tmp_path: Path, sink: SmtpSink) -> None:
    home = make_home(tmp_path / "home", smtp_port=sink.port)
    clock_stands_at(home, SystemClock().now())
    told("scenario", "start", written(tmp_path / "thanks.json", thanks()), "--home", home)
    with serving(home, tmp_path / "log") as served:
        url = served.url()
        served.wait_ready("owner", "web")
        assert "dispatcher" not in served.said()
        buy(home, ["S-1"], "A")
        assert "Thanks" in httpx.get(f"{url}/report?lang=en", timeout=30).text
        assert told("run", "--home", home).startswith("0 entered, 1 decision, 1 handed over")
        assert served.stop() == 0
    assert sink.accepted == 1  # by the command, which was told to
