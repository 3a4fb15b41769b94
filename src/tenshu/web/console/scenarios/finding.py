"""Find a scenario by its name: as it runs, or as a draft, with the definition that follows from it."""

from datetime import datetime

import msgspec

from tenshu.bootstrap import Shop, read_templates
from tenshu.condition import dump
from tenshu.content.retired import retired
from tenshu.journey import records
from tenshu.journey.drafts import Draft, read_draft
from tenshu.journey.editing import edited
from tenshu.journey.grammar import Journey, RawCondition
from tenshu.journey.local_time import local
from tenshu.journey.publish import NothingToFollow
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
        base: the running version that a draft is to follow.
        prepared: the draft of the version that is to follow a started one.
        started_at: of a started one.
        due_at: when its entry rule is due next.
    """

    journey: Journey
    version: int
    newest: int
    versions: tuple[int, ...]
    status: str
    draft: Draft | None = None
    base: Journey | None = None
    prepared: Draft | None = None
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
            prepared=draft,
            started_at=one.started_at,
            due_at=one.due_at,
        )
    return None if draft is None else _of_draft(visit, draft)


def find_draft(visit: Visit, name: str) -> Found | None:
    """Return the draft of that name, whether or not a scenario of that name runs already.

    Raises:
        TenshuError: it cannot be made into a scenario; the sentence says why.
    """
    with visit.shop.ledger.reading() as tx:
        draft = read_draft(tx, name)
    return None if draft is None else _of_draft(visit, draft)


def _of_draft(visit: Visit, draft: Draft) -> Found:
    base = base_of(visit.shop, draft, now=visit.now, zone=visit.settings.zone)
    return Found(
        journey=edited(base, draft.changes),
        version=0,
        newest=draft.version,
        versions=(),
        status="draft",
        draft=draft,
        base=base if draft.version else None,
    )


def journey_of(shop: Shop, draft: Draft, *, now: datetime, zone: str) -> Journey:
    """Return the scenario that a draft is now, its changes included.

    Raises:
        TenshuError: it cannot be made; the sentence says why.
    """
    return edited(base_of(shop, draft, now=now, zone=zone), draft.changes)


def base_of(shop: Shop, draft: Draft, *, now: datetime, zone: str) -> Journey:
    """Return what a draft began with: what its recipe makes of the choices now, or the version that it is to follow.

    Raises:
        NothingToFollow: the version is not there.
        TenshuError: the choices make no scenario.
    """
    if draft.choices is not None:
        return draft_journey(shop, draft.name, draft.choices, now=now, zone=zone)
    with shop.ledger.reading() as tx:
        started = records.read_running(tx, "active", "paused", "ended")
    for one in started:
        if (one.journey.name, one.version) == (draft.name, draft.version):
            return one.journey
    raise NothingToFollow(name=draft.name)


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


def usable_templates(shop: Shop) -> dict[str, str]:
    """Return the messages that a scenario may send, those in use: name -> title, and the name where two have one."""
    with shop.ledger.reading() as tx:
        gone = retired(tx)
    known = {name: one.title or name for name, one in sorted(read_templates(shop).items()) if name not in gone}
    titles = list(known.values())
    return {name: title if titles.count(title) == 1 else f"{title} ({name})" for name, title in known.items()}


def saved_segments(shop: Shop) -> list[SavedSegment]:
    """Return the segments that the shop keeps."""
    with shop.ledger.reading() as tx:
        return read_segments(tx)
