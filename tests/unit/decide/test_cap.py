"""No cap is ever exceeded, whatever comes up in whatever order."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.decide.cap import capped
from tenshu.decide.policy import Cap, Policy
from tenshu.store.ledger import INSTANT
from tests.unit.decide.examples import CONTACTS, NOW, TOKYO, a_day, contact, contacts, over_cap_at_once, with_caps

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def wanted(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return messages that could go now, unless a row says otherwise."""
    full = [
        {
            "customer": 1,
            "channel": "email",
            "purpose": "marketing",
            "journey": "mine",
            "at": NOW,
            "zone": None,
            "may_go": True,
            "is_counted": True,
            **row,
        }
        for row in rows
    ]
    schema = {**CONTACTS, "zone": pl.String, "may_go": pl.Boolean, "is_counted": pl.Boolean}
    return pl.DataFrame(full, schema=schema)


def kept_back(rows: pl.DataFrame, before: pl.DataFrame, *caps: Cap) -> list[bool]:
    """Return which of the rows are kept back."""
    return list(capped(rows, before, with_caps(*caps), zone=TOKYO).to_list())


def test_without_caps_everything_goes() -> None:
    assert kept_back(wanted({}, {}, {}), contacts(contact(), contact())) == [False] * 3


def test_nobody_is_kept_back_when_nobody_is_wanted() -> None:
    assert kept_back(wanted(), contacts(contact()), a_day()) == []


def test_first_of_the_rows_goes_and_the_second_is_kept_back() -> None:
    assert kept_back(wanted({}, {}, {"customer": 2}), contacts(), a_day()) == [False, True, False]


def test_limit_of_two_lets_two_go() -> None:
    assert kept_back(wanted({}, {}, {}), contacts(), a_day(limit=2)) == [False, False, True]


def test_limit_of_nothing_lets_nothing_go() -> None:
    assert kept_back(wanted({}), contacts(), a_day(limit=0)) == [True]


@pytest.mark.parametrize(
    ("ago", "is_capped"),
    [
        # It is 10:00 on Monday in Tokyo: the day began ten hours ago.
        (timedelta(0), True),
        (10 * HOUR, True),
        (10 * HOUR + timedelta(microseconds=1), False),
        (-13 * HOUR, True),  # promised for 23:00 today
        (-14 * HOUR, False),  # promised for midnight
    ],
)
def test_day_is_the_customers_calendar_day(ago: timedelta, is_capped: bool) -> None:  # noqa: FBT001
    assert kept_back(wanted({}), contacts(contact(ago=ago)), a_day()) == [is_capped]


def test_day_begins_at_midnight_of_the_customers_zone() -> None:
    # 2026-01-05 01:00 UTC is 20:00 of the 4th in New York: what was sent 19 h before is of the same day.
    rows = wanted({"customer": 1, "zone": "America/New_York"}, {"customer": 2, "zone": TOKYO})
    before = contacts(contact(1, 19 * HOUR), contact(2, 19 * HOUR))
    assert kept_back(rows, before, a_day()) == [True, False]


@pytest.mark.parametrize(("ago", "is_capped"), [(6 * DAY, True), (6 * DAY + 10 * HOUR, True), (7 * DAY, False)])
def test_seven_days_are_today_and_six_before(ago: timedelta, is_capped: bool) -> None:  # noqa: FBT001
    assert kept_back(wanted({}), contacts(contact(ago=ago)), a_day(days=7)) == [is_capped]


@pytest.mark.parametrize(
    ("ago", "is_capped"),
    [(timedelta(0), True), (47 * HOUR, True), (48 * HOUR, False), (-47 * HOUR, True), (-48 * HOUR, False)],
)
def test_rolling_window_counts_hours(ago: timedelta, is_capped: bool) -> None:  # noqa: FBT001
    assert kept_back(wanted({}), contacts(contact(ago=ago)), Cap(limit=1, hours=48)) == [is_capped]


@pytest.mark.parametrize(
    ("cap", "other", "is_capped"),
    [
        (a_day(), {"channel": "line", "purpose": "service", "journey": "x"}, True),  # all of them together
        (a_day(channel="email"), {"channel": "email"}, True),
        (a_day(channel="email"), {"channel": "line"}, False),
        (a_day(channel="line"), {"channel": "line"}, False),  # the cap is not about this message
        (a_day(purpose="marketing"), {"purpose": "service"}, False),
        (a_day(journey="mine"), {"journey": "mine"}, True),
        (a_day(journey="mine"), {"journey": "other"}, False),
        (a_day(journey="other"), {"journey": "other"}, False),
        (a_day(journey="*"), {"journey": "mine"}, True),
        (a_day(journey="*"), {"journey": "other"}, False),
    ],
)
def test_cap_counts_what_it_is_about(cap: Cap, other: dict[str, Any], is_capped: bool) -> None:  # noqa: FBT001
    assert kept_back(wanted({}), contacts(contact(**other)), cap) == [is_capped]


