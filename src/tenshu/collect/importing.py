"""Import a staged file: one request in the inbox, one row in the list of imports.

The same file with the same reading is imported once. A crash between the two writes leaves the request, and the
facts of a request that comes twice are the same facts.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import select

from tenshu.collect.connectors.file.stage import StagedImport
from tenshu.collect.inbox import accept_staged
from tenshu.collect.tables import imports
from tenshu.store.ledger import INSTANT, Ledger


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


def import_file(inbox: Ledger, ledger: Ledger, staged: StagedImport, *, home: Path | None = None) -> ImportSummary:
    """Hand the staged facts to the inbox and note the import; do nothing when it is noted already.

    Args:
        inbox: the inbox's own store.
        ledger: the ledger, which lists the imports.
        staged: what `stage_file` made.
        home: the directory that may move with its staged files; the folder of the inbox's file when none is given.
    """
    is_new = not is_imported(ledger, staged.import_id)
    summary = _summary(staged, is_new=is_new)
    if is_new:
        if home is None and isinstance(inbox.place, Path):
            home = inbox.place.parent
        path = str(staged.facts_path.resolve()) if home is None else _below(home, staged.facts_path)
        accept_staged(inbox, path, source=staged.name, received_at=staged.received_at)
        _note(ledger, staged, summary)
    return summary


def is_imported(ledger: Ledger, import_id: str) -> bool:
    """Say whether this file was imported before with this reading."""
    with ledger.reading() as tx:
        return tx.value(select(imports.c.import_id).where(imports.c.import_id == import_id)) is not None


def list_imports(ledger: Ledger) -> list[tuple[datetime, ImportSummary]]:
    """Return when each import was made and what it did, the oldest first."""
    with ledger.reading() as tx:
        query = select(imports.c.imported_at, imports.c.summary).order_by(imports.c.imported_at, imports.c.import_id)
        noted = tx.frame(query)
    return [(at, msgspec.json.decode(summary, type=ImportSummary)) for at, summary in noted.iter_rows()]


def _note(ledger: Ledger, staged: StagedImport, summary: ImportSummary) -> None:
    row: dict[str, list[Any]] = {
        "import_id": [staged.import_id],
        "name": [staged.name],
        "kind": [staged.kind],
        "mapping": [msgspec.json.encode(staged.mapping).decode()],
        "summary": [msgspec.json.encode(summary).decode()],
        "imported_at": [staged.received_at],
    }
    with ledger.writing() as tx:
        tx.insert(imports, pl.DataFrame(row, schema_overrides={"imported_at": INSTANT}), conflict="ignore")


def _summary(staged: StagedImport, *, is_new: bool) -> ImportSummary:
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
    )


def _below(home: Path, path: Path) -> str:
    """Return the path as seen from the home, so that a home may move; elsewhere it stays whole."""
    home, path = home.resolve(), path.resolve()
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
