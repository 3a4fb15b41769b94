"""The words of a purpose: what makes them other words, how versions count, and what is read back of them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

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

PARTS = ("title", "wording", "benefit")
FIRST = DEFAULTS[0]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.db")
    with opened.writing() as tx:
        purpose_words.create(tx.connection)
    yield opened
    opened.close()


def saved(ledger: Ledger, one: Purpose, days: int = 0) -> int:
    with ledger.writing() as tx:
        return write_purpose(tx, one, now=MONDAY + timedelta(days=days))


def saying(text: str, part: str = "title", language: str = "ja", of: Purpose = FIRST) -> Purpose:
    return msgspec.structs.replace(of, **{part: {**getattr(of, part), language: text}})


def test_a_digest_is_short_and_of_plain_letters() -> None:
    assert all(re.fullmatch("[0-9a-f]{32}", one.digest) for one in DEFAULTS)


def test_the_digest_of_the_same_words_never_changes() -> None:
    assert msgspec.json.decode(msgspec.json.encode(FIRST), type=Purpose).digest == FIRST.digest
    turned = {part: dict(reversed(getattr(FIRST, part).items())) for part in PARTS}
    assert Purpose(name=FIRST.name, **turned).digest == FIRST.digest


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("part", PARTS)
def test_one_letter_anywhere_makes_other_words(part: str, language: str) -> None:
    text = getattr(FIRST, part)[language]
    assert saying(f"{text}!", part, language).digest != FIRST.digest


def test_the_same_words_of_another_purpose_are_other_words() -> None:
    assert msgspec.structs.replace(FIRST, name="events").digest != FIRST.digest


def test_words_that_change_places_are_other_words() -> None:
    turned = msgspec.structs.replace(FIRST, wording=FIRST.benefit, benefit=FIRST.wording)
    assert turned.digest != FIRST.digest


@given(st.lists(st.text(min_size=1, max_size=12), min_size=6, max_size=6), st.integers(0, 5), st.text(min_size=1))
def test_a_digest_tells_every_text_apart(texts: list[str], place: int, other: str) -> None:
    def made(given: list[str]) -> Purpose:
        words = [{"ja": given[nth], "en": given[nth + 1]} for nth in (0, 2, 4)]
        return Purpose(name="x", title=words[0], wording=words[1], benefit=words[2])

    changed = [*texts[:place], other, *texts[place + 1 :]]
    assert (made(texts).digest == made(changed).digest) == (texts == changed)


@given(st.sampled_from(PARTS), st.sampled_from(["ja", "en"]), st.text(max_size=8), st.sampled_from([" ", "\n", "　"]))
def test_checking_takes_off_blanks_and_nothing_else(part: str, language: str, text: str, blank: str) -> None:
    spaced = saying(f"{blank}{text}{blank}", part, language)
    if not text.strip():
        with pytest.raises(WordingMissing):
            spaced.checked()
        return
    checked = spaced.checked()
    assert getattr(checked, part)[language] == text.strip()
    assert checked.checked() == checked


@pytest.mark.parametrize("length", [1, LONGEST - 1, LONGEST])
def test_a_text_may_be_as_long_as_people_still_read(length: int) -> None:
    assert saying("あ" * length).checked().title["ja"] == "あ" * length


def test_blanks_around_a_text_of_the_full_length_do_not_count() -> None:
    assert len(saying(f"  {'あ' * LONGEST}  ").checked().title["ja"]) == LONGEST


def test_a_refusal_names_the_purpose_the_part_and_the_language_in_both_languages() -> None:
    with pytest.raises(WordingMissing) as refused:
        saying("", "benefit", "en").checked()
    for language in ("ja", "en"):
        said = refused.value.text(language)
        assert "marketing" in said
        assert "500" in said
        assert "{" not in said
    assert refused.value.text("ja") != refused.value.text("en")


def test_a_language_that_nobody_reads_is_left_out() -> None:
    assert set(saying("Hallo", language="de").checked().title) == {"ja", "en"}


def test_an_unknown_purpose_is_refused_with_those_there_are(ledger: Ledger) -> None:
    with pytest.raises(UnknownPurpose) as refused:
        purpose_named(ledger, "Marketing")
    assert "marketing, service" in refused.value.text("en")
    assert refused.value.text("ja") != refused.value.text("en")


def test_each_purpose_counts_its_own_versions(ledger: Ledger) -> None:
    other = msgspec.structs.replace(FIRST, name="events")
    assert [saved(ledger, one) for one in (saying("一"), other, saying("二"), saying("三"))] == [1, 1, 2, 3]


def test_words_that_were_refused_leave_no_version(ledger: Ledger) -> None:
    saved(ledger, saying("一"))
    with pytest.raises(WordingMissing):
        saved(ledger, saying(""))
    assert saved(ledger, saying("二")) == 2


def test_a_version_keeps_when_it_was_saved_and_is_never_written_over(ledger: Ledger) -> None:
    for day, text in enumerate(("一", "二", "二", "三")):
        saved(ledger, saying(text), day)
    with ledger.reading() as tx:
        rows = tx.frame(select(purpose_words).order_by(purpose_words.c.version)).to_dicts()
    assert [(row["version"], row["saved_at"] - MONDAY) for row in rows] == [
        (1, timedelta()),
        (2, timedelta(days=1)),
        (3, timedelta(days=3)),
    ]
    assert len({row["digest"] for row in rows}) == 3


def test_blanks_alone_are_no_new_version(ledger: Ledger) -> None:
    assert saved(ledger, saying("一")) == saved(ledger, saying(" 一\n")) == 1


def test_the_default_words_saved_as_they_are_stay_the_same_words(ledger: Ledger) -> None:
    assert saved(ledger, FIRST) == 1
    assert read_purposes(ledger) == DEFAULTS


def test_a_proof_of_the_default_words_is_readable_before_and_after_they_change(ledger: Ledger) -> None:
    for text in (None, "新しい"):
        if text:
            saved(ledger, saying(text))
        with ledger.reading() as tx:
            assert [words_of(tx, one.digest) for one in DEFAULTS] == list(DEFAULTS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(st.lists(st.sampled_from("一二三"), min_size=1, max_size=6))
def test_the_words_of_every_version_can_be_read_and_the_last_ones_are_the_shops(
    ledger: Ledger, texts: list[str]
) -> None:
    for text in texts:
        saved(ledger, saying(text))
    assert purpose_named(ledger, MARKETING) == saying(texts[-1])
    assert purpose_named(ledger, SERVICE) == DEFAULTS[1]
    with ledger.reading() as tx:
        assert [words_of(tx, saying(text).digest) for text in texts] == [saying(text) for text in texts]
