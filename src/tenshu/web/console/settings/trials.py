"""Trials of a mail server, while they run: a page asks how far one has come, and nobody waits for a slow server.

They live in memory and are forgotten after a while; at most a few run at a time, because each may make this machine
connect to somewhere.
"""

import secrets
import threading
from collections.abc import Callable
from typing import Final

import msgspec

from tenshu.deliver.channels.email.connection import Server
from tenshu.deliver.channels.email.probe import STEPS, Step, probe
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

_MOST_KEPT: Final = 20
_MOST_RUNNING: Final = 3


class TooManyTrials(TenshuError):
    """Several trials are running already."""

    template = N_("Several tests of mail servers are running already. Wait half a minute, then try again.")
    status = 429


class Running(msgspec.Struct, kw_only=True):
    """A trial as far as it has come.

    Attributes:
        token: by which a page asks about it.
        server: what is tried.
        steps: those that are done, by name.
        is_over: whether nothing more comes.
    """

    token: str
    server: Server
    steps: dict[str, Step] = msgspec.field(default_factory=dict)
    is_over: bool = False

    @property
    def is_good(self) -> bool:
        """Whether mail would be taken."""
        return self.is_over and all(step.state in {"good", "left_out"} for step in self.steps.values())

    @property
    def next_step(self) -> str:
        """The name of the step that is being done; empty when it is over."""
        return "" if self.is_over else next((name for name in STEPS if name not in self.steps), "")


class Trials:
    """The trials of one process."""

    def __init__(self) -> None:
        self._kept: dict[str, Running] = {}
        self._lock = threading.Lock()

    def start(self, server: Server, *, sender: str, envelope: str, patience: float) -> Running:
        """Begin a trial and wait for it a moment; quick ones are over then.

        Args:
            server: what to try.
            sender: see `probe`.
            envelope: see `probe`.
            patience: seconds to wait before answering.

        Raises:
            TooManyTrials: several are running.
        """
        running = Running(token=secrets.token_urlsafe(16), server=server)
        with self._lock:
            if sum(not one.is_over for one in self._kept.values()) >= _MOST_RUNNING:
                raise TooManyTrials
            while len(self._kept) >= _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[running.token] = running
        worker = threading.Thread(target=_run, args=(running, sender, envelope), name="mail-server-trial", daemon=True)
        worker.start()
        worker.join(patience)
        return running

    def find(self, token: str) -> Running | None:
        """Return a trial, or None when it is forgotten."""
        return self._kept.get(token)


def _run(running: Running, sender: str, envelope: str) -> None:
    def note(step: Step) -> None:
        running.steps[step.name] = step

    told: Callable[[Step], None] = note
    try:
        for step in probe(running.server, sender=sender, envelope=envelope, on_step=told).steps:
            running.steps.setdefault(step.name, step)
    finally:
        running.is_over = True
