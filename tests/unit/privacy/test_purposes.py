"""Purposes in words that customers read; every version of the words stays readable by its digest."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.privacy.purposes import (
    DEFAULTS,
    LONGEST,
    MARKETING,
    SERVICE,
    Purpose,
    UnknownPurpose,
    WordingMissing,
    purpose_named,
    read_purposes,
    words_of,
    write_purpose,
)
from tenshu.privacy.tables import purpose_words
from tenshu.store.ledger import Ledger
from tenshu.testing.small_shop import MONDAY


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.db")
    with opened.writing() as tx:
        purpose_words.create(tx.connection)
    yield opened
    opened.close()


def words(text: str) -> dict[str, str]:
    return {"ja": f"{text}です", "en": text}


def purpose(
    name: str = MARKETING, *, title: str = "News", wording: str = "We write", benefit: str = "You know"
) -> Purpose:
    return Purpose(name=name, title=words(title), wording=words(wording), benefit=words(benefit))


def save(ledger: Ledger, one: Purpose) -> int:
    with ledger.writing() as tx:
        return write_purpose(tx, one, now=MONDAY)


def test_a_fresh_shop_has_two_purposes_with_plain_words_and_the_benefit(ledger: Ledger) -> None:
    assert [one.name for one in read_purposes(ledger)] == [MARKETING, SERVICE]
    for one in read_purposes(ledger):
        assert one.checked() == one
        assert all(text for part in (one.title, one.wording, one.benefit) for text in part.values())


def test_new_words_are_the_next_version_and_are_read_from_then_on(ledger: Ledger) -> None:
    assert [save(ledger, purpose()), save(ledger, purpose(title="Clearer"))] == [1, 2]
    assert purpose_named(ledger, MARKETING) == purpose(title="Clearer")
    assert purpose_named(ledger, SERVICE) == DEFAULTS[1]


def test_the_same_words_again_are_no_new_version(ledger: Ledger) -> None:
    assert [save(ledger, purpose()), save(ledger, purpose())] == [1, 1]


def test_going_back_to_earlier_words_is_a_version_of_its_own(ledger: Ledger) -> None:
    assert [save(ledger, purpose(title=title)) for title in ("one", "two", "one")] == [1, 2, 3]
    assert purpose_named(ledger, MARKETING).title["en"] == "one"


def test_the_words_of_an_old_consent_are_found_by_their_digest(ledger: Ledger) -> None:
    old, new = purpose(wording="old"), purpose(wording="new")
    save(ledger, old)
    save(ledger, new)
    with ledger.reading() as tx:
        assert words_of(tx, old.digest) == old
        assert words_of(tx, new.digest) == new
        assert words_of(tx, DEFAULTS[0].digest) == DEFAULTS[0]
        assert words_of(tx, "0" * 32) is None


def test_a_purpose_of_the_shops_own_stands_beside_the_usual_ones(ledger: Ledger) -> None:
    save(ledger, purpose("events"))
    assert [one.name for one in read_purposes(ledger)] == [MARKETING, SERVICE, "events"]


def test_a_purpose_that_is_none_is_named_with_those_there_are(ledger: Ledger) -> None:
    with pytest.raises(UnknownPurpose, match="There are: marketing, service"):
        purpose_named(ledger, "spam")


@pytest.mark.parametrize("part", ["title", "wording", "benefit"])
@pytest.mark.parametrize("text", ["", "   ", "a" * (LONGEST + 1)])
def test_words_that_are_missing_or_too_long_are_refused(ledger: Ledger, part: str, text: str) -> None:
    spoilt = msgspec.structs.replace(purpose(), **{part: {"ja": "です", "en": text}})
    with pytest.raises(WordingMissing) as refused:
        save(ledger, spoilt)
    assert (refused.value.given["part"], refused.value.given["language"]) == (part, "en")


def test_a_language_that_is_left_out_is_refused(ledger: Ledger) -> None:
    with pytest.raises(WordingMissing):
        save(ledger, Purpose(name=MARKETING, title={"en": "News"}, wording=words("a"), benefit=words("b")))


def test_blanks_around_words_are_taken_off(ledger: Ledger) -> None:
    save(ledger, purpose(title="  News "))
    assert purpose_named(ledger, MARKETING).title["en"] == "News"


TEXT = st.text(min_size=1, max_size=30)


@given(one=TEXT, other=TEXT)
def test_other_words_have_another_digest(one: str, other: str) -> None:
    first, second = purpose(wording=one), purpose(wording=other)
    assert (first.digest == second.digest) == (one == other)
    assert purpose(title=one, wording=other).digest != purpose(title=other + "x", wording=one).digest
