"""The shop's rules as values: what they may be, how they come back from where they are kept, and how far they reach."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.decide.policy import EACH, EXEMPT_PURPOSES, Cap, Policy, PolicyInvalid, QuietHours, parse_policy

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
NAMES = st.sampled_from([None, "email", "line", "marketing", EACH, "誕生日"])
WINDOWS = st.one_of(
    st.fixed_dictionaries({"days": st.integers(1, 366)}), st.fixed_dictionaries({"hours": st.integers(1, 8784)})
)
CAPS = st.builds(
    lambda limit, window, channel, purpose, journey: Cap(
        limit=limit, channel=channel, purpose=purpose, journey=journey, **window
    ),
    st.integers(0, 1_000),
    WINDOWS,
    NAMES,
    NAMES,
    NAMES,
)
CLOCK = st.times().map(lambda at: f"{at:%H:%M}")
QUIET = st.none() | st.tuples(CLOCK, CLOCK).filter(lambda two: two[0] != two[1]).map(
    lambda two: QuietHours(start=two[0], end=two[1])
)
POLICIES = st.builds(lambda caps, quiet: Policy(caps=tuple(caps), quiet_hours=quiet), st.lists(CAPS, max_size=5), QUIET)


def kept(data: Any) -> Any:
    """Return a value as it comes back from where settings are kept."""
    return msgspec.json.decode(msgspec.json.encode(data))


@given(POLICIES)
def test_rules_come_back_as_they_were_kept(policy: Policy) -> None:
    assert parse_policy(kept(policy)) == policy
    assert parse_policy(kept(msgspec.to_builtins(policy))) == policy


@given(POLICIES)
def test_no_contact_that_a_cap_counts_is_older_than_what_is_asked_for(policy: Policy) -> None:
    reach = NOW - policy.earliest(NOW)
    assert reach >= timedelta(days=2)
    assert all(reach >= cap.window + timedelta(days=2) for cap in policy.caps)
    assert reach <= timedelta(days=368)


@given(st.lists(CAPS, min_size=1, max_size=5))
def test_a_further_cap_never_shortens_what_is_asked_for(caps: list[Cap]) -> None:
    fewer, all_of_them = Policy(caps=tuple(caps[:-1])), Policy(caps=tuple(caps))
    assert all_of_them.earliest(NOW) <= fewer.earliest(NOW)


@pytest.mark.parametrize(
    ("cap", "window"),
    [
        (Cap(limit=1, days=1), timedelta(days=1)),
        (Cap(limit=1, days=366), timedelta(days=366)),
        (Cap(limit=1, hours=1), timedelta(hours=1)),
        (Cap(limit=1, hours=8784), timedelta(days=366)),
    ],
)
def test_a_window_is_as_long_as_it_says(cap: Cap, window: timedelta) -> None:
    assert cap.window == window


@pytest.mark.parametrize("field", ["days", "hours"])
@pytest.mark.parametrize("given_number", [0, -1, 10_000, 1.5, "7", True])
def test_a_window_that_no_shop_needs_is_refused_at_its_place(field: str, given_number: Any) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy({"caps": [{"limit": 1, "days": 1}, {"limit": 1, field: given_number}]})
    assert refused.value.given["path"] == f"$.caps[1].{field}"


@pytest.mark.parametrize(("days", "hours"), [(366, None), (1, None), (None, 8784), (None, 1)])
def test_the_longest_and_shortest_windows_are_taken(days: int | None, hours: int | None) -> None:
    data = {"limit": 0, "days": days, "hours": hours}
    (cap,) = parse_policy({"caps": [data]}).caps
    assert (cap.days, cap.hours, cap.limit) == (days, hours, 0)


@pytest.mark.parametrize("data", [{"limit": 1}, {"limit": 1, "days": 1, "hours": 1}, {"limit": 1, "days": None}])
def test_a_cap_has_one_window_and_not_two(data: dict[str, Any]) -> None:
    with pytest.raises(PolicyInvalid, match="either days or hours"):
        parse_policy({"caps": [data]})


@pytest.mark.parametrize("text", ["24:00", "8:00", "08:60", "08:00:00", "", "noon", "08:00\n", "０８:00"])
@pytest.mark.parametrize("end", ["start", "end"])
def test_quiet_hours_are_minutes_of_a_day_written_in_one_way(end: str, text: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy({"quiet_hours": {"start": "21:00", "end": "08:00", end: text}})
    assert refused.value.given["path"] == f"$.quiet_hours.{end}"


@given(CLOCK, CLOCK)
def test_quiet_hours_are_read_as_times_of_the_day(start: str, end: str) -> None:
    quiet = QuietHours(start=start, end=end)
    assert quiet.start_time == time.fromisoformat(start)
    assert quiet.end_time == time.fromisoformat(end)


@given(CLOCK)
def test_a_day_that_is_quiet_from_a_minute_to_the_same_minute_is_refused(at: str) -> None:
    with pytest.raises(PolicyInvalid, match="give null for no quiet hours"):
        parse_policy({"quiet_hours": {"start": at, "end": at}})


def test_no_caps_and_no_quiet_hours_is_a_rule_too() -> None:
    assert parse_policy({"caps": [], "quiet_hours": None}) == Policy(caps=(), quiet_hours=None)


@pytest.mark.parametrize("left_out", ["caps", "quiet_hours"])
def test_what_is_left_out_keeps_its_usual_value(left_out: str) -> None:
    given_rules: dict[str, Any] = {"caps": [], "quiet_hours": None}
    del given_rules[left_out]
    policy = parse_policy(given_rules)
    assert getattr(policy, left_out) == getattr(Policy(), left_out)


def test_what_is_usual_of_a_cap_is_not_written_down() -> None:
    assert kept(Cap(limit=2, hours=6)) == {"limit": 2, "hours": 6}


@pytest.mark.parametrize("data", [None, [], "caps", 1, {"caps": None}, {"caps": {}}, {"quiet_hours": []}, {"hours": 1}])
def test_whatever_is_no_rule_is_refused_in_both_languages(data: Any) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(data)
    assert str(refused.value.given["path"]).startswith("$")
    assert refused.value.text("ja") != refused.value.text("en")


def test_mail_that_a_customer_waits_for_is_touched_by_no_rule() -> None:
    assert EXEMPT_PURPOSES == ("service",)
    assert not any(cap.purpose in EXEMPT_PURPOSES for cap in Policy().caps)
