"""Fail points: nothing happens unless it was asked for, by a name that exists."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenshu.kit.failpoint import EXIT_STATUS, POINTS, ReachedFailPoint, failing, parse, reach

POINT = "outbox.claimed"
SOURCES = Path(__file__).resolve().parents[3] / "src"


def run(actions: str, times: int = 1) -> "subprocess.CompletedProcess[str]":
    program = f"from tenshu.kit.failpoint import reach\nfor _ in range({times}): reach({POINT!r})\nprint('alive')"
    environment = os.environ | {"TENSHU_FAILPOINT": actions, "PYTHONPATH": str(SOURCES)}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_nothing_happens_where_nothing_was_asked_for() -> None:
    for name in POINTS:
        reach(name)
    reach("no such point")  # not even looked at


def test_an_action_is_that_points_only() -> None:
    with failing(f"{POINT}:raise"):
        reach("outbox.settled")
        with pytest.raises(ReachedFailPoint, match=POINT):
            reach(POINT)
    reach(POINT)


def test_an_action_every_time_or_the_nth_time() -> None:
    with failing(f"{POINT}:raise"):
        for _ in range(2):
            with pytest.raises(ReachedFailPoint):
                reach(POINT)
    with failing(f"{POINT}:raise@3"):
        reach(POINT)
        reach(POINT)
        with pytest.raises(ReachedFailPoint):
            reach(POINT)
        reach(POINT)


def test_counting_starts_anew_for_each_test() -> None:
    for _ in range(2):
        with failing(f"{POINT}:raise@2"):
            reach(POINT)


def test_what_was_set_before_comes_back() -> None:
    with failing(f"{POINT}:raise"):
        with failing("outbox.settled:raise"):
            reach(POINT)
        with pytest.raises(ReachedFailPoint):
            reach(POINT)


def test_a_name_that_is_no_point_is_told_where_points_are_looked_at() -> None:
    with failing(f"{POINT}:raise@9"), pytest.raises(ValueError, match=r"no fail point 'outbox\.claimd'"):
        reach("outbox.claimd")


@pytest.mark.parametrize("actions", ["nowhere:kill", f"{POINT}:explode", POINT, f"{POINT}:kill@x", f"{POINT}:kill@-1"])
def test_what_cannot_be_meant_is_refused_with_what_there_is(actions: str) -> None:
    with pytest.raises(ValueError, match=r"points: .*actions: kill, raise, exit"):
        parse(actions)


def test_several_points_are_read_from_one_variable() -> None:
    found = parse(f"{POINT}:kill, outbox.settled:raise@3,")
    assert found == {POINT: ("kill", 0), "outbox.settled": ("raise", 3)}
    assert parse("") == {}


def test_kill_ends_a_process_with_nothing_cleaned_up() -> None:
    assert run(f"{POINT}:kill").returncode == -9
    assert run(f"{POINT}:kill@2", times=1).stdout == "alive\n"
    assert run(f"{POINT}:kill@2", times=2).returncode == -9


def test_exit_ends_a_process_with_its_own_status() -> None:
    ended = run(f"{POINT}:exit")
    assert (ended.returncode, ended.stdout) == (EXIT_STATUS, "")


def test_a_wrong_variable_is_said_at_once_and_not_ignored() -> None:
    ended = run("outbox.claimd:kill")
    assert ended.returncode == 1
    assert "outbox.claimd" in ended.stderr


def test_names_are_room_and_step_and_there_once() -> None:
    assert len(set(POINTS)) == len(POINTS)
    assert all(len(name.split(".")) == 2 and name == name.lower() for name in POINTS)


def test_every_point_is_reached_somewhere() -> None:
    sources = [path.read_text() for path in (SOURCES / "tenshu").rglob("*.py") if path.name != "failpoint.py"]
    missing = [name for name in POINTS if not any(f'reach("{name}")' in source for source in sources)]
    assert missing == []
