"""Thirty days in somebody's shoes: the strip of days, the cap, what is to come, and how quiet days are counted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.web.console.customers.shoes_view import CellView, ShoesView, most_within, shoes_view
from tenshu.web.console.customers.telling import Names, Told
from tenshu.web.console.customers.timeline_view import days_of, quiet_days

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)  # noon in Tokyo
ZONE = "Asia/Tokyo"
NAMES = Names({"hello": {"ja": "ご挨拶", "en": "Hello"}}, {}, "JPY")
HELLO = {"journey": "hello", "title": {"ja": "ご挨拶", "en": "Hello"}}


def row(event: str, at: datetime, **said: Any) -> dict[str, Any]:
    """Return one row of a timeline."""
    nothing = dict.fromkeys(("order_no", "amount", "lines", "goods"))
    return {"happened_at": at, "event": event, "source": "web", "properties": said, **nothing}


def view(language: str = "en", *, days: int = 30, zone: str = ZONE, **more: Any) -> ShoesView:
    """Return the page of somebody with whom nothing has happened but what is told."""
    told = {
        "customer": 7, "traits": {}, "identifiers": [], "rows": [], "mails": [], "planned": [], "walks": [],
        "cap": {"limit": 3, "days": 7}, "now": NOW,
    } | more  # fmt: skip
    with speaking(language):
        return shoes_view(told, NAMES, days=days, zone=zone)


def marked(shown: ShoesView) -> dict[str, tuple[str, ...]]:
    """Return the marks of the days that have any, by the day's words."""
    return {cell.label.partition(":")[0]: cell.marks for cell in shown.cells if cell.marks}


def today(shown: ShoesView) -> CellView:
    """Return the cell of today."""
    (found,) = [cell for cell in shown.cells if cell.is_today]
    return found


def mails(*hours: float, purpose: str = "marketing") -> list[dict[str, Any]]:
    """Return mails that went out so many hours ago."""
    return [{"ended_at": NOW - timedelta(hours=ago), "purpose": purpose} for ago in hours]


ORDERED = mails(1, 2, purpose="service")


def lines(*instants: datetime) -> list[Told]:
    """Return lines at these instants."""
    return [Told(at=at, kind="deed", sentence="x") for at in instants]


@pytest.mark.parametrize("days", [1, 7, 30])
def test_the_strip_goes_as_far_ahead_as_back_and_today_is_in_its_middle(days: int) -> None:
    cells = view(days=days).cells
    assert len(cells) == 2 * days + 1
    assert cells[days].is_today
    assert [cell.is_ahead for cell in cells] == [False] * (days + 1) + [True] * days


def test_the_first_day_today_and_firsts_of_a_month_carry_their_month() -> None:
    shown = [cell.day for cell in view(days=40).cells]
    assert (shown[0], shown[1], shown[9], shown[40], shown[41], shown[70]) == ("4/22", "23", "5/1", "6/1", "2", "7/1")


def test_a_day_is_labelled_for_those_who_cannot_see_the_drawing() -> None:
    rows = [row("email_sent", NOW, journey="hello"), row("page_viewed", NOW), row("email_failed", NOW, reason="x")]
    assert today(view(rows=rows)).label == "1 June 2026: a mail, came by themselves, kept silent"
    assert today(view("ja", rows=rows)).label == "2026年6月1日: メール、ご自分から、送らなかった"
    assert today(view("ja")).label == "2026年6月1日: 何もなし"


@pytest.mark.parametrize(
    ("event", "said", "mark"),
    [
        ("email_sent", {"journey": "hello"}, ("sent",)),
        ("page_viewed", {}, ("deed",)),
        ("email_opened", {"by": "human"}, ("deed",)),
        ("email_opened", {"by": "machine"}, ()),
        ("unsubscribed", {}, ("deed",)),
        ("message_decided", {"outcome": "suppressed", "reason": "capped"}, ("silence",)),
        ("message_decided", {"outcome": "send"}, ()),
        ("email_bounced", {}, ("silence",)),
        ("journey_entered", {"journey": "hello"}, ()),
        ("customer_described", {"traits": {}}, ()),
    ],
)
def test_the_strip_shows_what_somebody_notices_and_not_what_a_program_does(
    event: str, said: dict[str, Any], mark: tuple[str, ...]
) -> None:
    shown = view(rows=[row(event, NOW, **said)])
    assert today(shown).marks == mark
    assert bool(shown.days) == bool(mark)


