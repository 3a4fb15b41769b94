"""Whom a row is about: 様 and 御中, companies, old mobile addresses, name and postal code, marks that stay."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file import Mapping
from tenshu.kit.dates import parse_month_day
from tenshu.kit.japanese import is_old_mobile, keep_marks, name_key, name_reading, normalise, split_party
from tests.unit.collect.connectors.file.support import codes_of, facts_of, stage, traits_of, write_csv

HEADER = ["会員番号", "氏名", "メール"]


@pytest.mark.parametrize(
    ("name", "person", "company"),
    [
        ("佐藤 花子様", "佐藤 花子", None),
        ("佐藤 花子 殿", "佐藤 花子", None),
        ("佐藤花子", "佐藤花子", None),
        ("鵜殿", "鵜殿", None),  # a family name
        ("様", "様", None),
        ("天守商店 御中", None, "天守商店"),
        ("天守商店御中", None, "天守商店"),
        ("株式会社天守", None, "株式会社天守"),
        ("株式会社 天守 御中", None, "株式会社 天守"),
        ("㈱天守", None, "㈱天守"),
        ("天守(株) 佐藤 花子様", "佐藤 花子", "天守(株)"),
        ("株式会社 天守 佐藤花子様", "佐藤花子", "株式会社 天守"),
        ("医療法人天守会", None, "医療法人天守会"),
        ("Mary Smith", "Mary Smith", None),
    ],
)
def test_name_on_an_envelope_is_a_person_or_a_company(name: str, person: str | None, company: str | None) -> None:
    assert split_party(name) == (person, company)


@given(st.text(max_size=30))
def test_any_name_is_somebody_or_a_company_and_nothing_is_made_up(name: str) -> None:
    person, company = split_party(name)
    assert person is not None or company is not None
    assert all(part is None or part in " ".join(name.split()) or part in name for part in (person, company))


@pytest.mark.parametrize(
    ("first", "second"), [("佐藤　花子様", "佐藤花子"), ("ﾔﾏﾀﾞ ﾀﾛｳ", "やまだ たろう"), ("SMITH Mary", "smithmary")]
)
def test_spellings_of_a_name_have_one_key(first: str, second: str) -> None:
    assert name_key(first) == name_key(second)


def test_reading_has_no_honorific() -> None:
    assert name_reading("ﾔﾏﾀﾞ ﾀﾛｳ ｻﾏ") == "ヤマダ タロウ"
    assert name_reading("おおさま はなこ") == "オオサマ ハナコ"


@given(st.text(alphabet="①㈱髙﨑塚神Ⅳ℡ﾔﾏﾀﾞ１２３　 abc", max_size=20))
def test_marks_stay_and_everything_else_has_its_one_form(text: str) -> None:
    kept = keep_marks(text)
    assert normalise(kept) == normalise(text)
    assert [mark for mark in text if mark in "①㈱塚神Ⅳ℡"] == [mark for mark in kept if mark in "①㈱塚神Ⅳ℡"]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-16"])
def test_vendor_characters_of_names_come_in_as_they_are(tmp_path: Path, encoding: str) -> None:
    rows = [HEADER, ["1", "髙﨑 ①子", "a@example.jp"], ["2", "㈱纊褜 御中", "b@example.jp"]]
    people = traits_of(stage(write_csv(tmp_path / "a.csv", rows, encoding)))
    assert people[0]["full_name"] == "髙﨑 ①子"
    assert people[1]["company"] == "㈱纊褜"


def test_letters_that_windows_had_no_place_for_stay_apart(tmp_path: Path) -> None:
    rows = [HEADER, ["1", "佐藤 \ue000子", "a@example.jp"]]
    person = traits_of(stage(write_csv(tmp_path / "a.csv", rows, "cp932")))[0]
    assert person["full_name"] == "佐藤 \ue000子"


def test_half_width_kana_of_names_are_full(tmp_path: Path) -> None:
    rows = [[*HEADER, "フリガナ"], ["1", "ﾔﾏﾀﾞ ﾀﾛｳ", "a@example.jp", "やまだ ﾀﾛｳ 様"]]
    person = traits_of(stage(write_csv(tmp_path / "a.csv", rows)))[0]
    assert (person["last_name"], person["name_kana"]) == ("ヤマダ", "ヤマダ タロウ")


def test_company_has_no_name_of_a_person(tmp_path: Path) -> None:
    rows = [HEADER, ["1", "天守商店 御中", "a@example.jp"], ["2", "佐藤 花子 様", "b@example.jp"]]
    company, person = traits_of(stage(write_csv(tmp_path / "a.csv", rows)))
    assert company["company"] == "天守商店"
    assert not {"full_name", "last_name", "first_name"} & set(company)
    assert (person["full_name"], person["last_name"]) == ("佐藤 花子", "佐藤")


def test_company_in_the_column_of_last_names_is_one(tmp_path: Path) -> None:
    rows = [["会員番号", "姓", "名"], ["1", "㈱天守 御中", ""], ["2", "佐藤", "花子様"], ["3", "鈴木", ""]]
    company, person, half = traits_of(stage(write_csv(tmp_path / "a.csv", rows)))
    assert (company.get("company"), company.get("last_name")) == ("㈱天守", None)
    assert person["full_name"] == "佐藤 花子"
    assert half["last_name"] == "鈴木"


@pytest.mark.parametrize(
    ("address", "is_old"),
    [
        ("ha..na@docomo.ne.jp", True),
        ("hana.@ezweb.ne.jp", True),
        ("ha..na@t.vodafone.ne.jp", True),
        ("hana.@softbank.ne.jp", True),
        ("hana@docomo.ne.jp", False),
        ("ha..na@example.jp", False),
        ("ha..na@docomo.ne.jp.example", False),
    ],
)
def test_old_mobile_addresses_are_known(address: str, is_old: bool) -> None:  # noqa: FBT001 - a table of cases
    assert is_old_mobile(address) is is_old


def test_old_mobile_addresses_are_kept_and_marked(tmp_path: Path) -> None:
    rows = [HEADER, ["1", "佐藤", "Ha..na.@docomo.ne.jp"], ["2", "鈴木", "b@example.jp"]]
    staged = stage(write_csv(tmp_path / "a.csv", rows))
    old, usual = traits_of(staged)
    assert (old["email"], old["email_form"]) == ("ha..na.@docomo.ne.jp", "old_mobile")
    assert "email_form" not in usual
    (said,) = [each.text("en") for each in staged.notes if each.code == "old_mobile"]
    assert "the @: 1." in said


@pytest.mark.parametrize(
    ("text", "found"),
    [("3/15", (3, 15)), ("2/29", (2, 29)), ("2/30", None), ("13/1", None), ("3.15", None), ("x" * 99, None)],
)
def test_day_without_a_year_is_month_and_day(text: str, found: tuple[int, int] | None) -> None:
    assert parse_month_day(text) == found


PURCHASES = ["注文番号", "注文日", "商品名", "金額", "氏名", "郵便番号", "電話番号"]


def bought(tmp_path: Path, *people: tuple[str, str, str]) -> list[list[str]]:
    rows = [[str(n), "2024/5/1", "花", "500", *person] for n, person in enumerate(people, 1)]
    facts = facts_of(stage(write_csv(tmp_path / "a.csv", [PURCHASES, *rows])))
    return [[one["value"] for one in told] for told in facts["identifiers"]]


def test_buyer_without_a_number_is_known_by_phone_else_by_name_and_place(tmp_path: Path) -> None:
    known = bought(
        tmp_path,
        ("佐藤 花子", "150-0001", "090-1234-5678"),
        ("佐藤　花子 様", "〒１５０－０００１", ""),
        ("佐藤花子", "1500001", ""),
        ("佐藤 花子", "", ""),
        ("", "150-0001", ""),
    )
    assert known == [["+819012345678"], ["佐藤花子|150-0001"], ["佐藤花子|150-0001"], [], []]


def test_buyers_of_one_name_are_not_one_person(tmp_path: Path) -> None:
    rows = [["1", "2024/5/1", "花", "500", "佐藤 花子"], ["2", "2024/5/2", "花", "500", "佐藤 花子"]]
    staged = stage(write_csv(tmp_path / "a.csv", [PURCHASES[:5], *rows]))
    assert facts_of(staged)["identifiers"].list.len().sum() == 0
    assert {"nobody", "nobody_rows"} <= codes_of(staged)


def test_list_of_names_and_places_is_a_list_of_customers(tmp_path: Path) -> None:
    rows = [["氏名", "郵便番号", "住所"], ["佐藤 花子", "150-0001", "東京都渋谷区1-1"], ["鈴木 一郎", "", "大阪府"]]
    staged = stage(write_csv(tmp_path / "a.csv", rows))
    assert (staged.kind, staged.accepted, staged.rejects) == ("customers", 1, {"nobody": 1})
    assert facts_of(staged)["identifiers"].to_list() == [[{"kind": "name_postal", "value": "佐藤花子|150-0001"}]]
    assert "known_by_name" in codes_of(staged)


def test_order_is_a_day_or_a_time_where_nothing_numbers_it(tmp_path: Path) -> None:
    header = ["会員番号", "購入日", "商品名", "金額"]
    days = write_csv(tmp_path / "d.csv", [header, *(["7", "2024/5/1", f"花{n}", "500"] for n in range(3))])
    assert facts_of(stage(days))["order_no"].n_unique() == 1
    assert "order_by_day" in codes_of(stage(days))
    times = write_csv(tmp_path / "t.csv", [header, *(["7", f"2024/5/1 1{n}:00", "花", "500"] for n in range(3))])
    assert facts_of(stage(times))["order_no"].n_unique() == 3
    assert "order_by_time" in codes_of(stage(times))


def test_names_of_purchases_are_no_faults(tmp_path: Path) -> None:
    rows = [["1", "2024/5/1", "花", "500", "佐藤 花子", "そのほか", ""]]
    path = write_csv(tmp_path / "a.csv", [PURCHASES, *rows])
    assert stage(path, mapping=Mapping(kind="purchases")).accepted == 1


def test_postal_code_before_the_address_is_one(tmp_path: Path) -> None:
    rows = [
        ["会員番号", "住所"],
        ["1", "〒１５０－０００１ 東京都渋谷区1-1"],
        ["2", "大阪府大阪市1-1"],
        ["3", "150-0001東京都"],
    ]
    people = traits_of(stage(write_csv(tmp_path / "a.csv", rows)))
    assert [person.get("postal_code") for person in people] == ["150-0001", None, "150-0001"]
