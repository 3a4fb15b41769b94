"""Days without a year get one from the title, the sheet, the file, their neighbours or their order, and it is told."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file import Choice, Mapping, stage_tables
from tests.unit.collect.connectors.file.support import (
    RECEIVED,
    codes_of,
    facts_of,
    stage,
    stage_all,
    traits_of,
    write_book,
    write_csv,
)

HEADER = ["日付", "会員番号", "商品名", "金額"]


def sales(*days: str) -> list[list[str]]:
    return [HEADER, *([day, str(number), "花束", "1,000"] for number, day in enumerate(days))]


def days_of(path: Path, *, received_at: datetime = RECEIVED, mapping: Mapping | None = None) -> list[str]:
    facts = facts_of(stage(path, received_at=received_at, mapping=mapping))
    return [str(at.date()) for at in facts["occurred_at"].dt.convert_time_zone("Asia/Tokyo")]


@pytest.mark.parametrize("day", ["3/15", "03/15", "3月15日", "３／１５", "3-15", "3/15(金)", "3月15日（金）"])
def test_every_spelling_of_a_day_without_a_year_is_read(tmp_path: Path, day: str) -> None:
    assert days_of(write_csv(tmp_path / "a.csv", sales(day, day))) == ["2024-03-15"] * 2


def test_time_behind_the_day_is_kept(tmp_path: Path) -> None:
    facts = facts_of(stage(write_csv(tmp_path / "a.csv", sales("3/15 10:30", "3/16 11:00"))))
    assert facts["occurred_at"].dt.convert_time_zone("Asia/Tokyo").dt.hour().to_list() == [10, 11]


@pytest.mark.parametrize(
    ("title", "year"),
    [("2021年売上", "2021"), ("売上 令和3年", "2021"), ("R3.4 売上", "2021"), ("売上 平成30年", "2018")],
)
def test_title_names_the_year(tmp_path: Path, title: str, year: str) -> None:
    path = write_csv(tmp_path / "a.csv", [[title, "", "", ""], *sales("4/1", "4/2")])
    assert days_of(path) == [f"{year}-04-01", f"{year}-04-02"]
    assert "year_found" in codes_of(stage(path))


def test_business_year_begins_in_april(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["2022年度 売上", "", "", ""], *sales("4/1", "12/31", "1/5", "3/31")])
    assert days_of(path) == ["2022-04-01", "2022-12-31", "2023-01-05", "2023-03-31"]


def test_name_of_the_file_and_of_the_sheet_name_the_year(tmp_path: Path) -> None:
    assert days_of(write_csv(tmp_path / "売上_202104.csv", sales("4/1", "4/2"))) == ["2021-04-01", "2021-04-02"]
    book = write_book(tmp_path / "a.xlsx", {"2020年4月": sales("4/1", "4/2")})
    assert days_of(book) == ["2020-04-01", "2020-04-02"]


def test_years_beside_go_for_the_days_between(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", sales("2022/11/3", "12/1", "1/5", "2023/2/1", "2/3"))
    assert days_of(path) == ["2022-11-03", "2022-12-01", "2023-01-05", "2023-02-01", "2023-02-03"]
    assert "year_beside" in codes_of(stage(path))


def test_rows_that_go_forward_turn_the_year(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", sales("11/1", "12/20", "1/4", "5/1"))
    assert days_of(path) == ["2023-11-01", "2023-12-20", "2024-01-04", "2024-05-01"]
    assert "year_order" in codes_of(stage(path))


def test_rows_that_go_back_turn_the_year_back(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", sales("5/1", "1/4", "12/20", "11/1", "2/1", "12/30"))
    expected = ["2024-05-01", "2024-01-04", "2023-12-20", "2023-11-01", "2023-02-01", "2022-12-30"]
    assert days_of(path) == expected


def test_last_day_does_not_lie_in_the_future(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", sales("6/1", "7/1", "12/1"))
    assert days_of(path, received_at=datetime(2024, 6, 10, tzinfo=UTC))[-1] == "2023-12-01"


def test_days_in_no_order_are_the_last_before_the_file_came(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", sales("5/1", "7/9", "2/1", "6/1", "3/3", "12/24", "1/2"))
    expected = ["2024-05-01", "2023-07-09", "2024-02-01", "2024-06-01", "2024-03-03", "2023-12-24", "2024-01-02"]
    assert days_of(path) == expected
    assert "year_recent" in codes_of(stage(path))


def test_year_can_be_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "2019.csv", sales("4/1", "4/2"))
    assert days_of(path, mapping=Mapping(options={"year": "2017"})) == ["2017-04-01", "2017-04-02"]
    columns = {"ordered_at": ["日付"], "amount": ["金額"]}
    staged = stage_all(path, Choice(kind="purchases", columns=columns, options={"year": "2016"}))["purchases"]
    assert facts_of(staged)["occurred_at"][0].year == 2016
    assert "year_told" in codes_of(staged)


def test_day_that_no_year_has_is_refused(tmp_path: Path) -> None:
    assert stage(write_csv(tmp_path / "a.csv", sales("4/1", "4/31", "13/1"))).rejects == {"bad_date": 2}


def test_refused_row_tells_the_day_as_it_was(tmp_path: Path) -> None:
    staged = stage(write_csv(tmp_path / "2021.csv", sales("4/1", "2/29")))
    assert staged.rejects == {"bad_date": 1}  # 2021 has no such day


def test_birthday_without_a_year_stays_month_and_day(tmp_path: Path) -> None:
    rows = [["会員番号", "氏名", "誕生日"], ["1", "佐藤 花子", "3月15日"], ["2", "鈴木 一郎", "1980/2/29"]]
    staged = stage(write_csv(tmp_path / "2021.csv", rows))
    assert [person["birthday"] for person in traits_of(staged)] == ["--03-15", "1980-02-29"]
    assert "birthday_without_year" in codes_of(staged)


def test_day_of_consent_is_never_guessed(tmp_path: Path) -> None:
    rows = [["会員番号", "氏名", "メルマガ", "同意日"], ["1", "佐藤 花子", "○", "3/15"]]
    assert stage(write_csv(tmp_path / "2021.csv", rows)).rejects == {"bad_date": 1}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.dates(datetime(2019, 1, 1).date(), datetime(2024, 5, 31).date()), min_size=2, max_size=40))  # noqa: DTZ001
def test_every_step_of_rows_in_order_is_put_right(tmp_path_factory: pytest.TempPathFactory, days: list) -> None:  # type: ignore[type-arg]
    days = sorted(days)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if any(gap > 200 for gap in gaps) or (RECEIVED.date() - days[-1]).days > 200:
        return  # nobody can tell a year without a row in it
    path = write_csv(tmp_path_factory.mktemp("any") / "a.csv", sales(*(f"{day.month}/{day.day}" for day in days)))
    assert days_of(path) == [str(day) for day in days]


def test_name_that_the_owner_gave_the_file_names_the_year(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "upload-20190101.csv", sales("4/1", "4/2"))
    (staged,) = stage_tables(
        path,
        name="売上2021年.csv",
        shop_zone="Asia/Tokyo",
        currency="JPY",
        received_at=RECEIVED,
        folder=tmp_path / "staged",
    )
    assert facts_of(staged)["occurred_at"][1].year == 2021
    assert staged.name == "売上2021年.csv"
