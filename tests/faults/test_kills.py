"""Processes that are killed with -9 in the middle of their work lose nothing and repeat nothing.

A small part of `python -m benchmarks.crash`, which does the same at full size.
"""

from pathlib import Path

from benchmarks.crash import facts, mails
from benchmarks.crash.found import Found


def kept(found: Found) -> bool:
    """Say whether every promise was kept; what was found is shown when not."""
    assert found.is_good, found
    return True


def test_dispatchers_killed_at_random_lose_no_mail_and_repeat_none(tmp_path: Path) -> None:
    found = mails.random_kills(tmp_path, people=150, kills=2, in_flight=16)
    assert kept(found)
    assert found.kills > 0


def test_dispatchers_killed_around_the_hand_over_lose_no_mail_and_repeat_none(tmp_path: Path) -> None:
    points = ("outbox.claimed", "outbox.handed_over", "outbox.settling")
    found = mails.fail_points(tmp_path, people=150, times=1, points=points)
    assert kept(found)
    assert found.kills == len(points)


def test_dispatchers_that_race_repeat_none_though_ones_clock_is_an_hour_ahead(tmp_path: Path) -> None:
    found = mails.racing(tmp_path, people=150, workers=2)
    assert kept(found)
    assert found.in_doubt == 0


def test_facts_survive_kills_between_inbox_ledger_and_warehouse(tmp_path: Path) -> None:
    found = facts.between_stores(tmp_path, requests=60, kills=3)
    assert kept(found)
    assert found.kills >= 3
