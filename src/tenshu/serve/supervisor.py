"""Keep the processes of a shop running: start them, start again what died, stop them all.

Nothing heavy is imported here, so that the process that must outlive the others stays small and has little to
break. A child is told to end by SIGTERM; a child that loses its supervisor sees its lifeline closed and ends too.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from tenshu.kit.clock import SystemClock, elapsed
from tenshu.kit.failpoint import VARIABLE, reach
from tenshu.serve.lean import LEAN

#: Tells a child which file descriptor its lifeline is.
LIFELINE: Final = "TENSHU_LIFELINE"
#: What a child writes into its lifeline when it does its work.
READY: Final = b"r"
#: Seconds until a child that died is started again: doubled from the first to the second.
FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 30.0
#: Seconds after which a child counts as healthy: the next delay is the first again.
HEALTHY_AFTER: Final = 60.0
#: Seconds in which children end what they hold before they are killed.
STOP_WITHIN: Final = 20.0


@dataclass(frozen=True)
class Part:
    """One process that is to run.

    Attributes:
        name: what it is called in the log and in the list of processes.
        command: program and arguments.
        ends_last: it is stopped after the others, for they still ask it.
    """

    name: str
    command: tuple[str, ...]
    ends_last: bool = False


@dataclass
class _Child:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    lifeline: socket.socket | None = None
    started_at: float = 0.0
    starts_at: float = 0.0
    deaths: int = 0
    is_ready: bool = False
    was_ready: bool = False


@dataclass
class Supervisor:
    """Runs parts until it is told to stop.

    Attributes:
        parts: what runs.
        on_ready: told the name of each part when it first does its work.
        say: takes one line of log per event.
        stop_within: seconds that children have to end.
    """

    parts: Sequence[Part]
    on_ready: Callable[[str], None] = lambda _name: None
    say: Callable[[str], None] = field(default_factory=lambda: log)
    stop_within: float = STOP_WITHIN
    _children: list[_Child] = field(default_factory=list)
    _told: int = 0

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return 0 when every child ended by itself, else 1."""
        with selectors.DefaultSelector() as looking, _waking(self._tell) as bell:
            looking.register(bell, selectors.EVENT_READ)
            self._children = [_Child(part) for part in self.parts]
            for child in self._children:
                self._start(child, looking)
            reach("serve.started")
            while not self._told:
                self._look(looking, self._next_start())
                self._bury(looking)
                for child in self._children:
                    if child.process is None and child.starts_at <= elapsed():
                        self._start(child, looking)
            return self._stop(looking)

    def _tell(self, number: int) -> None:
        if number in {signal.SIGTERM, signal.SIGINT}:
            self._told += 1

    def _start(self, child: _Child, looking: selectors.BaseSelector) -> None:
        ours, theirs = socket.socketpair()
        environment = {**LEAN, **os.environ, LIFELINE: str(theirs.fileno())}
        if child.deaths:
            environment.pop(VARIABLE, None)  # a fail point is for a child's first life: it would die of it for ever
        with theirs:
            try:
                child.process = subprocess.Popen(  # noqa: S603 - our own program
                    child.part.command, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),), env=environment
                )
            except OSError as problem:  # no memory, no process left: later perhaps
                ours.close()
                self._delay(child, f"could not be started ({problem})")
                return
        child.lifeline, child.started_at, child.is_ready = ours, elapsed(), False
        looking.register(ours, selectors.EVENT_READ, child)
        self.say(f"{child.part.name} started (pid {child.process.pid})")

    def _look(self, looking: selectors.BaseSelector, timeout: float | None) -> None:
        """Wait for a signal, a child's word or the next start."""
        for key, _events in looking.select(timeout):
            child = key.data
            if child is None:
                with suppress(BlockingIOError):
                    key.fileobj.recv(64)  # type: ignore[union-attr]
            elif not _heard(child.lifeline):
                looking.unregister(child.lifeline)  # it is ending; its death is seen when the system says so
            elif not child.is_ready:
                child.is_ready = True
                self.say(f"{child.part.name} ready")
                if not child.was_ready:
                    child.was_ready = True
                    self.on_ready(child.part.name)

    def _bury(self, looking: selectors.BaseSelector) -> None:
        for child in self._children:
            if child.process is None or child.process.poll() is None:
                continue
            how = _how(child.process.returncode)
            child.process = None
            if child.lifeline is not None:
                with suppress(KeyError):
                    looking.unregister(child.lifeline)
                child.lifeline.close()
            if self._told:
                self.say(f"{child.part.name} {how}")
            else:
                self._delay(child, how)

    def _delay(self, child: _Child, how: str) -> None:
        lived = elapsed() - child.started_at
        child.deaths = 1 if lived >= HEALTHY_AFTER else child.deaths + 1
        delay = delay_after(child.deaths)
        child.starts_at = elapsed() + delay
        self.say(f"{child.part.name} {how}; starting it again in {delay:g} s")

    def _next_start(self) -> float | None:
        waiting = [child.starts_at for child in self._children if child.process is None]
        return max(0.0, min(waiting) - elapsed()) if waiting else None

    def _stop(self, looking: selectors.BaseSelector) -> int:
        """Let the children end, those that others ask last; kill what does not end in time."""
        self.say("stopping")
        deadline = elapsed() + self.stop_within
        is_clean = True
        for is_last in (False, True):
            some = [child for child in self._children if child.part.ends_last == is_last]
            self._send(some, signal.SIGTERM)
            while any(child.process for child in some) and elapsed() < deadline and self._told == 1:
                self._look(looking, max(0.0, deadline - elapsed()))
                self._bury(looking)
            if left := [child for child in some if child.process]:
                is_clean = False
                self.say(f"{', '.join(child.part.name for child in left)} did not end in time and is killed")
                self._send(left, signal.SIGKILL)
                for child in left:
                    if child.process:
                        child.process.wait()
                self._bury(looking)
        self.say("stopped")
        return 0 if is_clean else 1

    @staticmethod
    def _send(children: Sequence[_Child], number: int) -> None:
        for child in children:
            if child.process:
                child.process.send_signal(number)


def delay_after(deaths: int) -> float:
    """Return how many seconds to wait after so many deaths in a row.

    >>> [delay_after(deaths) for deaths in (1, 2, 3, 9)]
    [0.5, 1.0, 2.0, 30.0]
    """
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(deaths - 1, 10))


def child_command(module: str, options: Mapping[str, object]) -> tuple[str, ...]:
    """Return the command of a child: a module of this package with `--name value` for each option."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return (sys.executable, "-m", f"tenshu.serve.{module}", *words)


def log(event: str) -> None:
    """Write one event to the error stream."""
    sys.stderr.write(f"{SystemClock().now():%Y-%m-%dT%H:%M:%SZ} serve: {event}\n")
    sys.stderr.flush()


def _heard(lifeline: socket.socket) -> bytes:
    """Return what a child says; nothing when it has ended, in whatever way."""
    try:
        return lifeline.recv(64)
    except OSError:
        return b""


def _how(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


@contextmanager
def _waking(tell: Callable[[int], None]) -> Iterator[socket.socket]:
    """Yield a socket that becomes readable when a signal has come; `tell` hears which."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.settimeout(0)  # a full bell rings too
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    handlers = {number: signal.signal(number, lambda got, _frame: tell(got)) for number in numbers}
    try:
        yield ours
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        ours.close()
        theirs.close()
