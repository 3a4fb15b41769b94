"""Import a staged file: one request in the inbox, one row in the list of imports.

The same file with the same reading is imported once. A crash between the two writes leaves the request, and the
facts of a request that comes twice are the same facts.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from sqlalchemy import delete, func, select

from tenshu.collect.inbox import STAGED, accept_staged
from tenshu.collect.tables import batches, imports, requests
from tenshu.collect.vocabulary import CONSENT_RECORDED
from tenshu.store.ledger import INSTANT, Ledger

if TYPE_CHECKING:  # whoever only asks what was imported reads no files
    from tenshu.collect.basis import Basis
    from tenshu.collect.connectors.file.stage import StagedImport


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where an import came from, and what was stated with it.

    Attributes:
        by: who brought it; empty from a terminal.
        upload: the upload it was; empty from a terminal.
        basis: the legal basis that was stated for people about whom the file says nothing; empty = none.
        reason: what that basis rests on.
        granted: how many people it was stated for.
    """

    by: str = ""
    upload: str = ""
    basis: str = ""
    reason: str = ""
    granted: int = 0


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did.

    Attributes:
        import_id: digest of the file, its kind and its mapping.
        name: the file's name.
        kind: customers or purchases.
        is_new: false when this very file was imported before and nothing was done.
        rows: rows of the file; rows = accepted + sum of rejects.
        accepted: rows that went in.
        rejects: refused rows by reason.
        repeats: accepted rows that equal an earlier one of the file.
        facts: how many facts they became.
        events: facts by event.
        rejects_file: where the refused rows are listed; None when there are none.
        origin: where it came from.
    """

    import_id: str
    name: str
    kind: str
    is_new: bool
    rows: int
    accepted: int
    rejects: dict[str, int]
    repeats: int
    facts: int
    events: dict[str, int]
    rejects_file: str | None
    origin: Origin = Origin()


class NotedImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it stands.

    Attributes:
        summary: what it did.
        at: when it was made.
        state: `waiting` for the tick, `stored` in the warehouse, `digested` with all that follows, `undone`.
        undone_at: when it was undone.
        undone_by: who said so.
        undone_facts: how many facts went with it.
        undone_people: how many customers nobody told of any more.
    """

    summary: ImportSummary
    at: datetime
    state: str
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_facts: int = 0
    undone_people: int = 0


def import_file(
    inbox: Ledger,
    ledger: Ledger,
    staged: "StagedImport",
    *,
    home: Path | None = None,
    origin: Origin = Origin(),  # noqa: B008 - frozen
) -> ImportSummary:
    """Hand the staged facts to the inbox and note the import; do nothing when it is noted already.

    Args:
        inbox: the inbox's own store.
        ledger: the ledger, which lists the imports.
        staged: what `stage_file` made.
        home: the directory that may move with its staged files; the folder of the inbox's file when none is given.
        origin: who brought it, and what was stated with it.
    """
    is_new = not is_imported(ledger, staged.import_id)
    summary = _summary(staged, is_new=is_new, origin=origin)
    if is_new:
        if home is None and isinstance(inbox.place, Path):
            home = inbox.place.parent
        path = str(staged.facts_path.resolve()) if home is None else _below(home, staged.facts_path)
        if not _is_handed_over(inbox, path, staged.facts_path):
            accept_staged(inbox, path, source=staged.name, received_at=staged.received_at)
        _note(ledger, staged, summary)
    return summary


def is_imported(ledger: Ledger, import_id: str) -> bool:
    """Say whether this file was imported before with this reading, and has not been undone."""
    query = select(imports.c.import_id).where(imports.c.import_id == import_id, imports.c.undone_at.is_(None))
    with ledger.reading() as tx:
        return tx.value(query) is not None


def is_import(ledger: Ledger, batch: int) -> bool:
    """Say whether a digested batch was an imported file."""
    with ledger.reading() as tx:
        return tx.value(select(batches.c.import_id).where(batches.c.batch == batch)) is not None


def list_imports(ledger: Ledger) -> list[tuple[datetime, ImportSummary]]:
    """Return when each import was made and what it did, the oldest first."""
    with ledger.reading() as tx:
        query = select(imports.c.imported_at, imports.c.summary).order_by(imports.c.imported_at, imports.c.import_id)
        noted = tx.frame(query)
    return [(at, msgspec.json.decode(summary, type=ImportSummary)) for at, summary in noted.iter_rows()]


