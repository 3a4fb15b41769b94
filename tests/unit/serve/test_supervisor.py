"""The supervisor: children come back with growing delays, end in order and in time, and get their lifeline."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tenshu.kit.failpoint import VARIABLE
from tenshu.serve.lean import LEAN
from tenshu.serve.supervisor import FIRST_DELAY, LIFELINE, LONGEST_DELAY, Part, child_command, delay_after
from tests.unit.serve.served import PATIENCE, is_running, wait_for

#: Runs a supervisor of the children that are given as Python sources, with a log on stderr.
SUPERVISE = """
    import sys
    from tenshu.serve.supervisor import Part, Supervisor
    sources = sys.argv[2:]
    parts = [Part(f"child-{n}", (sys.executable, "-c", source), ends_last=n == 0) for n, source in enumerate(sources)]
    ready = lambda name: (sys.stdout.write(name + "\\n"), sys.stdout.flush())
    sys.exit(Supervisor(parts, on_ready=ready, stop_within=float(sys.argv[1])).run())
"""
SAY_READY = "import os, signal, sys, time; os.write(int(os.environ['TENSHU_LIFELINE']), b'r');"
GOOD = f"{SAY_READY} signal.signal(signal.SIGTERM, lambda *a: sys.exit(0)); time.sleep(600)"
STUBBORN = f"{SAY_READY} signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
SHORT = "import sys; sys.exit(3)"


class Supervised:
    def __init__(
        self, folder: Path, *sources: str, stop_within: float = 20, environment: dict[str, str] | None = None
    ) -> None:
        self.log = folder / "log"
        command = [sys.executable, "-c", textwrap.dedent(SUPERVISE), str(stop_within), *sources]
        with self.log.open("wb") as errors:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **(environment or {})}
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait(self, line: str, times: int = 1) -> None:
        wait_for(lambda: self.said().count(line) >= times, self.said)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(PATIENCE)

    def events(self) -> list[str]:
        """Return the log without its instants and process numbers."""
        return [line.partition(" serve: ")[2].partition(" (pid")[0] for line in self.said().splitlines()]


def test_a_child_that_dies_is_started_again_after_growing_delays(tmp_path: Path) -> None:
    run = Supervised(tmp_path, GOOD, SHORT)
    run.wait("child-1 ended with status 3; starting it again in 1 s")
    assert "child-1 ended with status 3; starting it again in 0.5 s" in run.said()
    run.wait("child-0 ready")
    assert run.end() == 0


@pytest.mark.parametrize("deaths", range(1, 40))
def test_delays_grow_and_end_at_half_a_minute(deaths: int) -> None:
    assert FIRST_DELAY <= delay_after(deaths) <= delay_after(deaths + 1) <= LONGEST_DELAY
    assert delay_after(40) == LONGEST_DELAY


def test_children_end_in_order_and_the_status_says_that_they_did(tmp_path: Path) -> None:
    run = Supervised(tmp_path, GOOD, GOOD)
    run.wait("ready", times=2)
    assert run.end() == 0
    assert run.events()[-4:] == ["stopping", "child-1 ended with status 0", "child-0 ended with status 0", "stopped"]


def test_a_child_that_does_not_end_is_killed_in_time_and_the_status_says_so(tmp_path: Path) -> None:
    run = Supervised(tmp_path, GOOD, STUBBORN, stop_within=0.5)
    run.wait("ready", times=2)
    assert run.end() == 1
    assert "child-1 did not end in time and is killed" in run.said()
    assert "child-0 ended with status 0" in run.said() or "child-0 was killed" in run.said()


def test_a_second_signal_waits_no_longer(tmp_path: Path) -> None:
    run = Supervised(tmp_path, STUBBORN, stop_within=600)
    run.wait("child-0 ready")
    run.process.send_signal(signal.SIGINT)
    run.wait("stopping")
    assert run.end() == 1


def test_a_killed_child_comes_back_and_is_announced_once(tmp_path: Path) -> None:
    run = Supervised(tmp_path, GOOD)
    assert run.process.stdout is not None
    assert run.process.stdout.readline() == b"child-0\n"
    pid = int(run.said().partition("(pid ")[2].partition(")")[0])
    os.kill(pid, signal.SIGKILL)
    run.wait("child-0 was killed by SIGKILL")
    run.wait("child-0 ready", times=2)
    run.process.send_signal(signal.SIGTERM)
    assert run.process.stdout.read() == b""
    assert run.end() == 0


def test_a_fail_point_is_for_a_childs_first_life(tmp_path: Path) -> None:
    tell = f"import os, sys; sys.stderr.write('named ' + os.environ.get({VARIABLE!r}, '-') + chr(10))"
    run = Supervised(tmp_path, tell, environment={VARIABLE: "owner.ticked:kill"})
    run.wait("named -")
    assert run.said().count("named owner.ticked:kill") == 1
    run.end()


def test_a_program_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    source = "from tenshu.serve.supervisor import *; import sys; sys.exit(Supervisor([Part('x', ('/nowhere',))]).run())"
    with (tmp_path / "log").open("wb") as errors:
        run = subprocess.Popen([sys.executable, "-c", source], stderr=errors)
    wait_for(lambda: "x could not be started" in (tmp_path / "log").read_text(), "it was not said")
    run.send_signal(signal.SIGTERM)
    assert run.wait(PATIENCE) == 0


def test_the_lifeline_closes_with_the_supervisor(tmp_path: Path) -> None:
    hold = f"{SAY_READY} os.read(int(os.environ['TENSHU_LIFELINE']), 1)"
    run = Supervised(tmp_path, hold)
    run.wait("child-0 ready")
    pid = int(run.said().partition("(pid ")[2].partition(")")[0])
    run.process.kill()
    run.process.wait(PATIENCE)
    wait_for(lambda: not is_running(pid), "the child outlived its supervisor")
    assert run.process.stdout is not None
    run.process.stdout.close()


def test_nothing_heavy_is_imported() -> None:
    source = (
        "import sys, tenshu.cli.main, tenshu.cli.serve, tenshu.serve.supervisor, tenshu.store.lock, tenshu.web.port\n"
    )
    source += "heavy = {'polars', 'duckdb', 'sqlalchemy', 'numpy', 'scipy', 'pyarrow', 'granian', 'starlette'}\n"
    source += "sys.exit(', '.join(heavy & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert told.stderr.strip() == ""


@pytest.mark.parametrize(
    ("module", "heavy"),
    [("tenshu.serve.web", "duckdb scipy pyarrow alembic liquid"), ("tenshu.serve.dispatcher", "duckdb scipy granian")],
)
def test_a_child_loads_only_what_it_needs(module: str, heavy: str) -> None:
    source = f"import sys, {module}; sys.exit(', '.join(set({heavy.split()!r}) & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert told.stderr.strip() == ""


def test_a_childs_command_is_a_module_with_its_options() -> None:
    words = child_command("web", {"home": Path("/shop"), "port": 8000})
    assert words[1:] == ("-m", "tenshu.serve.web", "--home", "/shop", "--port", "8000")
    assert Part("web", words).ends_last is False


def test_a_child_whose_supervisor_died_before_it_was_heard_ends_in_time() -> None:
    source = "from tenshu.serve import life as m; from datetime import timedelta; m.ORPHAN_ENDS_WITHIN = timedelta(0)\n"
    source += "life = m.Life('child'); life.begin(); life.ready(); print(1, flush=True)\n"
    source += "import threading; threading.Event().wait(600)"
    ours, theirs = socket.socketpair()
    environment = {**os.environ, LIFELINE: str(theirs.fileno())}
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=(theirs.fileno(),), env=environment) as child:
        theirs.close()
        assert child.stdout is not None
        child.stdout.readline()
        ours.close()  # with what the child said unread: a reset, no plain end
        assert child.wait(PATIENCE) == 1


def test_children_give_memory_back_unless_the_person_has_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [*LEAN]
    for name in names:  # what others have said in this process: polars does when it is loaded
        monkeypatch.delenv(name, raising=False)
    tell = f"import os; open({str(tmp_path / 'told')!r}, 'w').write(repr([os.environ.get(n) for n in {names}]));"
    run = Supervised(tmp_path, f"{tell} {GOOD}", environment={"MALLOC_ARENA_MAX": "7"})
    run.wait("child-0 ready")
    assert run.end() == 0
    wanted = [*({**LEAN, "MALLOC_ARENA_MAX": "7"}).values()]
    assert (tmp_path / "told").read_text() == repr(wanted)
