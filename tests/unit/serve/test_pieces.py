"""Small parts of serving: how long is waited after a failure, what a line of the log is, what an order leaves."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.bootstrap import Shop
from tenshu.kit.errors import MissingExtra, TenshuError
from tenshu.kit.failpoint import ReachedFailPoint
from tenshu.kit.progress import NoProgress
from tenshu.serve import dispatcher, telling
from tenshu.serve.dispatcher import LOOK_EVERY, DispatchLoop
from tenshu.serve.leading import holder_name
from tenshu.serve.life import Life, _OneLine
from tenshu.serve.supervisor import (
    HEALTHY_AFTER,
    LIFELINE,
    Part,
    Supervisor,
    _Child,
    _heard,
    _how,
    child_command,
    delay_after,
)
from tenshu.serve.telling import LONGEST_BACKOFF, OwnerEnds, TellLoop
from tenshu.store.remote import OwnerAway


def failing(problem: Exception) -> TellLoop:
    def tick() -> None:
        raise problem

    return TellLoop(tick, {})


def test_after_each_failure_in_a_row_the_next_tick_waits_twice_as_long_up_to_a_minute() -> None:
    loop = failing(OSError("disk full"))
    assert [loop._do_tick() for _turn in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (loop.failures, loop.last_problem) == (9, "OSError: disk full")


@pytest.mark.parametrize("failures", [10, 11, 100, 10_000])
def test_a_week_of_failures_waits_no_longer_than_a_minute(failures: int) -> None:
    loop = failing(OSError())
    loop.failures = failures
    assert loop._do_tick() == LONGEST_BACKOFF


@pytest.mark.parametrize(("took", "next_in"), [(0.0, 1.0), (0.25, 0.75), (1.0, 0.0), (30.0, 0.0)])
def test_ticks_begin_once_a_second_and_at_once_after_a_long_one(
    monkeypatch: pytest.MonkeyPatch, took: float, next_in: float
) -> None:
    instants = iter((100.0, 100.0 + took))
    monkeypatch.setattr(telling, "elapsed", lambda: next(instants))
    assert TellLoop(lambda: None, {})._do_tick() == pytest.approx(next_in)


def test_a_tick_that_succeeds_forgets_the_failures_before() -> None:
    loop = TellLoop(lambda: None, {})
    loop.failures, loop.last_problem = 7, "OSError: x"
    loop._do_tick()
    assert (loop.failures, loop.last_problem) == (0, "")


def test_a_fatal_problem_is_no_failure_to_be_waited_out() -> None:
    loop = TellLoop(failing(ReachedFailPoint())._tick, {}, is_fatal=lambda problem: isinstance(problem, Exception))
    with pytest.raises(ReachedFailPoint):
        loop._do_tick()
    assert loop.failures == 0


def done(loop: TellLoop, name: str, **given_: Any) -> Any:
    """Tell an order, and let the loop do all that was told."""
    answers: list[Any] = []

    def tell() -> None:
        try:
            answers.append(loop.calls()[name](NoProgress(), **given_))
        except TenshuError as problem:
            answers.append(problem)

    told = threading.Thread(target=tell)
    told.start()
    order = loop._told.get()
    assert order is not None
    loop._obey(order)
    told.join()
    return answers[0]


@settings(max_examples=30, deadline=None)
@given(given_=st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers() | st.text(max_size=5)))
def test_an_order_is_given_what_it_was_told_with_and_its_result_goes_back(given_: dict[str, Any]) -> None:
    loop = TellLoop(None, {"echo": lambda _progress, **told: told, "count": lambda _progress, **told: len(told)})
    assert done(loop, "echo", **given_) == given_
    assert done(loop, "count", **given_) == len(given_)


def test_an_order_that_is_refused_in_words_gives_those_words_back() -> None:
    def refused(_progress: object) -> None:
        raise MissingExtra(part="A", extra="b")

    problem = done(TellLoop(None, {"x": refused}), "x")
    assert isinstance(problem, MissingExtra)
    assert problem.given == {"part": "A", "extra": "b"}


def test_what_waits_when_the_owner_ends_is_refused_and_what_was_done_stays_done() -> None:
    loop = TellLoop(None, {"late": lambda _progress: "never"})
    stop = threading.Event()
    stop.set()
    answers: list[BaseException | None] = []
    orders = [telling._Order(lambda: None, NoProgress(), {}, "en") for _turn in range(3)]
    orders[1].result.set_result("done")
    for order in orders:
        loop._told.put(order)
    loop.wake()
    loop.run(stop)
    answers = [order.result.exception() for order in orders]
    assert [type(answer) for answer in answers] == [OwnerEnds, type(None), OwnerEnds]
    with pytest.raises(OwnerEnds):
        loop.calls()["late"](NoProgress())


class Away:
    """Stands for a dispatcher whose every spell ends in the same way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *ends: int | Exception) -> None:
        self.loop = DispatchLoop(cast("Shop", None), threading.Event())
        left = iter(ends)

        def work(_loop: DispatchLoop) -> int:
            end = next(left)
            if isinstance(end, Exception):
                raise end
            return end

        monkeypatch.setattr(DispatchLoop, "work", work)


