"""What became of the rows of a file, in numbers that add up and sentences that say why."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.connectors.file.note import note
from tenshu.collect.importing import ImportSummary, NotedImport, Origin
from tenshu.collect.reject import SENTENCES, Reason
from tenshu.kit.i18n import _, speaking
from tenshu.web.console.imports.rows_view import RowsView, listed, rows_of_import, rows_of_staged

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


def summary(**more: Any) -> ImportSummary:
    told: dict[str, Any] = {
        "import_id": "0" * 32,
        "name": "名簿.csv",
        "kind": "customers",
        "is_new": True,
        "rows": 10,
        "accepted": 10,
        "rejects": {},
        "repeats": 0,
        "facts": 10,
        "events": {"customer_described": 10},
        "rejects_file": None,
    }
    return ImportSummary(**(told | more))


def staged(**more: Any) -> StagedImport:
    kept = msgspec.to_builtins(summary(**more))
    for name in ("is_new", "rejects_file", "origin"):
        del kept[name]
    return StagedImport(
        **kept,
        mapping={},
        confidence={"": 1.0},
        sheets=[""],
        facts_path=Path("facts"),
        rejects_path=Path("rejects"),
        received_at=NOW,
        notes=(note("above", rows="1-2"), note("above", rows="1-2"), note("tax_included")),
    )


@given(
    st.dictionaries(st.sampled_from([str(each) for each in Reason]), st.integers(1, 500), max_size=6),
    st.integers(0, 900),
)
def test_rows_are_taken_or_refused_and_each_refusal_has_its_sentence(rejects: dict[str, int], taken: int) -> None:
    refused = sum(rejects.values())
    with speaking("ja"):
        view = rows_of_import(summary(rows=taken + refused, accepted=taken, rejects=rejects))
        assert {each.sentence for each in view.refusals} == {_(SENTENCES[reason]) for reason in rejects}
    assert view.taken + view.refused == view.rows
    assert sum(each.count for each in view.refusals) == view.refused
    assert 0.0 <= view.taken_share <= 1.0
    assert [each.count for each in view.refusals] == sorted(rejects.values(), reverse=True)
    if refused:
        assert sum(each.share for each in view.refusals) == pytest.approx(1.0)


def test_a_reason_of_an_older_version_is_shown_as_it_is() -> None:
    view = rows_of_import(summary(rows=11, rejects={"too_purple": 1}))
    assert [each.sentence for each in view.refusals] == ["too_purple"]


def test_a_file_without_rows_has_no_share_of_them() -> None:
    assert rows_of_import(summary(rows=0, accepted=0)).taken_share == 0.0


def test_only_what_there_is_of_facts_is_counted_and_returns_are_purchases_too() -> None:
    events = {"product_purchased": 7, "product_returned": 2, "order_adjusted": 1, "consent_recorded": 0}
    with speaking("en"):
        view = rows_of_import(summary(kind="purchases", events=events))
    assert view.facts == (("lines of purchases", 10),)
    assert view.title == "Purchases"


def test_what_was_read_is_told_with_its_notes_once_each_and_the_silent() -> None:
    with speaking("en"):
        view = rows_of_staged(staged(), silent=4, is_known=True)
    assert view.notes == ("Rows above the header are left out: 1-2.", "The prices include tax.")
    assert (view.silent, view.is_known) == (4, True)


def test_what_was_read_and_what_came_in_of_it_are_told_alike() -> None:
    told = {"rows": 12, "accepted": 10, "rejects": {"bad_email": 2}, "repeats": 1}
    before, after = rows_of_staged(staged(**told), silent=0, is_known=False), rows_of_import(summary(**told))
    assert msgspec.structs.replace(before, notes=()) == after
    assert isinstance(after, RowsView)


@pytest.mark.parametrize(
    ("state", "words"),
    [("waiting", "being entered"), ("stored", "being entered"), ("digested", "taken over"), ("undone", "undone")],
)
def test_every_state_of_an_import_has_its_words(state: str, words: str) -> None:
    undone = NOW + timedelta(days=1) if state == "undone" else None
    with speaking("en"):
        line = listed(NotedImport(summary=summary(origin=Origin(by="店主")), at=NOW, state=state, undone_at=undone))
    assert (line.words, line.by, line.at) == (words, "店主", NOW)


def test_an_import_that_nobody_is_named_for_came_from_a_terminal() -> None:
    with speaking("en"):
        assert listed(NotedImport(summary=summary(), at=NOW, state="digested")).by == "from a terminal"
