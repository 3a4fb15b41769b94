"""What reading every row came to, or what an import did: rows taken and refused, and why; pure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tenshu.collect.connectors.file.stage import StagedImport
from tenshu.collect.importing import ImportSummary, NotedImport
from tenshu.collect.reject import SENTENCES
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, ORDER_LINES
from tenshu.kit.i18n import N_, _
from tenshu.web.console.imports.look_view import KIND_TITLES

_FACTS: Final = (
    ((CUSTOMER_DESCRIBED,), N_("people described")),
    (ORDER_LINES, N_("lines of purchases")),
    ((CONSENT_RECORDED,), N_("consents recorded")),
)


class Refusal(msgspec.Struct, frozen=True):
    """A reason for which rows were refused: its sentence, how many, and their share of all that were refused."""

    sentence: str
    count: int
    share: float


class RowsView(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of a file: its rows, and what became of them."""

    import_id: str
    title: str
    kind: str
    rows: int
    taken: int
    refused: int
    taken_share: float
    repeats: int
    refusals: tuple[Refusal, ...]
    facts: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()
    silent: int = 0
    is_known: bool = False


def rows_of_staged(staged: StagedImport, *, silent: int, is_known: bool) -> RowsView:
    """Return what reading every row came to.

    Args:
        staged: one kind of the file.
        silent: how many people it tells of without a word on consent.
        is_known: whether the very same was imported before.
    """
    view = _rows(staged, staged.rejects, staged.events)
    notes = tuple(dict.fromkeys(note.text() for note in staged.notes))
    return msgspec.structs.replace(view, notes=notes, silent=silent, is_known=is_known)


def rows_of_import(summary: ImportSummary) -> RowsView:
    """Return what an import did."""
    return _rows(summary, summary.rejects, summary.events)


def _rows(done: StagedImport | ImportSummary, rejects: Mapping[str, int], events: Mapping[str, int]) -> RowsView:
    refused = sum(rejects.values())
    ordered = sorted(rejects.items(), key=lambda each: (-each[1], each[0]))
    facts = [(_(words), sum(events.get(event, 0) for event in of)) for of, words in _FACTS]
    return RowsView(
        import_id=done.import_id,
        title=_(KIND_TITLES[done.kind]),
        kind=done.kind,
        rows=done.rows,
        taken=done.accepted,
        refused=refused,
        taken_share=done.accepted / done.rows if done.rows else 0.0,
        repeats=done.repeats,
        refusals=tuple(
            Refusal(_(SENTENCES[reason]) if reason in SENTENCES else reason, count, count / refused)
            for reason, count in ordered
        ),
        facts=tuple((words, count) for words, count in facts if count),
    )


class ListedImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import as the list shows it."""

    import_id: str
    name: str
    title: str
    at: object
    by: str
    rows: int
    taken: int
    refused: int
    state: str
    words: str


_STATES: Final = {
    "waiting": N_("being entered"),
    "stored": N_("being entered"),
    "digested": N_("taken over"),
    "undone": N_("undone"),
}


def listed(noted: NotedImport) -> ListedImport:
    """Return an import as a line of the list."""
    summary = noted.summary
    return ListedImport(
        import_id=summary.import_id,
        name=summary.name,
        title=_(KIND_TITLES.get(summary.kind, summary.kind)),
        at=noted.at,
        by=summary.origin.by or _("from a terminal"),
        rows=summary.rows,
        taken=summary.accepted,
        refused=sum(summary.rejects.values()),
        state=noted.state,
        words=_(_STATES[noted.state]),
    )
