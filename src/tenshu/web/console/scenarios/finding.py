"""Find a scenario by its name: as it runs, or as a draft, with the definition that follows from it."""

from datetime import datetime

import msgspec

from tenshu.bootstrap import Shop
from tenshu.condition import dump
from tenshu.journey import records
from tenshu.journey.drafts import Draft, read_draft
from tenshu.journey.grammar import Journey, RawCondition
from tenshu.journey.local_time import local
from tenshu.journey.recipes import Choices, make_journey
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.segment.saved import SavedSegment, read_segments
from tenshu.web.console.visit import Visit


class SegmentGone(TenshuError):
    """The segment that a draft is for is kept no longer."""

    template = N_('The segment "{name}" is not there any more. Choose another one.')


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario.

    Attributes:
        journey: the definition; of a draft as it would be started now.
        version: of a started one; 0 of a draft.
        newest: the newest version.
        versions: every version, the newest first.
        status: active, paused or ended; `draft`.
        draft: what was chosen, of a draft.
        started_at: of a started one.
        due_at: when its entry rule is due next.
    """

    journey: Journey
    version: int
    newest: int
    versions: tuple[int, ...]
    status: str
    draft: Draft | None = None
    started_at: datetime | None = None
    due_at: datetime | None = None


def find(visit: Visit, name: str, *, version: int | None = None) -> Found | None:
    """Return a started scenario in its newest version or the one asked for, else the draft of that name, else None.

    Raises:
        TenshuError: it is a draft that cannot be made into a scenario; the sentence says why.
    """
    with visit.shop.ledger.reading() as tx:
        running = [one for one in records.read_running(tx, "active", "paused", "ended") if one.journey.name == name]
        draft = read_draft(tx, name)
    if running:
        versions = tuple(sorted((one.version for one in running), reverse=True))
        wanted = version if version in versions else versions[0]
        one = next(one for one in running if one.version == wanted)
        return Found(
            journey=one.journey,
            version=one.version,
            newest=versions[0],
            versions=versions,
            status=one.status,
            started_at=one.started_at,
            due_at=one.due_at,
        )
    if draft is None:
        return None
    journey = draft_journey(visit.shop, name, draft.choices, now=visit.now, zone=visit.settings.zone)
    return Found(journey=journey, version=0, newest=0, versions=(), status="draft", draft=draft)


def draft_journey(shop: Shop, name: str, choices: Choices, *, now: datetime, zone: str) -> Journey:
    """Return the scenario that the choices make now.

    Raises:
        SegmentGone: the segment is kept no longer.
        JourneyInvalid: a choice cannot be.
    """
    return make_journey(
        name,
        choices,
        segment=segment_condition(shop, choices.segment),
        today_minute=f"{local(now, zone):%Y-%m-%dT%H:%M}",
    )


def segment_condition(shop: Shop, name: str) -> RawCondition | None:
    """Return the condition of a saved segment as it is now; None for no segment.

    Raises:
        SegmentGone: there is none of that name.
    """
    if not name:
        return None
    for one in saved_segments(shop):
        if one.name == name:
            found: RawCondition = dump(one.condition)
            return found
    raise SegmentGone(name=name)


def saved_segments(shop: Shop) -> list[SavedSegment]:
    """Return the segments that the shop keeps."""
    with shop.ledger.reading() as tx:
        return read_segments(tx)
