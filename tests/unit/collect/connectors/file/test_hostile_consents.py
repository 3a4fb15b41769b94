"""A yes to mail is taken only from a column that asks for one; a no is heeded wherever it stands."""

from pathlib import Path

import polars as pl
import pytest

from tenshu.collect.connectors.file import Choice
from tenshu.collect.connectors.file.columns.about import is_paper, is_somebody_else, may_mean, says_no, without_owner
from tenshu.collect.connectors.file.columns.fields import header_key
from tenshu.collect.connectors.file.rows.meaning import consent_status, is_stopped
from tests.unit.collect.connectors.file.support import codes_of, facts_of, rejects_of, stage, stage_all, write_csv

PEOPLE = ["会員番号", "氏名", "メールアドレス"]


def words(path: Path, header: str, *answers: str, choice: bool = False) -> dict[str, str]:
    """Stage a list with that column and return the status of each person with a word, by number."""
    rows = [[str(number), f"人{number}", f"p{number}@example.jp", answer] for number, answer in enumerate(answers, 1)]
    file = write_csv(path / "a.csv", [[*PEOPLE, header], *rows])
    columns = {"customer_no": [PEOPLE[0]], "email": [PEOPLE[2]], "consent": [header]}
    staged = stage_all(file, Choice(kind="customers", columns=columns))["customers"] if choice else stage(file)
    facts = facts_of(staged).filter(pl.col("event") == "consent_recorded")
    who = [identifiers[0]["value"] for identifiers in facts["identifiers"].to_list()]
    return dict(zip(who, facts["properties"].str.json_path_match("$.status").to_list(), strict=True))


@pytest.mark.parametrize(
    "header",
    [
        "配信停止", "メルマガ配信停止", "メルマガ拒否", "メール配信拒否", "メルマガ不要", "DM不要", "配信停止フラグ",
        "Unsubscribed", "Opt-out", "Do not email", "退会", "案内メール不要(○)",
    ],
)  # fmt: skip
def test_yes_in_a_column_of_refusals_is_a_no_and_no_is_no_consent(tmp_path: Path, header: str) -> None:
    assert words(tmp_path, header, "1", "0", "○", "", "×") == {"1": "revoked", "3": "revoked"}


@pytest.mark.parametrize(
    "header",
    [
        "メルマガ",
        "メール受信",
        "お知らせメール",
        "購読状況",
        "Accepts Email Marketing",
        "email_opt_in",
        "メルマガの配信を希望されますか？",
    ],
)
def test_yes_in_a_column_of_wishes_is_a_yes(tmp_path: Path, header: str) -> None:
    assert words(tmp_path, header, "1", "0", "", "×") == {"1": "granted", "2": "denied", "4": "denied"}


@pytest.mark.parametrize("header", ["DM", "DM可否", "DM希望", "ダイレクトメール"])
def test_yes_to_paper_is_no_yes_to_mail_and_its_no_counts(tmp_path: Path, header: str) -> None:
    assert words(tmp_path, header, "○", "×", "") == {"2": "denied"}
    assert words(tmp_path, header, "○", "×", "", choice=True) == {"1": "granted", "2": "denied"}


@pytest.mark.parametrize("header", ["SMS配信", "LINE登録", "Accepts SMS Marketing", "電話連絡可否"])
def test_other_ways_to_reach_somebody_are_no_consent_to_mail(tmp_path: Path, header: str) -> None:
    assert words(tmp_path, header, "○", "×", "○") == {}


def test_refusals_that_a_person_maps_to_consent_stay_refusals(tmp_path: Path) -> None:
    assert words(tmp_path, "メルマガ配信停止", "1", "0", choice=True) == {"1": "revoked"}


def test_crosses_alone_mark_those_whom_a_column_of_refusals_is_about(tmp_path: Path) -> None:
    assert words(tmp_path, "配信停止", "×", "", "×") == {"1": "revoked", "3": "revoked"}


