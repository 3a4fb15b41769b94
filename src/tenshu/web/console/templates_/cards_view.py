"""The shelf of messages: one card each, the one changed last first."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from tenshu.content.blocks.chips import shown
from tenshu.content.retired import retired
from tenshu.content.shelf import Kept, newest
from tenshu.deliver.test_send import last_test
from tenshu.journey.records import read_running
from tenshu.web.console.templates_.editor_view import first_words
from tenshu.web.console.visit import Visit


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One template on the shelf.

    Attributes:
        name, title: its name, and how people call it.
        subject, begins: how it looks in an inbox, with its values in words.
        language: of these words.
        languages: all that it is written in.
        used_by: the scenarios that send it: name and title.
        saved_at, version: the last change.
        tested_at: when this version was last sent to somebody of the shop; None is never.
        is_expert: whether its layout was written by hand.
        is_retired: whether it is out of use.
    """

    name: str
    title: str
    subject: str
    begins: str
    language: str
    languages: list[str]
    used_by: list[tuple[str, str]]
    saved_at: datetime
    version: int
    tested_at: datetime | None
    is_expert: bool
    is_retired: bool


def cards_of(visit: Visit) -> list[Card]:
    """Return the shelf."""
    with visit.shop.ledger.reading() as tx:
        kept = newest(tx)
        running = read_running(tx, "active", "paused")
        gone = retired(tx)
    used: dict[str, dict[str, str]] = defaultdict(dict)
    for one in running:
        for template in one.journey.templates():
            titles: Mapping[Any, str] = one.journey.title
            used[template][one.journey.name] = titles.get(visit.language) or next(iter(titles.values()))
    newest_first = sorted(kept, key=lambda one: one.saved_at, reverse=True)
    return [_card(visit, one, used[one.source.name], is_retired=one.source.name in gone) for one in newest_first]


def _card(visit: Visit, one: Kept, used_by: dict[str, str], *, is_retired: bool) -> Card:
    source = one.source
    language = visit.language if visit.language in source.languages else next(iter(source.languages))
    text = source.languages[language]
    tested = last_test(visit.shop.ledger, source.name, version=one.version)
    return Card(
        name=source.name,
        title=source.title or source.name,
        subject=shown(text.subject),
        begins=first_words(text),
        language=language,
        languages=sorted(source.languages, reverse=True),
        used_by=sorted(used_by.items()),
        saved_at=one.saved_at,
        version=one.version,
        tested_at=None if tested is None else tested.sent_at,
        is_expert=text.blocks is None,
        is_retired=is_retired,
    )
