"""The account is one bar that always closes; what is wrong with it is said, never smoothed over."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.web.console.account_bar import LEAST_WIDTH, PARTS, account_view, bar_places, part_counts

COUNTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=8)
FULL = Account(
    planned=2134,
    sent=1608,
    held_out=203,
    suppressed={"no_consent": 148, "capped": 133},
    failed=9,
    in_doubt=3,
    pending=30,
)


@given(COUNTS)
def test_the_parts_fill_the_bar_from_end_to_end(counts: list[int]) -> None:
    places = bar_places(counts)
    if sum(counts):
        assert sum(width for _start, width in places) == pytest.approx(100, abs=0.05)


@given(COUNTS)
def test_each_part_begins_where_the_last_ended(counts: list[int]) -> None:
    places = bar_places(counts)
    for (start, width), (following, _width) in itertools.pairwise(places):
        assert following == pytest.approx(start + width, abs=0.01)


@given(COUNTS)
def test_nobody_is_too_few_to_be_seen_and_nobody_is_drawn_for_none(counts: list[int]) -> None:
    for people, (_start, width) in zip(counts, bar_places(counts), strict=True):
        if people == 0:
            assert width == 0
        else:
            assert width >= LEAST_WIDTH * 0.9


def test_an_empty_account_draws_nothing() -> None:
    assert bar_places([0, 0, 0]) == [(0.0, 0.0)] * 3


def test_large_parts_keep_their_proportion() -> None:
    (_first, three), (_second, one) = bar_places([300, 100])
    assert three / one == pytest.approx(3)


def test_every_part_is_told_in_its_order() -> None:
    view = account_view(FULL)
    assert [part.key for part in view.parts] == list(PARTS) == list(part_counts(FULL))
    assert [part.count for part in view.parts] == ["1,608", "203", "281", "9", "3", "30"]


def test_the_sum_is_a_sentence() -> None:
    with speaking("en"):
        told = account_view(FULL).sentence
    assert told == (
        "Planned 2,134 = Sent 1,608 + Held out 203 + Not sent, for a reason 281 + Failed 9 + In doubt 3 "
        "+ Still to come 30"
    )
    with speaking("ja"):
        assert account_view(FULL).sentence == (
            "対象 2,134 = 配信済み 1,608 + 非配信群 203 + 送らなかった 281 + 失敗 9 + 到達不明 3 + 配信待ち 30"
        )


def test_empty_parts_are_left_out_of_the_sentence_and_kept_in_the_list() -> None:
    view = account_view(Account(planned=10, sent=10))
    assert view.sentence == "Planned 10 = Sent 10"
    assert len(view.parts) == 6


def test_an_account_of_nobody_says_so() -> None:
    view = account_view(Account())
    assert view.sentence == "Nobody has been planned for yet."
    assert view.closes
    assert all(part.is_empty for part in view.parts)
    assert {part.share for part in view.parts} == {"–"}


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (Account(planned=10, sent=8), "2 are not accounted for"),
        (Account(planned=10, sent=13), "3 are not accounted for"),
        (Account(planned=10, sent=10, strays=2), "2 messages left without a plan"),
    ],
)
def test_an_account_that_does_not_close_says_by_how_many(account: Account, said: str) -> None:
    view = account_view(account)
    assert not view.closes
    assert view.fault is not None
    assert said in view.fault


def test_an_account_that_closes_has_no_fault() -> None:
    assert account_view(FULL).fault is None


def test_only_what_needs_a_person_is_urgent() -> None:
    assert [part.key for part in account_view(FULL).parts if part.is_urgent] == ["failed", "in_doubt"]
    assert not any(part.is_urgent for part in account_view(Account(planned=1, sent=1)).parts)