def test_other_customers_do_not_count() -> None:
    assert kept_back(wanted({"customer": 1}), contacts(contact(2)), a_day()) == [False]


def test_service_messages_are_never_kept_back() -> None:
    rows = wanted({"purpose": "service"}, {"purpose": "service"}, {})
    assert kept_back(rows, contacts(contact()), a_day(purpose="marketing")) == [False, False, True]


def test_what_cannot_go_anyway_uses_up_nothing() -> None:
    assert kept_back(wanted({"may_go": False}, {}), contacts(), a_day()) == [False, False]


def test_ghosts_use_up_nothing_but_meet_the_cap() -> None:
    rows = wanted({"is_counted": False}, {}, {"is_counted": False}, {})
    assert kept_back(rows, contacts(), a_day()) == [False, False, True, True]


def test_strictest_cap_decides() -> None:
    rows = wanted({}, {}, {})
    assert kept_back(rows, contacts(contact(ago=3 * DAY)), a_day(limit=2), a_day(limit=2, days=7)) == [
        False,
        True,
        True,
    ]


class TestOverCap:
    """The last check, when messages are about to be handed over."""

    def rows(self, *customers: int) -> pl.DataFrame:
        """Return rows of the outbox."""
        frame = wanted(*({"customer": customer} for customer in customers)).drop("at", "may_go", "is_counted", "zone")
        return frame.with_columns(enrolment=pl.int_range(1, pl.len() + 1), visit=pl.lit(0, pl.Int64))

    def check(self, rows: pl.DataFrame, before: pl.DataFrame) -> list[bool]:
        """Return which of the rows may not go."""
        return over_cap_at_once(rows, before, with_caps(a_day()), now=NOW, zone=TOKYO)

    def test_rows_of_one_claim_count_for_each_other(self) -> None:
        assert self.check(self.rows(1, 2, 1), contacts()) == [False, False, True]

    def test_what_was_sent_since_counts(self) -> None:
        assert self.check(self.rows(1, 2), contacts(contact(2, HOUR))) == [False, True]

    def test_message_is_no_contact_before_itself(self) -> None:
        before = contacts(contact(1)).with_columns(enrolment=pl.lit(1, pl.Int64), visit=pl.lit(0, pl.Int64))
        assert self.check(self.rows(1), before) == [False]
        assert self.check(self.rows(1), before.with_columns(visit=pl.lit(1, pl.Int64))) == [True]


CAPS = st.lists(
    st.builds(
        Cap,
        limit=st.integers(0, 3),
        days=st.integers(1, 4),
        journey=st.sampled_from([None, "*", "a"]),
        channel=st.sampled_from([None, "email"]),
    )
    | st.builds(Cap, limit=st.integers(0, 3), hours=st.integers(1, 80), purpose=st.sampled_from([None, "marketing"])),
    max_size=3,
)
INSTANTS = st.integers(0, 8 * 24 * 4).map(lambda quarters: NOW + quarters * timedelta(minutes=15))
MESSAGES = st.tuples(
    st.integers(1, 3),
    st.sampled_from("ab"),
    st.sampled_from(["email", "line"]),
    st.sampled_from(["marketing", "service"]),
)
ZONES = {1: "Asia/Tokyo", 2: "America/New_York", 3: "Pacific/Kiritimati"}
Sent = tuple[int, str, str, str, datetime]


def is_about(cap: Cap, message: Sent, mine: Sent) -> bool:
    """Say slowly whether the cap counts the message for mine."""
    customer, journey, channel, purpose, _ = message
    return (
        customer == mine[0]
        and (cap.journey is None or journey == (mine[1] if cap.journey == "*" else cap.journey))
        and (cap.channel in {None, channel})
        and (cap.purpose in {None, purpose})
    )


def day_of(message: Sent) -> int:
    """Return the local day of the customer."""
    return message[4].astimezone(ZoneInfo(ZONES[message[0]])).date().toordinal()


def worst_window(cap: Cap, sent: Iterable[Sent], mine: Sent) -> int:
    """Return how many messages lie in the fullest window of the cap with mine."""
    others = [message for message in sent if is_about(cap, message, mine)]
    if cap.days is not None:
        starts = range(day_of(mine) - cap.days + 1, day_of(mine) + 1)
        return max(sum(start <= day_of(one) < start + cap.days for one in others) for start in starts)
    window = timedelta(hours=cap.hours or 0)
    return max(sum(one[4] <= other[4] < one[4] + window for other in others) for one in [*others, mine])


