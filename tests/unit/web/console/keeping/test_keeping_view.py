"""What the pages on keeping say."""

from datetime import UTC, datetime, timedelta

import pytest

from tenshu.flow.backing import Kept, Nightly
from tenshu.flow.restoring import Gap
from tenshu.kit.i18n import speaking
from tenshu.web.console.keeping.keeping_view import (
    age,
    answer,
    held,
    is_worrying,
    nightly_sentence,
    rows_of,
    span,
)

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


def kept(days: float | None, *, is_nightly: bool = False) -> Kept:
    made_at = None if days is None else NOW - timedelta(days=days)
    return Kept(name="a.tenshu-backup.zip", size=1_500_000, made_at=made_at, is_nightly=is_nightly)


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_ages_are_said_in_their_largest_unit(time: timedelta, said: str) -> None:
    with speaking("en"):
        assert age(time) == said
    with speaking("ja"):
        assert span(timedelta(days=2)) == "2日"


def test_shop_is_warned_when_there_is_no_whole_backup_of_this_week() -> None:
    with speaking("en"):
        assert is_worrying([], now=NOW)
        assert is_worrying([kept(None)], now=NOW)
        assert is_worrying([kept(9)], now=NOW)
        assert not is_worrying([kept(9), kept(1)], now=NOW)
        assert "9 days old" in answer([kept(9)], now=NOW)
        assert answer([kept(9), kept(1)], now=NOW) == "The last backup was made 24 hours ago."


def test_rows_are_in_local_time_and_say_what_cannot_be_used() -> None:
    with speaking("en"):
        whole, broken = rows_of([kept(0, is_nightly=True), kept(None)], now=NOW, zone="Asia/Tokyo")
    assert (whole.when, whole.age, whole.size, whole.kind) == ("2026-06-01 12:00", "just now", "1.5 MB", "at night")
    assert (broken.when, broken.is_whole, broken.kind) == ("not a whole backup", False, "by hand")


def test_gap_is_told_in_local_time_with_what_the_old_home_knew() -> None:
    gap = Gap(since=NOW - timedelta(hours=1), until=NOW, witnessed=2, refused=1)
    with speaking("en"):
        told = held(gap, 5, "Asia/Tokyo")
        without = held(Gap(since=NOW, until=NOW), 0, "Asia/Tokyo")
    assert (told.since, told.until, told.messages) == ("2026-06-01 11:00", "2026-06-01 12:00", 5)
    assert "2 mails" in told.witnessed
    assert without.witnessed == ""


def test_nights_are_said_as_they_are_set() -> None:
    with speaking("en"):
        assert nightly_sentence(Nightly()) == "No backup is made by itself."
        assert "after 4:00" in nightly_sentence(Nightly(is_on=True, hour=4, keep=30))