def noted_imports(ledger: Ledger, *, import_id: str | None = None, upload: str | None = None) -> list[NotedImport]:
    """Return imports as they stand, the newest first: all, or that one, or those of an upload."""
    named = (imports.c.imported_at, imports.c.summary, imports.c.undone_at, imports.c.undone_by)
    state = select(batches.c.state).where(batches.c.import_id == imports.c.import_id, batches.c.undone_at.is_(None))
    query = select(
        *named,
        imports.c.undone_facts,
        imports.c.undone_people,
        state.order_by(batches.c.batch.desc()).limit(1).scalar_subquery().label("state"),
    ).order_by(imports.c.imported_at.desc(), imports.c.import_id)
    if import_id is not None:
        query = query.where(imports.c.import_id == import_id)
    with ledger.reading() as tx:
        rows = tx.frame(query).to_dicts()
    found = [_noted(row) for row in rows]
    return [each for each in found if upload is None or each.summary.origin.upload == upload]


def state_basis(
    staged: "StagedImport", silent: pl.DataFrame, basis: "Basis", *, folder: Path, zone: str, origin: Origin
) -> "tuple[StagedImport, Origin]":
    """Return the staged file with the consents that are stated for its people, which is another import than without.

    Args:
        staged: what was read of a file.
        silent: `identifiers` of the people of whom it does not say whether they may be written to.
        basis: what is stated.
        folder: where the new file of facts goes.
        zone: the shop's.
        origin: where the file came from.
    """
    from tenshu.collect.basis import grant  # noqa: PLC0415 - see above

    said = basis.checked()
    day = [said.since.isoformat()] if said.since else []
    told = msgspec.json.encode([staged.import_id, said.basis, said.reason, said.purpose, said.channel, *day])
    import_id = hashlib.blake2b(told, digest_size=16).hexdigest()
    target = folder / f"{import_id}.parquet"
    count = grant(staged.facts_path, silent, said, target=target, at=staged.received_at, zone=zone)
    events = {**staged.events, CONSENT_RECORDED: staged.events.get(CONSENT_RECORDED, 0) + count}
    changed = msgspec.structs.replace(
        staged,
        import_id=import_id,
        facts_path=target,
        facts=staged.facts + count,
        events=dict(sorted(events.items())),
    )
    return changed, msgspec.structs.replace(origin, basis=said.basis, reason=said.reason, granted=count)


def _noted(row: dict[str, Any]) -> NotedImport:
    state = "undone" if row["undone_at"] else row["state"] or "waiting"
    return NotedImport(
        summary=msgspec.json.decode(row["summary"], type=ImportSummary),
        at=row["imported_at"],
        state="waiting" if state == "open" else state,
        undone_at=row["undone_at"],
        undone_by=row["undone_by"] or "",
        undone_facts=row["undone_facts"] or 0,
        undone_people=row["undone_people"] or 0,
    )


def _is_handed_over(inbox: Ledger, path: str, facts_path: Path) -> bool:
    """Say whether a crash left the file in the inbox, or after the inbox was digested and its file removed."""
    query = select(func.count()).where(requests.c.kind == STAGED, requests.c.body == path.encode())
    with inbox.reading() as tx:
        return bool(tx.value(query)) or not facts_path.exists()


def _note(ledger: Ledger, staged: "StagedImport", summary: ImportSummary) -> None:
    row: dict[str, list[Any]] = {
        "import_id": [staged.import_id],
        "name": [staged.name],
        "kind": [staged.kind],
        "mapping": [msgspec.json.encode(staged.mapping).decode()],
        "summary": [msgspec.json.encode(summary).decode()],
        "imported_at": [staged.received_at],
    }
    with ledger.writing() as tx:
        # The row of an import that was undone makes room: the file has come again.
        tx.execute(delete(imports).where(imports.c.import_id == staged.import_id, imports.c.undone_at.is_not(None)))
        tx.insert(imports, pl.DataFrame(row, schema_overrides={"imported_at": INSTANT}), conflict="ignore")


def _summary(staged: "StagedImport", *, is_new: bool, origin: Origin) -> ImportSummary:
    return ImportSummary(
        import_id=staged.import_id,
        name=staged.name,
        kind=staged.kind,
        is_new=is_new,
        rows=staged.rows,
        accepted=staged.accepted,
        rejects=staged.rejects,
        repeats=staged.repeats,
        facts=staged.facts,
        events=staged.events,
        rejects_file=str(staged.rejects_path) if staged.rejects else None,
        origin=origin,
    )


def _below(home: Path, path: Path) -> str:
    """Return the path as seen from the home, so that a home may move; elsewhere it stays whole."""
    home, path = home.resolve(), path.resolve()
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
