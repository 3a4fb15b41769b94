"""The shop's rules have sane defaults and are checked when they are read."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenshu.decide.policy import Cap, Policy, PolicyInvalid, QuietHours, parse_policy, read_policy, write_policy
from tenshu.store.ledger import Ledger
from tenshu.store.tables import ledger_metadata
from tests.unit.decide.examples import NOW


def test_fresh_shop_sends_one_marketing_mail_a_day_and_three_a_week_and_none_at_night() -> None:
    policy = parse_policy({})
    assert [(cap.limit, cap.days, cap.channel, cap.purpose) for cap in policy.caps] == [
        (1, 1, "email", "marketing"),
        (3, 7, "email", "marketing"),
    ]
    assert policy.quiet_hours == QuietHours(start="21:00", end="08:00")


def test_rules_are_kept_in_the_settings(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    assert read_policy(ledger) == Policy()
    mine = Policy(caps=(Cap(limit=2, hours=48, journey="*"),), quiet_hours=None)
    with ledger.writing() as tx:
        write_policy(tx, mine)
    assert read_policy(ledger) == mine


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"caps": [{"limit": 1}]}, "$.caps[0]"),
        ({"caps": [{"limit": 1, "days": 1}, {"limit": 1, "days": 1, "hours": 5}]}, "$.caps[1]"),
        ({"caps": [{"limit": -1, "days": 1}]}, "$.caps[0].limit"),
        ({"caps": [{"limit": 1, "days": 0}]}, "$.caps[0].days"),
        ({"caps": [{"limit": 1, "weeks": 1}]}, "$.caps[0]"),
        ({"quiet_hours": {"start": "25:00", "end": "08:00"}}, "$.quiet_hours.start"),
        ({"quiet_hours": {"start": "08:00", "end": "08:00"}}, "$.quiet_hours"),
        ({"quite_hours": None}, "$"),
        ([], "$"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused_with_their_place(data: Any, path: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(data)
    assert caught.value.given["path"] == path


def test_error_speaks_both_languages() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy({"caps": [{"limit": 1}]})
    assert "$.caps[0]" in caught.value.text("en")
    assert "配信ルール" in caught.value.text("ja")


@pytest.mark.parametrize(
    ("policy", "reach"),
    [
        (Policy(), timedelta(days=9)),  # the longest window, and two days for zones
        (Policy(caps=()), timedelta(days=2)),
        (Policy(caps=(Cap(limit=1, hours=36),)), timedelta(days=3, hours=12)),
    ],
)
def test_contacts_are_needed_as_far_back_as_the_longest_window(policy: Policy, reach: timedelta) -> None:
    assert policy.earliest(NOW) == NOW - reach
