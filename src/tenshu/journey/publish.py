"""Start a draft: a scenario of its own, or the next version of one that runs.

Those who walk in an earlier version walk on in it to its end; from now on people enter the new one. While the scenario
is paused the new version rests with it, and both go on together.
"""

from datetime import datetime

from tenshu.journey import records
from tenshu.journey.drafts import Draft, end_draft, read_draft
from tenshu.journey.entry import due_entry
from tenshu.journey.grammar import Broadcast, Journey
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, current_language
from tenshu.store.ledger import Transaction


class NothingToFollow(TenshuError):
    """A next version of a scenario that is over."""

    template = N_(
        "A next version cannot begin: “{name}” has ended, or it was a broadcast and has gone out. "
        "Make a new scenario instead."
    )


class Overtaken(TenshuError):
    """A next version that was begun with an older one than runs now."""

    template = N_(
        "Version {newest} of “{name}” was started in the meantime; this change began with version {version}. "
        "Throw the change away and begin it again."
    )


class ChangedMeanwhile(TenshuError):
    """A draft that is not any more what somebody looked over."""

    template = N_("“{name}” was changed after you looked it over. Look it over as it is now, then start it.")


def newest_running(tx: Transaction, name: str) -> records.Running:
    """Return the version that people enter, which a next one may follow.

    Raises:
        NothingToFollow: there is none: it has ended, or it was a broadcast that has gone out.
    """
    same = [one for one in records.read_running(tx, "active", "paused") if one.journey.name == name]
    newest = max(same, key=lambda one: one.version, default=None)
    if newest is None or newest.version != newest.newest or _has_gone_out(newest):
        raise NothingToFollow(name=name)
    return newest


def publish(tx: Transaction, draft: Draft, journey: Journey, *, now: datetime, zone: str) -> int:
    """Start what a draft has become, and forget the draft; return the version, 0 when it was started already.

    Args:
        tx: a transaction of the ledger.
        draft: the draft.
        journey: the definition that follows from it.
        now: business time.
        zone: the shop's.

    Raises:
        ChangedMeanwhile: the draft that is kept is another one by now.
        NothingToFollow: the scenario that it is to follow is over.
        Overtaken: it is to follow another version than runs now.
    """
    kept = read_draft(tx, draft.name)
    if kept is None:
        return 0  # a second click
    if kept != draft:
        raise ChangedMeanwhile(name=journey.title_in(current_language()))
    status = "active"
    if draft.version:
        before = newest_running(tx, draft.name)
        if before.version != draft.version:
            raise Overtaken(name=draft.name, newest=before.version, version=draft.version)
        status = before.status
    due_at = due_entry(journey, started_at=now, after=None, zone=zone)
    version = records.start(tx, journey, now=now, due_at=due_at, status=status)
    end_draft(tx, draft.name)
    return version


def _has_gone_out(running: records.Running) -> bool:
    return isinstance(running.journey.entry, Broadcast) and running.due_at is None
