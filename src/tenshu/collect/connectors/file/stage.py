"""Read a file into facts, beside the stores: nothing is changed until the staged file is imported.

Four passes, each in bounded memory: cells as text -> what the tables are -> facts and rejects, chunk by chunk -> keys
of repeated lines. The result is, for each kind, one Parquet file of facts and one CSV file of rejects.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from tenshu.collect.connectors.file.cells.guard import inspect
from tenshu.collect.connectors.file.columns.fields import KINDS
from tenshu.collect.connectors.file.layout.table import Opened, open_file
from tenshu.collect.connectors.file.note import Note
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.connectors.file.plans.choosing import Planned, chosen, guessed
from tenshu.collect.connectors.file.plans.plan import Mapping, Plan
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.staging import Staging
from tenshu.collect.reject import RejectFile
from tenshu.kit.clock import require_aware
from tenshu.kit.progress import NoProgress, Progress

#: Changes with the meaning of what is staged, so that a file read by older rules is imported anew.
_RULES: Final = "4"


class StagedImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file as facts, ready to be imported.

    Attributes:
        import_id: digest of the file's bytes, its kind and its mapping.
        name: the file's name.
        kind: customers or purchases.
        mapping: field -> the headers it was read from.
        confidence: how sure the guess was (0..1), field by field, the whole under "".
        sheets: the sheets that were read; others held no table of this kind.
        facts_path: Parquet file of facts (collect.event.FACT_SCHEMA).
        rejects_path: CSV file of refused rows.
        received_at: when the file came.
        rows: rows below the header that are not blank and not left out.
        accepted: rows that went in; rows = accepted + sum of rejects.
        rejects: refused rows by the reason of their first fault.
        repeats: rows that equal an earlier one: order lines count all the same, people are told once.
        facts: how many facts.
        events: facts by event.
        notes: what was left out and what was taken for granted.
    """

    import_id: str
    name: str
    kind: str
    mapping: dict[str, list[str]]
    confidence: dict[str, float]
    sheets: list[str]
    facts_path: Path
    rejects_path: Path
    received_at: datetime
    rows: int
    accepted: int
    rejects: dict[str, int]
    repeats: int
    facts: int
    events: dict[str, int]
    notes: tuple[Note, ...] = ()


def stage_file(
    path: Path,
    *,
    shop_zone: str,
    currency: str,
    received_at: datetime,
    folder: Path,
    kind: str | None = None,
    mapping: Mapping | None = None,
    progress: Progress | None = None,
) -> StagedImport:
    """Read the surest table of the file, and those like it, and write its facts and rejects into the folder.

    Args:
        path: an .xlsx, .xls, .ods, Parquet, CSV or TSV file.
        shop_zone: the zone of times that name none.
        currency: ISO 4217 code of the amounts.
        received_at: when the file came, aware.
        folder: where the staged files go; it is made when it is not there.
        kind: customers or purchases; None guesses it.
        mapping: what else is known about the file; the rest is guessed.
        progress: who is told how far it is.

    Raises:
        FileRefused: the file cannot be read, or is not understood.
    """
    known = mapping or Mapping()
    known = msgspec.structs.replace(known, kind=kind) if kind else known
    terms = ShopTerms(shop_zone, currency, require_aware(received_at))
    with _Reading(path, folder, terms, progress) as reading:
        plans, unread = guessed(reading.opened, known, name=reading.name, terms=terms, one_kind=True)
        return reading.stage(plans, unread)


def stage_tables(
    path: Path,
    *,
    shop_zone: str,
    currency: str,
    received_at: datetime,
    folder: Path,
    choices: Sequence[Choice] | None = None,
    progress: Progress | None = None,
    name: str | None = None,
) -> tuple[StagedImport, ...]:
    """Read every table of the file: one staged import for each kind, customers first.

    Args:
        path: an .xlsx, .xls, .ods, Parquet, CSV or TSV file.
        shop_zone: the zone of times that name none.
        currency: ISO 4217 code of the amounts.
        received_at: when the file came, aware.
        folder: where the staged files go; it is made when it is not there.
        choices: what each sheet is; a sheet that none names is left out. None takes the guesses.
        progress: who is told how far it is.
        name: what its owner calls the file, when it lies under another name.

    Raises:
        FileRefused: the file cannot be read, or no table of it is understood.
        BadMapping: a choice names what is not there.
    """
    terms = ShopTerms(shop_zone, currency, require_aware(received_at))
    with _Reading(path, folder, terms, progress, name=name) as reading:
        if choices is None:
            plans, unread = guessed(reading.opened, Mapping(), name=reading.name, terms=terms)
        else:
            plans, unread = chosen(reading.opened, choices, name=reading.name, terms=terms), []
        return tuple(reading.stage(of_kind, unread) for kind in KINDS if (of_kind := _of_kind(plans, kind)))