@given(CAPS, st.lists(st.tuples(INSTANTS, st.lists(MESSAGES, min_size=1, max_size=5)), max_size=6))
def test_no_window_ever_holds_more_than_its_limit(
    caps: list[Cap], calls: list[tuple[datetime, list[tuple[int, str, str, str]]]]
) -> None:
    """P10: calls come in any order of time, as when workers race or clocks jump; no window overflows."""
    policy = Policy(caps=tuple(caps), quiet_hours=None)
    sent: list[Sent] = []
    for at, messages in calls:
        rows = wanted(
            *(
                {
                    "customer": who,
                    "journey": journey,
                    "channel": channel,
                    "purpose": purpose,
                    "at": at,
                    "zone": ZONES[who],
                }
                for who, journey, channel, purpose in messages
            )
        )
        before = contacts(
            *(
                {"customer": who, "journey": journey, "channel": channel, "purpose": purpose, "at": then}
                for who, journey, channel, purpose, then in sent
            )
        )
        stopped = capped(rows, before, policy, zone=TOKYO).to_list()
        sent += [(*message, at) for message, is_stopped in zip(messages, stopped, strict=True) if not is_stopped]
    for cap in caps:
        for mine in sent:
            if mine[3] == "marketing" and is_about(cap, mine, mine):
                services = [one for one in sent if one[3] == "service"]
                allowed = cap.limit + worst_window(cap, services, mine) if services else cap.limit
                assert worst_window(cap, sent, mine) <= allowed


@given(CAPS, st.lists(MESSAGES, min_size=1, max_size=10), st.lists(st.tuples(MESSAGES, INSTANTS), max_size=6))
def test_rows_are_granted_one_after_the_other(
    caps: list[Cap], messages: list[tuple[int, str, str, str]], before: list[tuple[tuple[int, str, str, str], datetime]]
) -> None:
    at = NOW + 4 * DAY
    sent: list[Sent] = [(*message, then) for message, then in before]
    expected = []
    for message in messages:
        mine: Sent = (*message, at)
        is_stopped = message[3] != "service" and any(
            is_about(cap, mine, mine)
            and sum(is_about(cap, one, mine) and is_near(cap, one, mine) for one in sent) >= cap.limit
            for cap in caps
        )
        expected.append(is_stopped)
        if not is_stopped:
            sent.append(mine)
    rows = wanted(
        *(
            {"customer": who, "journey": journey, "channel": channel, "purpose": purpose, "at": at, "zone": ZONES[who]}
            for who, journey, channel, purpose in messages
        )
    )
    earlier = contacts(
        *(
            {"customer": who, "journey": journey, "channel": channel, "purpose": purpose, "at": then}
            for (who, journey, channel, purpose), then in before
        )
    )
    assert kept_back(rows, earlier, *caps) == expected


def is_near(cap: Cap, one: Sent, mine: Sent) -> bool:
    """Say whether some window of the cap holds both."""
    if cap.days is not None:
        return abs(day_of(one) - day_of(mine)) < cap.days
    return abs(one[4] - mine[4]) < timedelta(hours=cap.hours or 0)


def test_ten_thousand_people_and_five_campaigns_break_no_cap() -> None:
    """P10: five campaigns, told to four callers one after the other, reach each of the 10,000 once."""
    people = pl.DataFrame({"customer": range(1, 10_001)})
    before = contacts()
    for call in range(4):
        rows = pl.concat(
            people.select(
                "customer",
                channel=pl.lit("email"),
                journey=pl.lit(f"campaign-{campaign}"),
                purpose=pl.lit("marketing"),
                at=pl.lit(NOW + call * timedelta(seconds=1), INSTANT),
                may_go=pl.lit(value=True),
                is_counted=pl.lit(value=True),
            )
            for campaign in range(5)
        )
        granted = rows.filter(~capped(rows, before, with_caps(a_day()), zone=TOKYO))
        before = pl.concat([before, granted.select(CONTACTS.keys())])
    assert len(before) == before["customer"].n_unique() == 10_000


def test_times_of_contacts_may_be_of_any_age() -> None:
    ancient = contacts(contact(at=datetime(1970, 1, 1, tzinfo=UTC)), contact(at=datetime(2099, 1, 1, tzinfo=UTC)))
    assert kept_back(wanted({}), ancient, a_day()) == [False]