def test_the_same_twice_on_one_day_is_one_mark() -> None:
    rows = [row("page_viewed", NOW - timedelta(hours=n)) for n in range(5)]
    assert marked(view(rows=rows)) == {"1 June 2026": ("deed",)}


@pytest.mark.parametrize(("zone", "day"), [("Asia/Tokyo", "1 June 2026"), ("Europe/London", "31 May 2026")])
def test_days_are_those_of_the_shops_zone(zone: str, day: str) -> None:
    rows = [row("page_viewed", datetime(2026, 5, 31, 16, tzinfo=UTC))]
    assert list(marked(view(rows=rows, zone=zone))) == [day]


def test_what_should_have_gone_out_already_is_planned_for_today() -> None:
    shown = view(planned=[HELLO | {"due_at": NOW - timedelta(days=2)}])
    assert marked(shown) == {"1 June 2026": ("planned",)}
    assert shown.planned == (("1 June 2026, 12:00", "Hello"),)


def test_what_comes_after_the_last_day_is_not_shown() -> None:
    due = [NOW + timedelta(days=30), NOW + timedelta(days=30, seconds=-1)]
    shown = view(planned=[HELLO | {"due_at": at} for at in due])
    assert marked(shown) == {"1 July 2026": ("planned",)}
    assert len(shown.planned) == 1


def walk(**more: Any) -> dict[str, Any]:
    """Return a walk that goes on tomorrow."""
    return HELLO | {"status": "active", "arm": "treated", "due_at": NOW + timedelta(days=1)} | more


@pytest.mark.parametrize(
    "one", [walk(status="ended"), walk(due_at=None), walk(arm="held_out"), walk(due_at=NOW + timedelta(days=31))]
)
def test_walks_that_lead_to_no_mail_soon_are_not_to_come(one: dict[str, Any]) -> None:
    assert view(walks=[one]).planned == ()


def test_what_is_to_come_stands_in_the_order_in_which_it_comes() -> None:
    planned = [HELLO | {"due_at": NOW + timedelta(days=2)}, HELLO | {"due_at": NOW + timedelta(hours=1)}]
    assert view("ja", planned=planned, walks=[walk()]).planned == (
        ("2026年6月1日 13:00", "ご挨拶"),
        ("2026年6月2日 12:00", "「ご挨拶」が次へ進み、送るかどうかをあらためて判断します。"),
        ("2026年6月3日 12:00", "ご挨拶"),
    )


def test_the_lead_counts_mails_answers_visits_and_silences() -> None:
    rows = [
        row("email_sent", NOW, journey="hello"),
        row("email_opened", NOW, by="human"),
        row("email_clicked", NOW, by="human"),
        row("page_viewed", NOW),
        row("page_viewed", NOW),
        row("email_failed", NOW, reason="x"),
    ]
    assert view(rows=rows).lead == (
        "Mails from the shop in 30 days: 1, of which they answered 1. Came by themselves: 2. "
        "Times that the shop kept silent: 1."
    )
    assert view("ja", days=7).lead == "この7日間、店とのやりとりはありませんでした。"


