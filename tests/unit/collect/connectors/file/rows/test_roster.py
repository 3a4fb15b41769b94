"""A row of a customer list becomes what is stated about the person, and what they consented to."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collect.connectors.file.support import RECEIVED, facts_of, rejects_of, stage, write_csv

HEADER = ("会員番号", "氏名", "メールアドレス", "電話番号", "登録日", "メール配信希望", "同意日", "同意方法")
HANAKO = ("77", "佐藤　花子", "Hanako@Example.jp", "090-1234-5678", "令和5年4月1日", "○", "2023/04/02", "Webフォーム")
DAY = timedelta(days=1)


def staged_facts(
    tmp_path: Path, *rows: Sequence[str], header: Sequence[str] = HEADER, **known: Any
) -> list[dict[str, Any]]:
    staged = stage(write_csv(tmp_path / "名簿.csv", [header, *rows]), kind="customers", **known)
    assert not staged.rejects, rejects_of(staged)
    return facts_of(staged).to_dicts()


def traits_of(tmp_path: Path, header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    facts = staged_facts(tmp_path, row, header=header)
    traits: dict[str, str] = json.loads(facts[0]["properties"])["traits"]
    return traits


def test_row_is_a_description_and_a_consent(tmp_path: Path) -> None:
    described, consent = staged_facts(tmp_path, HANAKO)
    who = [
        {"kind": "customer_no", "value": "77"},
        {"kind": "email", "value": "hanako@example.jp"},
        {"kind": "phone", "value": "+819012345678"},
    ]
    assert (described["event"], consent["event"]) == ("customer_described", "consent_recorded")
    assert described["identifiers"] == consent["identifiers"] == who
    assert described["occurred_at"] == datetime(2023, 3, 31, 15, tzinfo=UTC)  # the day of joining begins in Tokyo
    assert consent["occurred_at"] == datetime(2023, 4, 1, 15, tzinfo=UTC)
    assert json.loads(described["properties"]) == {
        "traits": {
            "customer_no": "77",
            "email": "hanako@example.jp",
            "phone": "+819012345678",
            "full_name": "佐藤 花子",
            "last_name": "佐藤",
            "first_name": "花子",
            "joined_on": "2023-04-01",
        }
    }
    assert json.loads(consent["properties"]) == {
        "channel": "email",
        "purpose": "marketing",
        "status": "granted",
        "basis": "opt_in",
        "proof": {"how": "Webフォーム", "on": "2023/04/02", "answer": "○", "dated": True},
    }


def test_facts_of_people_are_no_order_lines(tmp_path: Path) -> None:
    for fact in staged_facts(tmp_path, HANAKO):
        assert all(
            fact[name] is None for name in ("order_no", "product_id", "quantity", "unit_price", "amount", "is_goods")
        )


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            ("会員番号", "姓", "名"),
            ("1", "佐藤", "花子"),
            {"full_name": "佐藤 花子", "last_name": "佐藤", "first_name": "花子"},
        ),
        (("会員番号", "氏名"), ("1", "佐藤花子"), {"full_name": "佐藤花子"}),
        (
            ("customer id", "first name", "last name"),
            ("1", "Mary", "Smith"),
            {"full_name": "Mary Smith", "last_name": "Smith", "first_name": "Mary"},
        ),
        (("会員番号", "氏名", "フリガナ"), ("1", "佐藤 花子", "さとう　ﾊﾅｺ"), {"name_kana": "サトウ ハナコ"}),
        (
            ("会員番号", "姓", "名", "セイ", "メイ"),
            ("1", "佐藤", "花子", "サトウ", "ハナコ"),
            {"name_kana": "サトウ ハナコ"},
        ),
        (("会員番号", "氏名", "郵便番号"), ("1", "佐藤 花子", "〒１５０−０００１"), {"postal_code": "150-0001"}),
        (
            ("会員番号", "氏名", "住所"),
            ("1", "佐藤 花子", "東京都渋谷区神宮前1-1"),
            {"address": "東京都渋谷区神宮前1-1", "prefecture": "東京都"},
        ),
        (
            ("会員番号", "氏名", "都道府県", "住所1", "住所2"),
            ("1", "佐藤 花子", "東京都", "渋谷区", "神宮前1-1"),
            {"address": "渋谷区 神宮前1-1", "prefecture": "東京都"},
        ),
        (("会員番号", "氏名", "生年月日"), ("1", "佐藤 花子", "S55.4.1"), {"birthday": "1980-04-01"}),
        (("会員番号", "氏名", "性別"), ("1", "佐藤 花子", "女"), {"sex": "female"}),
        (("会員番号", "氏名", "言語"), ("1", "佐藤 花子", "日本語"), {"language": "ja"}),
        (("会員番号", "氏名", "国"), ("1", "佐藤 花子", "日本"), {"country": "日本"}),
        (("会員番号", "氏名", "会社名"), ("1", "佐藤 花子", "㈱花屋"), {"company": "㈱花屋"}),
    ],
)
def test_trait_has_one_form(
    tmp_path: Path, header: Sequence[str], row: Sequence[str], expected: dict[str, str]
) -> None:
    assert expected.items() <= traits_of(tmp_path, header, row).items()


def test_blank_cells_state_nothing(tmp_path: Path) -> None:
    traits = traits_of(tmp_path, HEADER, ("77", "", "なし", "-", "", "", "", ""))
    assert traits == {"customer_no": "77"}


def test_quotes_and_formulas_in_a_name_stay_text(tmp_path: Path) -> None:
    name = '=HYPERLINK("http://evil","x") \\ </script>'
    assert traits_of(tmp_path, ("会員番号", "氏名", "電話番号"), ("1", name, ""))["full_name"] == name


def test_number_of_a_card_beside_the_customer_number_is_a_second_identifier(tmp_path: Path) -> None:
    facts = staged_facts(tmp_path, ("K-1", "M-1", "佐藤 花子"), header=("顧客番号", "会員番号", "氏名"))
    assert facts[0]["identifiers"] == [{"kind": "customer_no", "value": "K-1"}, {"kind": "member_no", "value": "M-1"}]


def test_only_number_is_the_customer_number_whatever_it_is_called(tmp_path: Path) -> None:
    facts = staged_facts(tmp_path, ("M-1", "佐藤 花子"), header=("会員番号", "氏名"))
    assert facts[0]["identifiers"] == [{"kind": "customer_no", "value": "M-1"}]


@pytest.mark.parametrize(
    ("answer", "status"),
    [("○", "granted"), ("×", "denied"), ("なし", "denied"), ("配信停止", "revoked"), ("", None), ("不明", None)],
)
def test_answer_makes_a_consent_or_none(tmp_path: Path, answer: str, status: str | None) -> None:
    row = (*HANAKO[:5], answer, "2023/04/02", "Webフォーム")
    consents = [
        json.loads(fact["properties"]) for fact in staged_facts(tmp_path, row) if fact["event"] == "consent_recorded"
    ]
    assert [consent["status"] for consent in consents] == ([status] if status else [])


def test_exception_from_opt_in_carries_its_reason(tmp_path: Path) -> None:
    header, reason = (*HEADER, "同意理由"), "本人から連絡先の通知を受けた"
    told = staged_facts(tmp_path, (*HANAKO[:7], "取引関係", reason), header=header)[1]
    untold = staged_facts(tmp_path, (*HANAKO[:7], "名刺交換", ""), header=header)[1]
    assert json.loads(told["properties"]) | {"proof": 0} == {
        "channel": "email",
        "purpose": "marketing",
        "status": "granted",
        "basis": "business_relation",
        "reason": reason,
        "proof": 0,
    }
    assert json.loads(untold["properties"])["reason"] == "名刺交換"


def test_date_of_change_dates_the_description(tmp_path: Path) -> None:
    header = ("会員番号", "氏名", "登録日", "更新日時")
    facts = staged_facts(tmp_path, ("1", "佐藤 花子", "2020-01-01", "2024-05-05 09:00"), header=header)
    assert facts[0]["occurred_at"] == datetime(2024, 5, 5, 0, 0, tzinfo=UTC)


def test_without_any_date_a_description_is_true_when_the_file_came(tmp_path: Path) -> None:
    facts = staged_facts(tmp_path, ("1", "佐藤 花子"), header=("会員番号", "氏名"))
    assert facts[0]["occurred_at"] == RECEIVED


def test_description_told_again_on_another_day_is_told_anew(tmp_path: Path) -> None:
    first = staged_facts(tmp_path, HANAKO)[0]
    again = staged_facts(tmp_path, HANAKO, received_at=RECEIVED + DAY)[0]
    same_day = staged_facts(tmp_path, HANAKO, received_at=RECEIVED + timedelta(hours=1))[0]
    assert first["fact_id"] != again["fact_id"]
    assert first["fact_id"] == same_day["fact_id"]


def test_consent_told_again_by_a_later_export_is_the_same_fact(tmp_path: Path) -> None:
    undated = (*HANAKO[:4], "", "○", "", "")
    for row in (HANAKO, undated):
        first = staged_facts(tmp_path, row)[1]
        again = staged_facts(tmp_path, row, received_at=RECEIVED + 30 * DAY)[1]
        assert first["fact_id"] == again["fact_id"]


def test_consent_without_a_date_dates_from_joining(tmp_path: Path) -> None:
    consent = staged_facts(tmp_path, (*HANAKO[:6], "", "Webフォーム"))[1]
    assert consent["occurred_at"] == datetime(2023, 3, 31, 15, tzinfo=UTC)


def test_person_told_twice_is_told_once(tmp_path: Path) -> None:
    staged = stage(write_csv(tmp_path / "a.csv", [HEADER, HANAKO, HANAKO]), kind="customers")
    assert (staged.rows, staged.accepted, staged.facts, staged.repeats) == (2, 2, 2, 2)


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (2, "a@x.jp>\r\nRCPT TO:<v@x", "bad_email"),
        (2, "a@example.jp, b@example.jp", "bad_email"),
        (2, '"a b"@example.jp', "bad_email"),
        (2, "a" * 250 + "@example.jp", "bad_email"),
        (2, "花子@例え.jp", "bad_email"),
        (3, "03-1234", "bad_phone"),
        (4, "令和元年13月1日", "bad_date"),
        (4, "2099-01-01", "future_date"),
        (5, "多分", "bad_consent"),
        (6, "昨日", "bad_date"),
        (1, "佐藤\x1b[31m", "control_character"),
    ],
)
def test_broken_cell_refuses_the_row_and_no_other(tmp_path: Path, place: int, value: str, reason: str) -> None:
    broken = [*HANAKO]
    broken[place] = value
    staged = stage(write_csv(tmp_path / "a.csv", [HEADER, HANAKO, broken]), kind="customers")
    assert staged.rejects == {reason: 1}
    (only,) = rejects_of(staged)
    assert (only[0], only[1], only[3]) == (3, HEADER[place], reason)
    assert staged.accepted == 1


def test_bad_postal_code_is_told(tmp_path: Path) -> None:
    staged = stage(
        write_csv(tmp_path / "a.csv", [("会員番号", "氏名", "郵便番号"), ("1", "佐藤", "不詳の場所")]), kind="customers"
    )
    assert staged.rejects == {"bad_postal_code": 1}


def test_row_about_nobody_is_told(tmp_path: Path) -> None:
    staged = stage(
        write_csv(tmp_path / "a.csv", [HEADER, HANAKO, ("", "名無し", "", "", "", "", "", "")]), kind="customers"
    )
    assert staged.rejects == {"nobody": 1}
    assert rejects_of(staged)[0][:2] == (3, "会員番号")


def test_people_who_share_an_address_are_two_people(tmp_path: Path) -> None:
    rows = [("1", "佐藤 花子", "home@example.jp"), ("2", "佐藤 太郎", "home@example.jp")]
    facts = staged_facts(tmp_path, *rows, header=("会員番号", "氏名", "メールアドレス"))
    assert [fact["identifiers"][0]["value"] for fact in facts] == ["1", "2"]
