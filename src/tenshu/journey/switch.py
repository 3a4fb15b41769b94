"""Pause a scenario and let it go on: at any moment, and nobody is lost or reached twice.

While it is paused nobody enters and nobody moves; what was due in the meantime goes on when it is resumed, at once.
A broadcast whose minute came goes out then. The days of a daily scenario that were missed are over: it enters people
again at its next hour. What happened in the meantime starts nothing.
"""

from datetime import datetime

from sqlalchemy import update

from tenshu.journey import records
from tenshu.journey.entry import due_entry
from tenshu.journey.grammar import Daily
from tenshu.journey.tables import journeys
from tenshu.store.ledger import Ledger, Transaction


def pause(ledger: Ledger, name: str) -> int:
    """Stop a scenario where it is; return how many versions of it there are.

    What a dispatcher has in its hands at this moment is still handed over.
    """
    with ledger.writing() as tx:
        return _switch(tx, name, "paused")


def resume(ledger: Ledger, name: str, *, now: datetime, zone: str) -> int:
    """Let a paused scenario go on; return how many versions of it there are.

    Args:
        ledger: the ledger.
        name: the scenario; one that was ended stays ended.
        now: business time.
        zone: the shop's.
    """
    with ledger.writing() as tx:
        paused = [one for one in records.read_running(tx, "paused") if one.journey.name == name]
        for one in paused:
            if isinstance(one.journey.entry, Daily) and one.due_at is not None and one.due_at < now:
                records.set_due(tx, one, due_entry(one.journey, started_at=one.started_at, after=now, zone=zone))
        return _switch(tx, name, "active")


def _switch(tx: Transaction, name: str, status: str) -> int:
    mine = update(journeys).where(journeys.c.journey == name, journeys.c.status != "ended")
    return tx.execute(mine.values(status=status))
