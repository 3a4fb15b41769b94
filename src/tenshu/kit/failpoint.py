"""Named places between two steps of a hand-over where a test may kill, stop or break the process.

`reach("outbox.claimed")` does nothing unless the environment named the point when this module was imported, or a
test names it with `failing`: `TENSHU_FAILPOINT="name:kill[,name2:raise@3]"`. `@n` = only the n-th time it is reached.
Actions: `kill` (SIGKILL to itself: nothing is cleaned up), `exit` (at once, status 70), `raise` (`ReachedFailPoint`).
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

VARIABLE: Final = "TENSHU_FAILPOINT"
EXIT_STATUS: Final = 70
ACTIONS: Final = ("kill", "raise", "exit")

#: Every point there is, by room and in the order of the work; `python -m tenshu.kit.failpoint` prints them.
POINTS: Final = (
    "inbox.accepting",  # a request is written, not committed
    "digest.opened",  # the batch's range is written down, committed
    "digest.read",  # its requests are in memory
    "digest.identified",  # the identifiers of one part have their nodes, committed
    "digest.storing",  # everything of the batch is in the warehouse's transaction, not committed
    "digest.warehoused",  # committed
    "digest.consented",  # one part of its consents is in the ledger, committed
    "digest.stored",  # the batch is marked as stored, committed
    "digest.finishing",  # the batch is marked as digested, not committed
    "digest.clearing",  # committed; its requests and staged files are still there
    "inbox.unlinked",  # its staged files are gone
    "inbox.forgetting",  # its requests are dropped, not committed
    "undo.begun",  # that an import is being undone is written down, committed
    "undo.refused",  # one part of its consents is gone, committed
    "undo.unlinking",  # one part of its links is gone, not committed
    "undo.unlinked",  # all of them, committed
    "undo.forgetting",  # one part of its identifiers is gone, committed
    "undo.forgotten",  # all of them, committed
    "undo.renamed",  # walks and decisions of customers who have another number now have it, committed
    "undo.mapping",  # one part of the map is changed, committed
    "undo.mapped",  # all of it, committed
    "undo.ended",  # walks of those who are not known any more have ended, committed
    "undo.storing",  # its facts are gone in the warehouse's transaction, not committed
    "undo.stored",  # committed
    "undo.told",  # ranks are published without it and the import counts as undone, committed
    "drain.storing",  # facts of the ledger are in the warehouse's transaction, not committed
    "drain.stored",  # committed
    "drain.forgetting",  # they are dropped from the ledger, not committed
    "drain.forgotten",  # committed; nobody was told yet
    "enter.keeping",  # new walks of a due scenario are written, not committed
    "enter.kept",  # committed
    "enter.due_moved",  # when it is due next is committed
    "advance.decided",  # moves and decisions are worked out, nothing written
    "advance.keeping",  # moves, decisions, facts and the outbox are written, not committed
    "advance.kept",  # committed
    "follow.found",  # what follows from a batch is computed, nothing written
    "follow.kept",  # it is written, and where the live state stands
    "follow.cleared",  # the batch has left the inbox
    "tick.done",  # everything due is done
    "outbox.claiming",  # the claim is written, not committed
    "outbox.claimed",  # committed
    "outbox.rendered",  # people are read, nothing handed over
    "outbox.handed_over",  # the channel has answered, nothing recorded
    "outbox.settling",  # what became of them is written, not committed
    "outbox.settled",  # committed
    "outbox.renewing",  # leases made longer, not committed
    "outbox.putting_back",  # queued again, not committed
    "upgrade.kept",  # an older home is copied, the copy has not its name, nothing is upgraded
    "backup.cut",  # the snapshots of all stores are open, nothing is written
    "backup.packed",  # the file is written, not yet read again, and has not its name
    "restore.unpacked",  # the parts of a backup lie in a home that nobody can see
    "restore.completed",  # it is made safe, and has not its name
    "jobs.claimed",  # a job is this process's, nothing done for it
    "jobs.snapshot",  # its snapshot is written, no child yet
    "jobs.result",  # in the child: its files are written, not yet said
    "jobs.taken",  # in the warehouse, the job not yet done in the ledger
    "owner.leading",  # the warehouse is open, nobody is answered yet
    "owner.ticked",  # a tick and a look at the jobs are done
    "serve.started",  # in the supervisor: every process was started
)


class ReachedFailPoint(Exception):
    """The action `raise`: says which point was reached."""


def parse(text: str) -> dict[str, tuple[str, int]]:
    """Return point -> (action, the how-manieth time; 0 = every time).

    Args:
        text: as in the environment variable: `name:action[@n]`, separated by commas.

    Raises:
        ValueError: an unknown point or action; it lists what there is.
    """
    found: dict[str, tuple[str, int]] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, wanted = item.partition(":")
        action, _, nth = wanted.partition("@")
        if name not in POINTS or action not in ACTIONS or (nth and not nth.isdecimal()):
            message = f"{VARIABLE}: {item!r} is not <point>:<action>[@n]; points: {', '.join(POINTS)}; "
            raise ValueError(message + f"actions: {', '.join(ACTIONS)}")
        found[name] = (action, int(nth or 0))
    return found


_actions: dict[str, tuple[str, int]] = parse(os.environ.get(VARIABLE, ""))
_times: dict[str, int] = {}


def reach(name: str) -> None:
    """Do what was asked for at this point: nothing, in all but tests of faults.

    Raises:
        ReachedFailPoint: the action is `raise`.
        ValueError: actions are set and there is no such point.
    """
    if _actions:
        _act(name)


@contextmanager
def failing(actions: str) -> Iterator[None]:
    """Set actions in this process for the time of a test; counting starts anew.

    Args:
        actions: as in the environment variable.
    """
    before = dict(_actions)
    _set(parse(actions))
    try:
        yield
    finally:
        _set(before)


def _set(actions: dict[str, tuple[str, int]]) -> None:
    _actions.clear()
    _actions.update(actions)
    _times.clear()


def _act(name: str) -> None:
    if name not in POINTS:
        message = f"no fail point {name!r}; points: {', '.join(POINTS)}"
        raise ValueError(message)
    action, nth = _actions.get(name, ("", 0))
    _times[name] = _times.get(name, 0) + 1
    if not action or (nth and _times[name] != nth):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "exit":
        os._exit(EXIT_STATUS)
    raise ReachedFailPoint(name)


if __name__ == "__main__":
    sys.stdout.write("\n".join(POINTS) + "\n")
