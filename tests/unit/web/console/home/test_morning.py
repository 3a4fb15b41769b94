"""The first page word for word, in both languages: what waits, what comes next and when, what happened."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.breaker import FLOOD, Tripped
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.measure.days import Day
from tenshu.measure.state import ScenarioState, Standing
from tenshu.web.console.home.home_view import HomeView, home_view, mail_columns, next_views, order_columns
from tenshu.web.console.home.needs import Need, Situation, needs
from tenshu.web.console.home.situation import LIVING, title_of

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
STOPPED = Tripped(journey="a", tripped_at=NOW, reason=FLOOD, found={"count": 9, "people": 2})


def needed(language: str = "en", **changes: Any) -> tuple[Need, ...]:
    with speaking(language):
        return needs(Situation(customers=9, **changes))


def state(name: str = "a", standing: Standing = Standing.RUNNING, **changes: Any) -> ScenarioState:
    return ScenarioState(name=name, version=1, title={"ja": "春", "en": "Spring"}, standing=standing, **changes)


def page(days: list[Day], language: str = "en", **changes: Any) -> HomeView:
    with speaking(language):
        return home_view(
            Situation(**{"customers": 9, **changes}), [], {}, days=days, whole=Account(), now=NOW, zone="Asia/Tokyo"
        )


@pytest.mark.parametrize(
    ("changes", "english", "url", "label"),
    [
        (
            {"faults": 1_200},
            "The account does not close: 1,200 messages are not accounted for.",
            "/report",
            "Look",
        ),
        ({"standstill": "Why."}, "Why.", "/outbox", "Decide whether to go on"),
        (
            {"in_doubt": {"a": ("Spring", 1_500)}},
            "Nobody knows whether 1,500 messages of “Spring” arrived. They wait for your word.",
            "/outbox",
            "Decide",
        ),
        (
            {"tripped": {"a-2": "Spring"}},
            "“Spring” stopped itself, because something looks like a mistake.",
            "/scenarios/a-2",
            "Look",
        ),
        ({"resting": ("old",)}, "This version cannot read “old”; nobody walks on in it.", "/scenarios", "Look"),
        (
            {"reviews": {"a": ("Spring", date(2026, 6, 1))}},
            "You wanted to look at “Spring” again on 1 June 2026.",
            "/scenarios/a",
            "Look",
        ),
        ({"refused": ("list.csv", 1_000)}, "1,000 rows of “list.csv” were not taken over.", "/import", "Correct them"),
    ],
)
def test_each_need_is_a_sentence_with_its_place(changes: dict[str, Any], english: str, url: str, label: str) -> None:
    (need,) = needed(**changes)
    assert (need.text, need.url, need.label) == (english, url, label)
    (japanese,) = needed("ja", **changes)
    assert (japanese.url, japanese.is_urgent) == (need.url, need.is_urgent)
    assert japanese.label != need.label


@pytest.mark.parametrize("missing", ["is_postal", "is_sender", "is_smtp"])
def test_any_part_of_the_set_up_that_misses_leads_there_once(missing: str) -> None:
    (need,) = needed("en", **{missing: False})
    assert (need.url, need.is_urgent) == ("/setup", False)
    assert len(needed(is_postal=False, is_sender=False, is_smtp=False)) == 1


def test_several_scenarios_in_doubt_are_told_one_by_one() -> None:
    told = needed(in_doubt={"a": ("A", 1), "b": ("B", 2)}, tripped={"c": "C", "d": "D"}, resting=("e", "f"))
    assert len(told) == 6
    assert all(need.is_urgent for need in told)
    assert [need.url for need in told[2:4]] == ["/scenarios/c", "/scenarios/d"]


@pytest.mark.parametrize(
    ("hours", "english"),
    [
        (-5, "now"),
        (0, "now"),
        (1, "today at 13:00"),
        (11, "today at 23:00"),
        (12, "tomorrow at 00:00"),
        (35, "tomorrow at 23:00"),
        (36, "3 June 2026, 00:00"),
        (None, "when it happens"),
    ],
)
def test_when_something_is_next_is_said_as_people_say_it(hours: int | None, english: str) -> None:
    soon = {} if hours is None else {"a": NOW + timedelta(hours=hours)}
    with speaking("en"):
        (told,) = next_views([state()], soon, now=NOW, zone="Asia/Tokyo")
    assert told.when == english
    with speaking("ja"):
        (told,) = next_views([state()], soon, now=NOW, zone="Asia/Tokyo")
    assert told.when != english
    assert told.title == "春"


@pytest.mark.parametrize("standing", Standing)
def test_only_what_is_alive_comes_next_and_only_what_runs_is_calm(standing: Standing) -> None:
    with speaking("en"):
        told = next_views([state(standing=standing)], {}, now=NOW, zone="Asia/Tokyo")
    assert len(told) == (standing in LIVING)
    for one in told:
        assert one.is_calm is (standing in {Standing.RUNNING, Standing.WAITING})


def test_a_scenario_whose_sending_stopped_itself_is_not_calm() -> None:
    with speaking("en"):
        (told,) = next_views([state(tripped=STOPPED, walking=1_200, queued=5, sending=2)], {}, now=NOW, zone="UTC")
    assert not told.is_calm
    assert told.open == "1,200 people under way, 7 messages waiting"


def test_what_is_due_at_the_same_time_comes_by_name() -> None:
    with speaking("en"):
        told = next_views([state("b"), state("c"), state("a")], dict.fromkeys("cab", NOW), now=NOW, zone="UTC")
    assert [one.name for one in told] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("days", "english"),
    [
        ([], "In the last seven days nothing was sent. There were 0 orders."),
        ([Day(on=date(2026, 5, 1), orders=1_200)], "In the last seven days nothing was sent. There were 1,200 orders."),
        (
            [Day(on=date(2026, 5, 1), sent=1_000, silent=2, orders=3)],
            "In the last seven days 1,000 messages went out, 2 did not, for a reason. 3 orders.",
        ),
        (
            [Day(on=date(2026, 5, 1), silent=2)],
            "In the last seven days 0 messages went out, 2 did not, for a reason. 0 orders.",
        ),
    ],
)
def test_the_week_is_one_sentence(days: list[Day], english: str) -> None:
    assert page(days).sentence == english
    assert page(days, "ja").sentence != english


def test_the_week_is_the_last_seven_days_and_no_more() -> None:
    days = [Day(on=date(2026, 5, number), sent=1, orders=10) for number in range(1, 15)]
    assert page(days).sentence.startswith("In the last seven days 7 messages")
    assert len(page(days).mails) == len(page(days).orders) == 14


def test_a_shop_without_customers_is_new_and_a_rehearsal_says_so() -> None:
    assert page([], customers=0).is_new
    assert not page([]).is_new
    assert page([], is_rehearsed=True).is_rehearsed
    assert page([]).day == "1 June 2026, 12:00"


def test_a_column_says_its_day_for_a_pointer() -> None:
    with speaking("en"):
        (mails,), most = mail_columns([Day(on=date(2026, 12, 31), sent=1_000, silent=500, held_out=500)])
        (orders,), _most = order_columns([Day(on=date(2026, 12, 31), orders=1_000)])
    assert mails.words == "31 December 2026: 1,000 sent, 500 not sent, 500 held out"
    assert (mails.label, mails.heights, most) == ("12/31", (50.0, 25.0, 25.0), "2,000")
    assert orders.words == "31 December 2026: 1,000 orders"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_columns_keep_the_order_of_their_days(counts: list[int]) -> None:
    days = [Day(on=date(2026, 1, 1) + timedelta(days=number), orders=count) for number, count in enumerate(counts)]
    columns, _most = order_columns(days)
    by_count = sorted(zip(counts, columns, strict=True), key=lambda pair: pair[0])
    heights = [column.heights[0] for _count, column in by_count]
    assert heights == sorted(heights)


@pytest.mark.parametrize(
    ("title", "japanese", "english"),
    [
        ({"ja": "春", "en": "Spring"}, "春", "Spring"),
        ({"en": "Spring"}, "Spring", "Spring"),
        ({}, "a", "a"),
    ],
)
def test_a_scenario_is_called_in_the_language_or_another_or_by_its_name(
    title: dict[str, str], japanese: str, english: str
) -> None:
    one = ScenarioState(name="a", version=1, title=title, standing=Standing.RUNNING)
    for language, called in (("ja", japanese), ("en", english)):
        with speaking(language):
            assert title_of(one) == called