@pytest.mark.parametrize(
    ("told", "cap", "said", "is_full"),
    [
        (mails(1, 2), {"limit": 3, "days": 7}, "Most mails within 7 days: 2. The shop allows itself 3.", False),
        (mails(1, 2, 3), {"limit": 3, "days": 7}, "Most mails within 7 days: 3. The shop allows itself 3.", True),
        (mails(1, 200, 400), {"limit": 2, "days": 7}, "Most mails within 7 days: 1. The shop allows itself 2.", False),
        (mails(1, 200, 400), {"limit": 2, "days": 9}, "Most mails within 9 days: 2. The shop allows itself 2.", True),
        (ORDERED, {"limit": 1, "days": 7}, "Most mails within 7 days: 0. The shop allows itself 1.", False),
        (mails(1, 2), {}, "The shop has set itself no limit for a week.", False),
        ([], {"limit": 0, "days": 7}, "Most mails within 7 days: 0. The shop allows itself 0.", True),
    ],
)  # fmt: skip
def test_the_cap_is_compared_with_the_busiest_days(
    told: list[dict[str, Any]], cap: dict[str, int], said: str, *, is_full: bool
) -> None:
    shown = view(mails=told, cap=cap)
    assert (shown.cap, shown.is_full) == (said, is_full)


@pytest.mark.parametrize(("apart", "most"), [(timedelta(days=7), 1), (timedelta(days=7, microseconds=-1), 2)])
def test_mails_just_so_many_days_apart_are_not_of_one_week(apart: timedelta, most: int) -> None:
    assert most_within([NOW, NOW + apart], 7) == most


@settings(deadline=None)
@given(st.lists(st.integers(0, 2_000), max_size=15), st.integers(1, 40), st.integers(1, 40))
def test_more_days_never_hold_fewer_mails(hours: list[int], days: int, more: int) -> None:
    instants = [NOW + timedelta(hours=one) for one in hours]
    assert most_within(instants, days) <= most_within(instants, days + more) <= len(instants)
    assert most_within(instants[::-1], days) == most_within(instants, days)


@pytest.mark.parametrize(
    ("gap", "english", "japanese"),
    [
        (-3, "", ""),
        (0, "", ""),
        (1, "one quiet day", "何もない1日"),
        (2, "2 quiet days", "何もない2日間"),
        (1_500, "1,500 quiet days", "何もない1,500日間"),
    ],
)
def test_quiet_days_are_counted_in_words(gap: int, english: str, japanese: str) -> None:
    with speaking("en"):
        assert quiet_days(gap) == english
    with speaking("ja"):
        assert quiet_days(gap) == japanese


def test_a_timeline_of_nothing_has_no_days() -> None:
    assert days_of([], ZONE) == ()
    assert days_of([], ZONE, after=date(2026, 6, 1)) == ()


@pytest.mark.parametrize(
    ("after", "quiet"),
    [
        (None, ""),
        (date(2026, 6, 1), ""),
        (date(2026, 6, 2), ""),
        (date(2026, 6, 3), "one quiet day"),
        (date(2026, 6, 11), "9 quiet days"),
    ],
)
def test_the_first_day_of_a_further_page_knows_what_lies_above_it(after: date | None, quiet: str) -> None:
    with speaking("en"):
        (day,) = days_of(lines(NOW), ZONE, after=after)
    assert (day.day, day.quiet) == ("1 June 2026", quiet)


def test_midnight_in_the_shop_parts_the_days() -> None:
    midnight = datetime(2026, 5, 31, 15, tzinfo=UTC)
    with speaking("ja"):
        days = days_of(lines(midnight, midnight - timedelta(minutes=1)), ZONE)
        (one,) = days_of(lines(midnight, midnight - timedelta(minutes=1)), "UTC")
    assert [(day.day, day.lines[0].time, day.quiet) for day in days] == [
        ("2026年6月1日", "00:00", ""),
        ("2026年5月31日", "23:59", ""),
    ]
    assert [line.time for line in one.lines] == ["15:00", "14:59"]


def test_a_line_keeps_what_was_told() -> None:
    told = Told(at=NOW, kind="sent", sentence="A mail", note="of Hello", amount="¥1")
    (day,) = days_of([told], ZONE)
    (line,) = day.lines
    assert (line.time, line.kind, line.sentence, line.note, line.amount) == (
        "12:00",
        "sent",
        "A mail",
        "of Hello",
        "¥1",
    )
