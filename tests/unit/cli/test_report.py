"""`tenshu report` prints what `build_report` says, for now or for the end of a past day, and writes it for programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import open_shop
from tenshu.testing.small_shop import start, tick
from tests.unit.cli.terminal import refusal, told, type_in


@pytest.fixture
def home(small_home: Path) -> Path:
    """Return the small shop after its one mail was decided upon; three wait in the outbox."""
    shop = open_shop(small_home)
    start(shop)
    tick(shop)
    shop.close()
    return small_home


def figures(home: Path, *more: str) -> dict[str, Any]:
    told("report", "--home", home, "--json", home / "report.json", *more)
    found: dict[str, Any] = json.loads((home / "report.json").read_text("utf-8"))
    return found


def test_the_account_is_printed_as_a_sum_that_closes(home: Path) -> None:
    said = " ".join(told("report", "--home", home).split())
    assert "5 planned = 0 sent + 0 held out + 2 suppressed + 0 failed + 0 in doubt + 3 pending" in said
    assert "1 There is no consent or other basis for this purpose." in said
    assert "小さな花屋, 2026-06-01 12:00: 5 customers with 5 orders" in said


def test_the_account_is_printed_in_japanese(home: Path) -> None:
    said = " ".join(told("report", "--home", home, language="ja").split())
    assert "対象 5 = 配信済み 0 + 非配信群 0 + 送らなかった 2 + 失敗 0 + 到達不明 0 + 配信待ち 3" in said
    assert "購入のある顧客 5人、注文 5件" in said


def test_what_is_written_is_what_is_printed(home: Path) -> None:
    found = figures(home)
    (only,) = found["outreaches"]
    assert only["account"]["planned"] == 5
    assert only["account"]["suppressed"] == {"no_basis": 1, "refused": 1}
    assert (found["customers"], found["orders"], found["currency"]) == (5, 5, "JPY")


# The cast bought 2, 5, 40, 50 and 300 days before noon of 1 June: on 30 May, 27 May, 22 April, 12 April and in 2025.
@pytest.mark.parametrize(
    ("day", "orders"), [("2026-06-01", 5), ("2026-05-29", 4), ("2026-05-26", 3), ("2026-04-12", 2), ("2025-01-01", 0)]
)
def test_a_past_day_counts_up_to_its_end(home: Path, day: str, orders: int) -> None:
    found = figures(home, "--as-of", day)
    assert found["orders"] == orders
    assert found["as_of"] == f"{day}T14:59:59.999999Z"


def test_only_complete_windows_are_judged_when_asked(home: Path) -> None:
    assert figures(home)["outreaches"][0]["treated"]["people"] == 5
    assert figures(home, "--complete-only")["outreaches"][0]["treated"]["people"] == 0


def test_a_shop_without_scenarios_is_told_how_to_start_one(small_home: Path) -> None:
    assert "Start one with: tenshu scenario start FILE" in told("report", "--home", small_home)


def test_an_empty_shop_has_a_report_too(tmp_path: Path) -> None:
    open_shop(tmp_path, create=True).close()
    assert "0 customers with 0 orders" in told("report", "--home", tmp_path)


def test_the_last_day_of_the_calendar_is_refused(home: Path) -> None:
    assert '"9999-12-31" is no date.' in refusal("report", "--home", home, "--as-of", "9999-12-31")
    assert type_in("report", "--home", home, "--as-of", "yesterday").exit_code == 2


def test_a_home_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    assert "tenshu import FILE --home" in refusal("report", "--home", tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
