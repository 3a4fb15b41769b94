"""What is allowed: the newest word counts, the strictest identifier wins, an exception needs its reason."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.privacy.consent import BASES, STATUSES, effective
from tenshu.store.ledger import INSTANT

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = {
    "customer": pl.Int64(),
    "node": pl.Int64(),
    "channel": pl.String(),
    "purpose": pl.String(),
    "status": pl.String(),
    "basis": pl.String(),
    "reason": pl.String(),
    "recorded_at": INSTANT,
    "fact_id": pl.Binary(),
}


def word(
    node: int, status: str, day: int, basis: str | None = "opt_in", reason: str | None = None, **other: str
) -> tuple[object, ...]:
    key = f"{node}{status}{day}{basis}{reason}{other}".encode()
    return (
        1,
        node,
        other.get("channel", "email"),
        other.get("purpose", "marketing"),
        status,
        basis,
        reason,
        START + day * DAY,
        key,
    )


def allowed(*words: tuple[object, ...]) -> dict[str, str]:
    found = effective(pl.DataFrame(list(words), schema=SCHEMA, orient="row"))
    return dict(found.select("purpose", "status").rows())


def test_nothing_recorded_is_nothing_allowed() -> None:
    assert allowed() == {}


def test_the_newest_word_of_an_identifier_counts() -> None:
    assert allowed(word(1, "granted", 1), word(1, "revoked", 2)) == {"marketing": "revoked"}
    assert allowed(word(1, "revoked", 1), word(1, "granted", 2)) == {"marketing": "granted"}


def test_a_refusal_wins_over_a_grant_of_the_same_instant() -> None:
    assert allowed(word(1, "granted", 1), word(1, "denied", 1)) == {"marketing": "denied"}


def test_after_a_merge_the_strictest_identifier_wins() -> None:
    assert allowed(word(1, "granted", 9), word(2, "revoked", 1)) == {"marketing": "revoked"}


def test_purposes_are_apart() -> None:
    both = allowed(word(1, "granted", 1), word(1, "denied", 1, purpose="research"))
    assert both == {"marketing": "granted", "research": "denied"}


@pytest.mark.parametrize("basis", [base for base in BASES if base != "opt_in"])
def test_an_exception_of_the_law_needs_its_reason(basis: str) -> None:
    assert allowed(word(1, "granted", 1, basis, None)) == {"marketing": "denied"}
    assert allowed(word(1, "granted", 1, basis, "  ")) == {"marketing": "denied"}
    assert allowed(word(1, "granted", 1, basis, "名刺交換 2026-01-01")) == {"marketing": "granted"}


@pytest.mark.parametrize("basis", [None, "", "because"])
def test_a_grant_on_no_known_basis_allows_nothing(basis: str | None) -> None:
    assert allowed(word(1, "granted", 1, basis)) == {"marketing": "denied"}


WORDS = st.lists(
    st.builds(word, st.integers(1, 3), st.sampled_from(STATUSES), st.integers(0, 3), st.sampled_from([*BASES, None])),
    max_size=8,
    unique_by=lambda one: one[-1],
)


@given(WORDS, st.randoms(use_true_random=False))
def test_the_order_in_which_words_arrive_does_not_matter(words: list[tuple[object, ...]], luck: object) -> None:
    shuffled = list(words)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert allowed(*words) == allowed(*shuffled)


@given(WORDS)
def test_telling_a_word_twice_changes_nothing(words: list[tuple[object, ...]]) -> None:
    assert allowed(*words, *words) == allowed(*words)


@given(WORDS, st.integers(1, 3))
def test_a_fresh_refusal_always_ends_it(words: list[tuple[object, ...]], node: int) -> None:
    assert allowed(*words, word(node, "revoked", 99)) == {"marketing": "revoked"}


def bulk(words: list[tuple[object, ...]], stated: set[int]) -> dict[str, tuple[str, str | None]]:
    """Return what holds when the words at these places were stated for a whole file at once."""
    frame = pl.DataFrame(words, schema=SCHEMA, orient="row").with_columns(
        is_bulk=pl.Series([place in stated for place in range(len(words))])
    )
    return {row[0]: (row[1], row[2]) for row in effective(frame).select("purpose", "status", "basis").rows()}


@pytest.mark.parametrize("status", ["denied", "revoked"])
@pytest.mark.parametrize("day", [1, 3])
def test_a_basis_stated_for_a_whole_file_never_overrules_a_no_older_or_newer(status: str, day: int) -> None:
    words = [word(1, status, 2), word(1, "granted", day, "business_relation", "買った方")]
    assert bulk(words, {1}) == {"marketing": (status, "opt_in")}


def test_a_basis_stated_for_a_whole_file_allows_where_nobody_has_said_a_word() -> None:
    words = [word(1, "granted", 2, "business_relation", "買った方")]
    assert bulk(words, {0}) == {"marketing": ("granted", "business_relation")}


def test_a_persons_own_yes_stays_the_basis_whatever_is_stated_for_the_file_later() -> None:
    words = [word(1, "granted", 1), word(1, "granted", 5, "published_address", "サイト")]
    assert bulk(words, {1}) == {"marketing": ("granted", "opt_in")}


def test_a_no_of_another_identifier_of_the_person_wins_over_the_stated_basis() -> None:
    words = [word(2, "revoked", 1), word(1, "granted", 5, "business_card", "展示会")]
    assert bulk(words, {1})["marketing"][0] == "revoked"


def test_a_basis_without_its_reason_allows_nothing_for_a_whole_file_either() -> None:
    words = [word(1, "granted", 1, "business_card", " ")]
    assert bulk(words, {0})["marketing"][0] == "denied"