def test_day_in_a_column_of_refusals_is_the_day_of_the_no(tmp_path: Path) -> None:
    rows = [[*PEOPLE, "登録日", "退会日"], ["1", "佐藤", "a@example.jp", "2020/4/1", "2024/4/1"]]
    staged = stage(write_csv(tmp_path / "a.csv", [*rows, ["2", "山田", "b@example.jp", "2020/4/1", "0000-00-00"]]))
    facts = facts_of(staged).filter(pl.col("event") == "consent_recorded")
    assert facts["occurred_at"].dt.strftime("%Y-%m-%d").to_list() == ["2024-03-31"]
    assert "opt_out" in codes_of(staged)


def test_undated_no_is_as_new_as_the_file(tmp_path: Path) -> None:
    rows = [[*PEOPLE, "登録日", "配信停止"], ["1", "佐藤", "a@example.jp", "2020/4/1", "1"]]
    facts = facts_of(stage(write_csv(tmp_path / "a.csv", rows))).filter(pl.col("event") == "consent_recorded")
    assert facts["occurred_at"][0] == facts["received_at"][0]


def test_a_stop_counts_before_a_yes_in_the_same_row(tmp_path: Path) -> None:
    rows = [
        [*PEOPLE, "メルマガ", "配信停止"],
        ["1", "佐藤", "a@example.jp", "○", "1"],
        ["2", "山田", "b@example.jp", "○", ""],
    ]
    facts = facts_of(stage(write_csv(tmp_path / "a.csv", rows))).filter(pl.col("event") == "consent_recorded")
    assert facts["properties"].str.json_path_match("$.status").to_list() == ["revoked", "granted"]


def test_stop_is_seen_in_a_column_of_any_name_and_no_yes_is_taken_from_it(tmp_path: Path) -> None:
    assert words(tmp_path, "ステータス", "配信中", "配信停止", "有効", "退会") == {"2": "revoked", "4": "revoked"}
    assert words(tmp_path, "備考", "退会をご検討中", "配信停止", "常連の方", "お得意様") == {}


def test_what_nobody_can_tell_is_asked_and_not_guessed(tmp_path: Path) -> None:
    rows = [[*PEOPLE, "配信停止"], ["1", "佐藤", "a@example.jp", "?"], ["2", "山田", "b@example.jp", "1"]]
    assert [each[3] for each in rejects_of(stage(write_csv(tmp_path / "a.csv", rows)))] == ["bad_consent"]


@pytest.mark.parametrize(
    "word", ["配信不可", "DM不可", "許可しない", "受信拒否", "希望しません。", "お断り", "☐", "□", "不要です"]
)
def test_no_is_heard_in_many_words(word: str) -> None:
    assert consent_status(word) == "denied"


@pytest.mark.parametrize("word", ["エラー停止", "購読停止", "退会済み", "解約", "unsubscribed"])
def test_stop_is_heard_in_many_words(word: str) -> None:
    assert consent_status(word) == "revoked"
    assert is_stopped(word)


@pytest.mark.parametrize("word", ["希望(月1回)", "△", "済", "未", "○(電話のみ)", "要確認", "検討中"])
def test_half_a_yes_is_none(word: str) -> None:
    assert consent_status(word) is None


@pytest.mark.parametrize("word", ["", "0", "なし", "配信中", "停止なし", "未停止", "false", "しない"])
def test_who_is_not_stopped_is_not_stopped(word: str) -> None:
    assert is_stopped(word) is False


def test_what_a_header_is_about() -> None:
    assert not may_mean(header_key("お届け先 電話番号"), "phone")
    assert not may_mean(header_key("累計購入金額"), "amount")
    assert may_mean(header_key("最終更新日"), "updated_on")
    assert says_no("配信停止")
    assert not says_no("配信停止理由")
    assert is_paper("dm")
    assert not is_paper("メール配信")
    assert is_somebody_else("配送先")
    assert not is_somebody_else("注文者")
    assert without_owner("buyeremail") == "email"