def test_a_dispatcher_rests_when_there_is_nothing_and_longer_after_each_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: list[int | Exception] = [0, 5, OSError("a"), OSError("b"), OwnerAway(), 0, OSError("c"), *[OSError("d")] * 9]
    away = Away(monkeypatch, *ends)
    rests = [away.loop._try() for _end in ends]
    assert rests[:7] == [LOOK_EVERY, 0.0, 0.5, 1.0, 2.0, LOOK_EVERY, 0.5]
    assert rests[-1] == dispatcher.LONGEST_BACKOFF
    assert rests[6:] == sorted(rests[6:])


def test_an_owner_that_stays_away_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = Away(monkeypatch, *[OwnerAway()] * 4, 0, OwnerAway())
    for _end in range(6):
        away.loop._try()
    assert caplog.text.count("the owner of the warehouse is away") == 2


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("one", "one"),
        ("one\ntwo\n\n  three  ", "one | two | three"),
        ("花\r\n屋", "花 | 屋"),
        ("forged\n2026-01-01T00:00:00Z owner: all is well", "forged | 2026-01-01T00:00:00Z owner: all is well"),
    ],
)
def test_an_event_of_the_log_is_one_line(message: str, line: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, message, None, None)
    assert _OneLine("web: %(message)s").format(record) == f"web: {line}"


def test_an_error_in_the_log_is_one_line_with_its_whole_story() -> None:
    try:
        raise ValueError("first\nsecond")  # noqa: TRY301
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "broke", None, sys.exc_info())
    said = _OneLine("%(message)s").format(record)
    assert len(said.splitlines()) == 1
    assert said.startswith("broke | Traceback")
    assert "ValueError: first | second" in said


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0, "ended with status 0"),
        (71, "ended with status 71"),
        (-signal.SIGKILL, "was killed by SIGKILL"),
        (-signal.SIGTERM, "was killed by SIGTERM"),
        (-signal.SIGSEGV, "was killed by SIGSEGV"),
    ],
)
def test_how_a_child_ended_is_said_by_name(status: int, said: str) -> None:
    assert _how(status) == said


@pytest.mark.parametrize(("lived", "deaths"), [(0.0, 6), (HEALTHY_AFTER - 0.1, 6), (HEALTHY_AFTER, 1), (9e9, 1)])
def test_a_child_that_lived_for_a_minute_begins_anew_with_the_shortest_delay(
    monkeypatch: pytest.MonkeyPatch, lived: float, deaths: int
) -> None:
    monkeypatch.setattr("tenshu.serve.supervisor.elapsed", lambda: 1000.0 + lived)
    said: list[str] = []
    child = _Child(Part("web-1", ("x",)), started_at=1000.0, deaths=5)
    Supervisor([child.part], say=said.append)._delay(child, "ended with status 1")
    assert child.deaths == deaths
    assert child.starts_at == 1000.0 + lived + delay_after(deaths)
    assert said == [f"web-1 ended with status 1; starting it again in {delay_after(deaths):g} s"]


def test_the_supervisor_wakes_for_the_next_child_that_is_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenshu.serve.supervisor.elapsed", lambda: 10.0)
    supervisor = Supervisor([])
    part = Part("a", ("x",))
    running = _Child(part, process=cast("subprocess.Popen[bytes]", object()), starts_at=1.0)
    supervisor._children = [running]
    assert supervisor._next_start() is None
    supervisor._children = [running, _Child(part, starts_at=12.5), _Child(part, starts_at=11.0)]
    assert supervisor._next_start() == 1.0
    supervisor._children.append(_Child(part, starts_at=3.0))
    assert supervisor._next_start() == 0.0


def test_a_lifeline_tells_a_word_from_an_end() -> None:
    ours, theirs = socket.socketpair()
    theirs.send(b"r")
    assert _heard(ours) == b"r"
    theirs.close()
    assert _heard(ours) == b""
    ours.close()
    assert _heard(ours) == b""


def test_a_child_is_this_python_with_a_module_of_ours_and_plain_words() -> None:
    command = child_command("web", {"home": Path("/a b"), "port": 8000})
    assert command == (sys.executable, "-m", "tenshu.serve.web", "--home", "/a b", "--port", "8000")
    assert child_command("owner", {})[2:] == ("tenshu.serve.owner",)


def test_a_life_takes_its_lifeline_so_that_no_grandchild_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    monkeypatch.setenv(LIFELINE, str(theirs.fileno()))
    life = Life("web-1")
    assert LIFELINE not in os.environ
    life.ready()
    assert ours.recv(8) == b"r"
    ours.close()
    life.ready()  # nobody is there any more: noticed elsewhere, and no error here
    theirs.close()


def test_a_life_without_a_supervisor_is_ready_for_nobody() -> None:
    life = Life("web-1")
    life.ready()
    assert not life.stop.is_set()


def test_every_one_who_waits_is_woken_at_each_end() -> None:
    life, woken = Life("x"), list[str]()
    life.on_stop(lambda: woken.append("a"))
    life.on_stop(lambda: woken.append("b"))
    life.end()
    life.end()
    assert life.stop.is_set()
    assert woken == ["a", "b", "a", "b"]


def test_a_home_has_one_name_by_whatever_way_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    names = {holder_name(path) for path in (tmp_path / "home", tmp_path / "link", tmp_path / "x" / ".." / "home")}
    assert names == {f"{socket.gethostname()}:{(tmp_path / 'home').resolve()}"}
