"""The shelf of templates: every version of each, and what somebody is writing and has not saved."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import polars as pl
from sqlalchemy import and_, delete, func, select

from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.letter import write_text
from tenshu.content.tables import template_drafts, templates
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.store.ledger import Ledger, Transaction


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a template.

    Attributes:
        version: grows with every change.
        saved_at: business time.
        source: what was saved.
    """

    version: int
    saved_at: datetime
    source: TemplateSource


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is writing.

    Attributes:
        source: as it stands; it may be unfinished.
        based_on: the version that it began with.
        changed_at: business time.
    """

    source: TemplateSource
    based_on: int
    changed_at: datetime


def newest(tx: Transaction) -> list[Kept]:
    """Return the newest version of every template, by name."""
    last = select(templates.c.template, func.max(templates.c.version).label("version")).group_by(templates.c.template)
    both = last.subquery()
    joined = templates.join(both, and_(both.c.template == templates.c.template, both.c.version == templates.c.version))
    return _kept(tx.frame(select(templates).select_from(joined).order_by(templates.c.template)))


def versions(tx: Transaction, name: str) -> list[Kept]:
    """Return every version of a template, the newest first; none when there is no such template."""
    mine = select(templates).where(templates.c.template == name)
    return _kept(tx.frame(mine.order_by(templates.c.version.desc())))


def keep(tx: Transaction, source: TemplateSource, *, now: datetime) -> int:
    """Save a template as its next version, or as the same one when nothing has changed; return the version."""
    before = versions(tx, source.name)
    if before and before[0].source == source:
        return before[0].version
    version = before[0].version + 1 if before else 1
    row = {
        "template": source.name,
        "version": version,
        "body": msgspec.json.encode(source).decode(),
        "saved_at": now,
    }
    tx.insert(templates, pl.DataFrame([row]))
    return version


def read_draft(tx: Transaction, name: str, person: int) -> Draft | None:
    """Return what this person has written and not saved, or None."""
    mine = and_(template_drafts.c.template == name, template_drafts.c.person == person)
    rows = tx.frame(select(template_drafts).where(mine)).to_dicts()
    if not rows:
        return None
    source = msgspec.json.decode(rows[0]["body"], type=TemplateSource)
    return Draft(source=source, based_on=rows[0]["based_on"], changed_at=rows[0]["changed_at"])


def keep_draft(tx: Transaction, source: TemplateSource, *, person: int, based_on: int, now: datetime) -> None:
    """Keep what this person is writing, in place of what was kept before."""
    row = {
        "template": source.name,
        "person": person,
        "body": msgspec.json.encode(source).decode(),
        "based_on": based_on,
        "changed_at": now,
    }
    tx.insert(template_drafts, pl.DataFrame([row]), conflict="replace")


def forget_draft(tx: Transaction, name: str, person: int) -> None:
    """Throw away what this person has not saved."""
    tx.execute(delete(template_drafts).where(template_drafts.c.template == name, template_drafts.c.person == person))


def made(source: TemplateSource, brand: Brand, *, is_marked: bool = False) -> TemplateSource:
    """Return the template with layout and text made anew of its blocks, in the brand's look."""
    languages = {language: _made(text, language, brand, is_marked) for language, text in source.languages.items()}
    return msgspec.structs.replace(source, languages=languages)


def without_blocks(source: TemplateSource) -> TemplateSource:
    """Return the template as one that was written by hand, in MJML and plain text."""
    languages = {name: msgspec.structs.replace(text, blocks=None) for name, text in source.languages.items()}
    return msgspec.structs.replace(source, languages=languages)


def look_again(ledger: Ledger, brand: Brand, *, now: datetime) -> list[str]:
    """Give every template of blocks the brand's look, each as its next version; return the names of those changed."""
    changed: list[str] = []
    with ledger.writing() as tx:
        for kept in newest(tx):
            fresh = made(kept.source, brand)
            if fresh != kept.source:
                keep(tx, fresh, now=now)
                changed.append(kept.source.name)
    return changed


def free_name(taken: Sequence[str], wanted: str) -> str:
    """Return a name that no template has yet.

    >>> free_name(["welcome", "welcome-2"], "welcome")
    'welcome-3'
    """
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _made(text: TemplateText, language: str, brand: Brand, is_marked: bool) -> TemplateText:  # noqa: FBT001 - private
    if text.blocks is None:
        return text
    return write_text(text.subject, text.preheader, text.blocks, language=language, brand=brand, is_marked=is_marked)


def _kept(rows: pl.DataFrame) -> list[Kept]:
    return [
        Kept(
            version=row["version"],
            saved_at=row["saved_at"],
            source=msgspec.json.decode(row["body"], type=TemplateSource),
        )
        for row in rows.to_dicts()
    ]
