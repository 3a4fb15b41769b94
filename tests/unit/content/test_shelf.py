"""The shelf keeps every version, and what somebody has written and not saved."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tenshu.content.blocks.block import Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.shelf import (
    forget_draft,
    free_name,
    keep,
    keep_draft,
    look_again,
    made,
    newest,
    read_draft,
    versions,
    without_blocks,
)
from tenshu.content.template import TemplateSource
from tenshu.store.ledger import Ledger
from tenshu.store.tables import ledger_metadata
from tests.unit.content.blocks.letters import source_of

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    ledger_metadata.create_all(opened.engine)
    yield opened
    opened.close()


def letter(words: str = "a", name: str = "letter") -> TemplateSource:
    return msgspec.structs.replace(source_of((Text(text=words),)), name=name)


def test_every_change_is_a_version_and_all_are_kept(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        assert [keep(tx, letter(words), now=NOW) for words in ("a", "b", "c")] == [1, 2, 3]
        kept = versions(tx, "letter")
    assert [one.version for one in kept] == [3, 2, 1]
    assert kept[0].source == letter("c")
    assert kept[2].source == letter("a")
    assert kept[0].saved_at == NOW


def test_saving_the_same_again_is_no_new_version(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        assert keep(tx, letter(), now=NOW) == keep(tx, letter(), now=NOW + timedelta(days=1)) == 1
        assert len(versions(tx, "letter")) == 1


def test_the_newest_of_each_template_is_on_the_shelf(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        for name, words in (("b", "1"), ("a", "1"), ("b", "2")):
            keep(tx, letter(words, name), now=NOW)
        assert [(one.source.name, one.version) for one in newest(tx)] == [("a", 1), ("b", 2)]
        assert versions(tx, "nobody") == []


def test_each_person_has_a_draft_of_their_own(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep_draft(tx, letter("mine"), person=1, based_on=1, now=NOW)
        keep_draft(tx, letter("theirs"), person=2, based_on=1, now=NOW)
        keep_draft(tx, letter("mine, later"), person=1, based_on=2, now=NOW + timedelta(minutes=1))
        found = read_draft(tx, "letter", 1)
        assert found is not None
        assert (found.source, found.based_on) == (letter("mine, later"), 2)
        assert found.changed_at == NOW + timedelta(minutes=1)
        forget_draft(tx, "letter", 1)
        assert read_draft(tx, "letter", 1) is None
        assert read_draft(tx, "letter", 2) is not None


def test_a_new_look_makes_new_versions_of_letters_of_blocks_alone(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep(tx, letter(name="blocks"), now=NOW)
        keep(tx, without_blocks(letter(name="source")), now=NOW)
    assert look_again(ledger, Brand(), now=NOW) == []
    assert look_again(ledger, Brand(colour="#aa3311"), now=NOW) == ["blocks"]
    with ledger.reading() as tx:
        assert "#aa3311" in versions(tx, "blocks")[0].source.languages["ja"].mjml
        assert len(versions(tx, "source")) == 1


def test_a_letter_is_made_anew_of_its_blocks_whatever_layout_it_came_with() -> None:
    text = msgspec.structs.replace(letter().languages["ja"], mjml="old", text="old")
    old = TemplateSource(name="letter", languages={"ja": text})
    assert made(old, Brand()) == letter()


def test_a_preview_can_find_each_block() -> None:
    marked = made(letter(), Brand(), is_marked=True).languages["ja"].mjml
    assert 'id="b0"' in marked
    assert 'id="b0"' not in made(letter(), Brand()).languages["ja"].mjml


@pytest.mark.parametrize(
    ("taken", "free"), [([], "a"), (["a"], "a-2"), (["a", "a-2", "a-4"], "a-3"), (["a", "a-3"], "a-2")]
)
def test_a_name_that_is_taken_gets_a_number(taken: list[str], free: str) -> None:
    assert free_name(taken, "a") == free