def _of_kind(plans: Planned, kind: str) -> Planned:
    return [(table, plan) for table, plan in plans if plan.kind == kind]


class _Reading:
    """A file whose cells lie in a scratch folder for as long as it is being read."""

    def __init__(
        self, path: Path, folder: Path, terms: ShopTerms, progress: Progress | None, *, name: str | None = None
    ) -> None:
        self._path = path
        self.name = name or path.name
        self._folder = folder
        self._terms = terms
        self._progress = progress or NoProgress()
        container = inspect(path)
        folder.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(dir=folder, prefix="reading-")
        try:
            scratch = Path(self._scratch.name)
            self.opened = open_file(path, container, scratch=scratch, progress=self._progress)
        except BaseException:
            self._scratch.cleanup()
            raise

    def __enter__(self) -> "_Reading":
        return self

    def __exit__(self, *_error: object) -> None:
        self._scratch.cleanup()

    def stage(self, plans: Planned, unread: Sequence[Note] = ()) -> StagedImport:
        """Read the tables, all of one kind, and move what was written to its lasting names."""
        kind = plans[0][1].kind
        scratch = Path(self._scratch.name) / kind
        scratch.mkdir()
        headers = [name for table, _plan in plans for name in table.header.names]
        with RejectFile(scratch / "rejects.csv", self.name, headers) as rejects:
            staging = Staging(scratch, self.name, self._progress, rejects)
            for table, plan in plans:
                staging.read(table, plan, self._terms)
        repeats = staging.finish(kind)
        notes = (*_notes(self.opened, plans), *unread, *staging.notes(kind))
        return self._moved(staging, plans, repeats=repeats, notes=notes)

    def _moved(self, staging: Staging, plans: Planned, *, repeats: int, notes: tuple[Note, ...]) -> StagedImport:
        import_id = _import_id(self._path, plans, self._terms)
        facts_path, rejects_path = (self._folder / f"{import_id}{end}" for end in (".parquet", ".rejects.csv"))
        os.replace(staging.facts_path, facts_path)
        os.replace(staging.scratch / "rejects.csv", rejects_path)
        first = plans[0][1]
        return StagedImport(
            import_id=import_id,
            name=self.name,
            kind=first.kind,
            mapping=first.headers(),
            confidence=first.confidence,
            sheets=[table.sheet for table, _plan in plans],
            facts_path=facts_path,
            rejects_path=rejects_path,
            received_at=self._terms.received_at,
            rows=staging.rows,
            accepted=staging.accepted,
            rejects=dict(sorted(staging.rejects.rows.items())),
            repeats=repeats,
            facts=staging.events.total(),
            events=dict(sorted(staging.events.items())),
            notes=notes,
        )


def _notes(opened: Opened, plans: Planned) -> tuple[Note, ...]:
    """Return what is to be said of the file and of the tables that were read; of what goes for all of them once."""
    by_table = [(table.sheet, [*table.notes, *plan.notes]) for table, plan in plans]
    everywhere = [each for each in by_table[0][1] if all(each in notes for _sheet, notes in by_table)]
    apart = [each.at(sheet) for sheet, notes in by_table for each in notes if each not in everywhere]
    return (*opened.notes, *everywhere, *apart)


def _import_id(path: Path, plans: Planned, terms: ShopTerms) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    reading = [[table.sheet, *_meaning(plan)] for table, plan in plans]
    digest.update(msgspec.json.encode([_RULES, reading, terms.zone, terms.currency]))
    return digest.hexdigest()


def _meaning(plan: Plan) -> list[object]:
    """Return what makes one reading of a table another one."""
    assumed = plan.assumed
    years = [(column, years.starts, years.fiscal) for column, years in sorted(assumed.years.items())]
    columns = sorted((plan.columns | plan.extras).items())
    return [plan.kind, columns, plan.date_order, assumed.tax, assumed.spread, assumed.fills, years]
