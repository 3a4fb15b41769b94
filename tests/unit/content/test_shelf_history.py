"""The shelf as the past of every letter: versions never lost, drafts nobody else's, looks that pass."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.blocks.block import Button, Heading, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.letter import write_text
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

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
RED = Brand(colour="#aa3311")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path_factory.mktemp("shelf") / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    yield ledger
    ledger.close()


@pytest.fixture
def ledger(opened: Ledger) -> Ledger:
    """The ledger, with an empty shelf."""
    with opened.writing() as tx:
        for table in ("templates", "template_drafts"):
            tx.execute(ledger_metadata.tables[table].delete())
    return opened


def letter(words: str = "一", name: str = "letter", *, title: str = "", languages: str = "ja,en") -> TemplateSource:
    """Return a letter of blocks."""
    blocks = (Heading(text=words), Text(text=f"{words}。"), Button(label="見る"))
    texts = {one: write_text(words, "", blocks, language=one, brand=Brand()) for one in languages.split(",")}
    return TemplateSource(name=name, title=title, languages=texts)


def test_going_back_to_an_earlier_text_is_a_version_of_its_own(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        said = [keep(tx, letter(words), now=NOW + timedelta(days=day)) for day, words in enumerate("一二一")]
        kept = versions(tx, "letter")
    assert said == [1, 2, 3]
    assert kept[0].source == kept[2].source != kept[1].source
    assert [one.saved_at for one in kept] == [NOW + timedelta(days=day) for day in (2, 1, 0)]


@pytest.mark.parametrize(
    "changed",
    [letter(title="お礼"), letter(languages="ja"), without_blocks(letter()), made(letter(), RED)],
    ids=["title", "language", "by hand", "look"],
)
def test_every_change_of_a_letter_is_a_change(ledger: Ledger, changed: TemplateSource) -> None:
    with ledger.writing() as tx:
        keep(tx, letter(), now=NOW)
        assert keep(tx, changed, now=NOW) == 2
        assert newest(tx)[0].source == changed


def test_templates_of_other_names_have_numbers_of_their_own(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        said = [keep(tx, letter(words, name), now=NOW) for name, words in (("a", "一"), ("b", "一"), ("a", "二"))]
        assert said == [1, 1, 2]
        assert [one.version for one in versions(tx, "a")] == [2, 1]
        assert [one.source.name for one in newest(tx)] == ["a", "b"]


@pytest.mark.parametrize("name", ["春 の便り", "a'; DROP TABLE templates; --", "a/b", "%", "😀"])
def test_any_name_is_a_name(ledger: Ledger, name: str) -> None:
    with ledger.writing() as tx:
        keep(tx, letter(name=name), now=NOW)
        keep(tx, letter(name="other"), now=NOW)
        assert [one.source.name for one in versions(tx, name)] == [name]


def test_an_empty_shelf_has_neither_letters_nor_drafts(ledger: Ledger) -> None:
    with ledger.reading() as tx:
        assert newest(tx) == []
        assert versions(tx, "letter") == []
        assert read_draft(tx, "letter", 1) is None


def test_a_draft_is_no_version_and_a_version_no_draft(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep(tx, letter(), now=NOW)
        keep_draft(tx, letter("途中"), person=1, based_on=1, now=NOW)
        assert [one.source for one in versions(tx, "letter")] == [letter()]
        keep(tx, letter("二"), now=NOW)
        draft = read_draft(tx, "letter", 1)
    assert draft is not None
    assert (draft.source, draft.based_on) == (letter("途中"), 1)


def test_a_person_s_drafts_of_two_letters_are_two(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        for name in ("a", "b"):
            keep_draft(tx, letter(name, name), person=1, based_on=1, now=NOW)
        forget_draft(tx, "a", 1)
        left = read_draft(tx, "b", 1)
        assert read_draft(tx, "a", 1) is None
    assert left is not None
    assert left.source == letter("b", "b")


def test_forgetting_what_was_never_written_is_nothing(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep_draft(tx, letter(), person=2, based_on=1, now=NOW)
        forget_draft(tx, "letter", 1)
        forget_draft(tx, "nobody", 2)
        assert read_draft(tx, "letter", 2) is not None


def test_an_unfinished_letter_may_be_a_draft(ledger: Ledger) -> None:
    text = msgspec.structs.replace(letter().languages["ja"], subject="", mjml="", text="", blocks=(Heading(),))
    unfinished = TemplateSource(name="letter", languages={"ja": text})
    with ledger.writing() as tx:
        keep_draft(tx, unfinished, person=1, based_on=0, now=NOW)
        draft = read_draft(tx, "letter", 1)
    assert draft is not None
    assert draft.source == unfinished


def test_a_new_look_dresses_the_newest_version_and_leaves_the_past_as_it_was(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        for words in "一二":
            keep(tx, letter(words), now=NOW)
    later = NOW + timedelta(days=1)
    assert look_again(ledger, RED, now=later) == ["letter"]
    assert look_again(ledger, RED, now=later) == []
    with ledger.reading() as tx:
        new, *past = versions(tx, "letter")
    assert (new.version, new.saved_at) == (3, later)
    for text in new.source.languages.values():
        assert "#aa3311" in text.mjml
        assert text.blocks == letter("二").languages["ja"].blocks
    assert [one.source for one in past] == [letter("二"), letter("一")]


def test_a_new_look_leaves_drafts_alone_and_they_take_it_on_when_they_are_made(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        keep(tx, letter(), now=NOW)
        keep_draft(tx, letter("途中"), person=1, based_on=1, now=NOW)
    look_again(ledger, RED, now=NOW)
    with ledger.reading() as tx:
        draft = read_draft(tx, "letter", 1)
    assert draft is not None
    assert "#aa3311" not in draft.source.languages["ja"].mjml
    assert "#aa3311" in made(draft.source, RED).languages["ja"].mjml


def test_a_letter_by_hand_is_never_made_anew() -> None:
    by_hand = without_blocks(letter())
    assert made(by_hand, RED) == made(by_hand, RED, is_marked=True) == by_hand
    assert all(text.blocks is None for text in by_hand.languages.values())
    assert by_hand.languages["ja"].mjml == letter().languages["ja"].mjml


def test_each_language_is_made_of_its_own_blocks() -> None:
    both = letter()
    japanese = msgspec.structs.replace(both.languages["ja"], blocks=(Text(text="日本語"),))
    mixed = msgspec.structs.replace(both, languages={**both.languages, "ja": japanese})
    fresh = made(mixed, Brand())
    assert "日本語" in fresh.languages["ja"].text
    assert "日本語" not in fresh.languages["en"].text
    assert fresh.languages["en"] == both.languages["en"]


@settings(deadline=None)
@given(taken=st.lists(st.sampled_from(["a", "a-2", "a-3", "a-4", "a-02", "b", "a-2-2"]), max_size=8))
def test_a_free_name_is_free_and_begins_as_wanted(taken: list[str]) -> None:
    found = free_name(taken, "a")
    assert found not in taken
    assert found == "a" or ("a" in taken and found.startswith("a-"))
