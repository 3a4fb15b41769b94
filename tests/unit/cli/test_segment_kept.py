"""`tenshu segment save, list, end`: what a person types and reads."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from tenshu.segment.tables import segments
from tenshu.store.ledger import Ledger
from tests.unit.cli.terminal import refusal, told, written

REGULARS = {"kind": "did", "event": "order_completed", "within": {"days": 30}}
LIVES_IN = {"kind": "trait", "trait": "last_name", "cmp": "exists", "value": True}


@pytest.fixture
def condition(tmp_path: Path) -> Path:
    return written(tmp_path / "regulars.json", REGULARS)


def test_a_kept_segment_is_listed_with_its_sentence_and_its_people(small_home: Path, condition: Path) -> None:
    said = told("segment", "save", "regulars", "--condition", condition, "--home", small_home)
    assert said.startswith("regulars (version 1) is kept: ")
    listed = told("segment", "list", "--home", small_home)
    assert "regulars" in listed
    # 佐藤 ordered 5 days ago, 高橋 2; 伊藤's 40 and 田中's 50 days are too long ago.
    assert listed.rstrip().endswith(" 2")


def test_the_list_speaks_japanese_by_the_title_that_was_given(small_home: Path, condition: Path) -> None:
    named = ("--title-ja", "常連さん", "--title-en", "Regulars")
    told("segment", "save", "regulars", "--condition", condition, "--home", small_home, *named)
    assert "常連さん" in told("segment", "list", "--home", small_home, language="ja")
    assert "Regulars" in told("segment", "list", "--home", small_home)


def test_the_counts_are_written_for_programs(small_home: Path, condition: Path, tmp_path: Path) -> None:
    everybody = written(tmp_path / "everybody.json", LIVES_IN)
    told("segment", "save", "regulars", "--condition", condition, "--home", small_home)
    told("segment", "save", "all", "--condition", everybody, "--home", small_home)
    told("segment", "list", "--home", small_home, "--json", tmp_path / "out.json")
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["segments"] == {"all": 5, "regulars": 2}
    assert figures["unreadable"] == []


def test_a_changed_condition_is_the_next_version(small_home: Path, condition: Path, tmp_path: Path) -> None:
    told("segment", "save", "regulars", "--condition", condition, "--home", small_home)
    wider = written(tmp_path / "wider.json", {**REGULARS, "within": {"days": 60}})
    said = told("segment", "save", "regulars", "--condition", wider, "--home", small_home)
    assert said.startswith("regulars (version 2) is kept: ")


def test_an_ended_segment_is_gone_from_the_list(small_home: Path, condition: Path) -> None:
    told("segment", "save", "regulars", "--condition", condition, "--home", small_home)
    assert told("segment", "end", "regulars", "--home", small_home).strip() == "regulars is kept no longer."
    assert "regulars" not in told("segment", "list", "--home", small_home)


def test_what_is_not_there_cannot_end(small_home: Path) -> None:
    said = refusal("segment", "end", "regulars", "--home", small_home)
    assert said == 'There is no segment "regulars" here. There are: -.'
    assert "regulars" in refusal("segment", "end", "regulars", "--home", small_home, language="ja")


def test_a_name_that_cannot_be_one_is_refused(small_home: Path, condition: Path) -> None:
    said = refusal("segment", "save", "My regulars", "--condition", condition, "--home", small_home)
    assert said.startswith('"My regulars" cannot be a segment')


def test_a_condition_of_another_version_of_the_program_is_named(small_home: Path, condition: Path) -> None:
    told("segment", "save", "regulars", "--condition", condition, "--home", small_home)
    ledger = Ledger(small_home / "ledger.sqlite")
    with ledger.writing() as tx:
        tx.execute(update(segments).values(body='{"kind": "phase_of_moon"}'))
    ledger.close()
    assert 'The condition of "regulars" cannot be read' in told("segment", "list", "--home", small_home)


def test_saying_and_counting_are_still_there(small_home: Path, condition: Path) -> None:
    assert told("segment", "say", "--condition", condition).strip() != ""
    assert "2" in told("segment", "count", "--condition", condition, "--home", small_home)
