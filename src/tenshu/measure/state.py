"""Say of each scenario where it stands; it is finished only when its account says so.

*Finished* = nobody can enter any more, nobody walks, and no message is waiting, in somebody's hands or in doubt. What
the ledger stores is only what a person wanted (active, paused, ended); the rest is worked out.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Select, case, func, select

from tenshu.deliver.breaker import Tripped, read_tripped
from tenshu.deliver.tables import IS_IN_DOUBT, IS_QUEUED, IS_SENDING, outbox
from tenshu.journey import records
from tenshu.journey.grammar import OnEvent
from tenshu.journey.tables import enrolments
from tenshu.store.ledger import Ledger, Transaction


class Standing(StrEnum):
    """Where a scenario stands."""

    WAITING = "waiting"  # started, and its first hour has not come
    RUNNING = "running"
    PAUSING = "pausing"  # a person paused it; a dispatcher still has messages in its hands
    PAUSED = "paused"
    FINISHING = "finishing"  # nobody can enter any more, and something is still open
    FINISHED = "finished"
    ENDED = "ended"  # a person ended it


class ScenarioState(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario, and what is open in it.

    Attributes:
        name: the scenario.
        version: the newest.
        title: what people call it, by language.
        standing: where it stands.
        entered: walks that were ever begun.
        walking: those that go on.
        queued, sending, in_doubt: messages by state.
        tripped: the breaker that holds its sending, or None.
    """

    name: str
    version: int
    title: dict[str, str] = msgspec.field(default_factory=dict)
    standing: Standing
    entered: int = 0
    walking: int = 0
    queued: int = 0
    sending: int = 0
    in_doubt: int = 0
    tripped: Tripped | None = None

    @property
    def is_open(self) -> bool:
        """Say whether somebody walks, or a message is not at its end."""
        return bool(self.walking + self.queued + self.sending + self.in_doubt)


def scenario_states(ledger: Ledger, *, now: datetime) -> list[ScenarioState]:
    """Return every scenario's state, in the order in which their newest versions were started.

    Args:
        ledger: the shop's ledger.
        now: business time.
    """
    with ledger.reading() as tx:
        versions = records.read_running(tx, "active", "paused", "ended")
        walks, messages, tripped = _counted(tx, _walks()), _messages(tx), read_tripped(tx)
    newest = {one.journey.name: one for one in sorted(versions, key=lambda one: one.version)}
    found = []
    for name, one in sorted(newest.items(), key=lambda item: (item[1].started_at, item[0])):
        state = ScenarioState(
            name=name,
            version=one.version,
            title={str(language): text for language, text in one.journey.title.items()},
            standing=Standing.RUNNING,
            **walks.get(name, {}),
            **messages.get(name, {}),
            tripped=tripped.get(name),
        )
        found.append(msgspec.structs.replace(state, standing=standing(one, state, now=now)))
    return found


def standing(newest: records.Running, counts: ScenarioState, *, now: datetime) -> Standing:
    """Say where a scenario stands.

    Args:
        newest: its newest version; older ones take no entries.
        counts: what is open in all its versions together.
        now: business time.
    """
    if newest.status == "paused":
        return Standing.PAUSING if counts.sending else Standing.PAUSED
    if newest.status == "ended":
        return Standing.FINISHING if counts.is_open else Standing.ENDED
    if isinstance(newest.journey.entry, OnEvent):
        return Standing.RUNNING
    if newest.due_at is not None:
        has_begun = counts.entered > 0 or newest.due_at <= now
        return Standing.RUNNING if has_begun else Standing.WAITING
    return Standing.FINISHING if counts.is_open else Standing.FINISHED


def _walks() -> Select[Any]:
    is_walking = case((enrolments.c.status == "active", 1), else_=0)
    columns = (enrolments.c.journey, func.count().label("entered"), func.sum(is_walking).label("walking"))
    return select(*columns).group_by(enrolments.c.journey)


def _messages(tx: Transaction) -> dict[str, dict[str, int]]:
    """Count what is open by its state; each of the three has an index of its own."""
    found: dict[str, dict[str, int]] = {}
    for name, is_in in (("queued", IS_QUEUED), ("sending", IS_SENDING), ("in_doubt", IS_IN_DOUBT)):
        query = select(outbox.c.journey, func.count().label(name)).where(is_in).group_by(outbox.c.journey)
        for journey, counts in _counted(tx, query).items():
            found.setdefault(journey, {}).update(counts)
    return found


def _counted(tx: Transaction, query: Select[Any]) -> dict[str, dict[str, int]]:
    rows = tx.frame(query).to_dicts()
    return {row.pop("journey"): {name: int(count or 0) for name, count in row.items()} for row in rows}
