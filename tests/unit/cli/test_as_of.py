"""The instant a command asks about is a whole local day, a local time or now; figures are written as JSON."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.cli.as_of import DateUnclear, instant, show, table, write_json

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
DAYS = st.dates(datetime(1970, 1, 2).date(), datetime(2099, 1, 1).date())  # noqa: DTZ001
ZONES = st.sampled_from(["Asia/Tokyo", "Europe/London", "America/New_York", "Pacific/Apia", "UTC"])

ASKED = [
    (None, "Asia/Tokyo", NOW),
    # The last microsecond of the local day: midnight in Tokyo is 15:00 UTC.
    ("2026-05-31", "Asia/Tokyo", datetime(2026, 5, 31, 14, 59, 59, 999999, UTC)),
    # Clocks go back in London on 25 October: that day has 25 hours.
    ("2026-10-24", "Europe/London", datetime(2026, 10, 24, 22, 59, 59, 999999, UTC)),
    ("2026-10-25", "Europe/London", datetime(2026, 10, 25, 23, 59, 59, 999999, UTC)),
    ("2026-06-01T10:00", "Asia/Tokyo", datetime(2026, 6, 1, 1, tzinfo=UTC)),
    ("2026-06-01 10:00", "Asia/Tokyo", datetime(2026, 6, 1, 1, tzinfo=UTC)),
    # A time that names its zone is not the shop's.
    ("2026-06-01T10:00+00:00", "Asia/Tokyo", datetime(2026, 6, 1, 10, tzinfo=UTC)),
]


@pytest.mark.parametrize(("given_day", "zone", "wanted"), ASKED)
def test_a_day_is_whole_and_a_time_is_the_shops(given_day: str | None, zone: str, wanted: datetime) -> None:
    assert instant(given_day, now=NOW, zone=zone) == wanted


@given(DAYS, ZONES)
def test_one_day_ends_a_microsecond_before_the_next_begins(day: object, zone: str) -> None:
    end = instant(str(day), now=NOW, zone=zone)
    assert end.tzinfo is UTC
    start = instant(f"{day}T00:00", now=NOW, zone=zone)
    assert timedelta(hours=22) < end - start < timedelta(hours=26)


@pytest.mark.parametrize("unclear", ["yesterday", "2026-02-30", "", "9999-12-31", "2026/06/01", "0001-01-01T00:00"])
def test_a_day_that_is_none_is_refused_with_an_example(unclear: str) -> None:
    with pytest.raises(DateUnclear) as refused:
        instant(unclear, now=NOW, zone="Asia/Tokyo")
    assert f'"{unclear}" is no date. Write a day like 2011-12-09' in refused.value.text("en")


def test_no_file_is_written_when_none_was_named(tmp_path: Path) -> None:
    write_json(None, {"customers": 1})
    assert list(tmp_path.iterdir()) == []


def test_figures_are_written_for_people_and_programs(tmp_path: Path) -> None:
    write_json(tmp_path / "out.json", {"as_of": NOW, "rank": "最優良"})
    text = (tmp_path / "out.json").read_text("utf-8")
    assert json.loads(text) == {"as_of": "2026-06-01T03:00:00Z", "rank": "最優良"}
    assert text.endswith("}\n")
    assert "最優良" in text


def test_a_number_is_never_cut_short_in_a_narrow_table(capsys: pytest.CaptureFixture[str]) -> None:
    made = table("Ranks", ["rank"], ["number of customers", "revenue in all"])
    made.add_row("最優良顧客", "1,234,567", "￥98,765,432,109")
    show("[bold] is no mark-up here", made)
    said = capsys.readouterr().out
    assert "[bold] is no mark-up here" in said
    assert "￥98,765,432,109" in said
    assert "1,234,567" in said
