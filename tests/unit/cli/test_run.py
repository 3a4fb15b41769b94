"""`tenshu run` does what is due, says how many mails were really taken, and why others were not."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tenshu.bootstrap import open_shop
from tenshu.testing.small_shop import MONDAY
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.cli.terminal import clock_stands_at, hello, refusal, told, written


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as opened:
        yield opened


@pytest.fixture
def home(small_home: Path, sink: SmtpSink, tmp_path: Path) -> Path:
    told("shop", f"smtp_port={sink.port}", "--home", small_home)
    told("scenario", "start", written(tmp_path / "hello.json", hello()), "--home", small_home)
    return small_home


def test_one_run_lets_people_enter_decides_and_sends(home: Path, sink: SmtpSink) -> None:
    # Five people have a name; two of them have given no consent or withdrawn it.
    assert told("run", "--home", home) == "5 entered, 5 decisions, 3 handed over.\n"
    assert sink.accepted == 3


def test_a_second_run_at_the_same_instant_does_nothing(home: Path, sink: SmtpSink) -> None:
    told("run", "--home", home)
    assert told("run", "--home", home) == "0 entered, 0 decisions, 0 handed over.\n"
    assert sink.accepted == 3


def test_a_limit_lets_a_few_go_and_says_when_the_next_may(home: Path, sink: SmtpSink) -> None:
    told("shop", "limit_per_hour=2", "--home", home)
    said = told("run", "--home", home).splitlines()
    assert said == [
        "5 entered, 5 decisions, 2 handed over.",
        "The mail provider's limit is reached; the next may go at 2026-06-01 13:02.",
    ]
    clock_stands_at(home, MONDAY + timedelta(hours=1, minutes=2))
    assert told("run", "--home", home) == "0 entered, 0 decisions, 1 handed over.\n"
    assert sink.accepted == 3


def test_a_paused_shop_decides_sends_nothing_and_says_why(home: Path, sink: SmtpSink) -> None:
    told("shop", "pause", "--home", home)
    said = told("run", "--home", home).splitlines()
    assert said == [
        "5 entered, 5 decisions, 0 handed over.",
        "All sending of the shop is paused: Somebody has paused all sending.",
    ]
    told("shop", "go-on", "--home", home)
    assert told("run", "--home", home) == "0 entered, 0 decisions, 3 handed over.\n"


def test_what_was_done_is_said_in_japanese(home: Path) -> None:
    assert told("run", "--home", home, language="ja") == "開始 5人、判断 5件、配信 3件。\n"


def test_a_server_that_is_not_there_is_said_and_tried_again_later(home: Path, sink: SmtpSink) -> None:
    port = sink.port
    sink.stop()
    said = told("run", "--home", home).splitlines()
    assert said[0] == "5 entered, 5 decisions, 0 handed over."
    assert said[1].startswith("3 were not taken and will be tried again (")
    with SmtpSink() as again:
        told("shop", f"smtp_port={again.port}", "--home", home)
        clock_stands_at(home, MONDAY + timedelta(minutes=30))
        assert told("run", "--home", home) == "0 entered, 0 decisions, 3 handed over.\n"
        assert again.port != port
        assert again.accepted == 3


def test_a_refused_mail_is_not_called_handed_over(home: Path, sink: SmtpSink) -> None:
    sink.refuse = lambda address: "550 5.1.1 no such user" if address.startswith("s-1@") else None
    said = told("run", "--home", home).splitlines()
    assert said[0] == "5 entered, 5 decisions, 2 handed over."
    assert said[1].startswith("1 were refused for good (550 ")
    assert "no such user" in said[1]


def test_a_connection_cut_after_a_mail_leaves_it_in_doubt(home: Path, sink: SmtpSink) -> None:
    sink.cut_after_data = lambda address: address.startswith("s-2@")
    said = told("run", "--home", home).splitlines()
    assert any(line.startswith("1 are in doubt: nobody can say whether they arrived") for line in said)


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "There is no shop in" in refusal("run", "--home", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_forever_goes_on_until_it_is_interrupted_and_lets_go_of_the_home(home: Path, sink: SmtpSink) -> None:
    command = [sys.executable, "-m", "tenshu", "--language", "en", "run", "--forever", "--home", str(home)]
    going = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}, text=True)
    assert going.stdout is not None
    assert going.stdout.readline() == "5 entered, 5 decisions, 3 handed over.\n"
    assert "is open in another process" in refusal("report", "--home", home)
    going.send_signal(signal.SIGINT)
    said, complained = going.communicate(timeout=60)
    assert going.returncode == 1
    assert said == ""
    assert "Traceback" not in complained
    assert sink.accepted == 3
    open_shop(home).close()
