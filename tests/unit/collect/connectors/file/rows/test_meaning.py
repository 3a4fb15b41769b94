"""Words in cells: yes and no, cancelled, the basis of a consent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file.rows.meaning import (
    consent_basis,
    consent_status,
    is_cancelled,
    language,
    sex,
    yes_or_no,
)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("○", "granted"),
        ("〇", "granted"),
        ("◯", "granted"),
        ("はい", "granted"),
        ("希望する", "granted"),
        ("有", "granted"),
        ("同意済", "granted"),
        ("1", "granted"),
        ("１", "granted"),
        ("TRUE", "granted"),
        ("Yes", "granted"),
        ("opt-in", "granted"),
        ("×", "denied"),
        ("✕", "denied"),
        ("ｘ", "denied"),
        ("いいえ", "denied"),
        ("希望しない", "denied"),
        ("無", "denied"),
        ("なし", "denied"),
        ("0", "denied"),
        ("FALSE", "denied"),
        ("No", "denied"),
        ("不要", "denied"),
        ("配信停止", "revoked"),
        ("退会", "revoked"),
        ("解除済", "revoked"),
        ("多分", None),
        ("△", None),
        ("2", None),
        ("メール", None),
        ("", None),
    ],
)
def test_consent_is_read_or_not_guessed(word: str, status: str | None) -> None:
    assert consent_status(word) == status


@given(st.text())
def test_no_word_is_both_yes_and_no(word: str) -> None:
    assert yes_or_no(word) in {True, False, None}


@pytest.mark.parametrize(
    ("words", "basis"),
    [
        (None, "opt_in"),
        ("", "opt_in"),
        ("Webフォーム", "opt_in"),
        ("店頭申込書", "opt_in"),
        ("注文時のチェック欄", "opt_in"),
        ("取引関係", "business_relation"),
        ("継続的な取引", "business_relation"),
        ("既存契約", "business_relation"),
        ("business relation", "business_relation"),
        ("名刺交換", "business_card"),
        ("Business card", "business_card"),
        ("自社ホームページに掲載", "published_address"),
        ("公表アドレス", "published_address"),
    ],
)
def test_basis_is_that_of_the_law(words: str | None, basis: str) -> None:
    assert consent_basis(words) == basis


@pytest.mark.parametrize(
    ("word", "cancelled"),
    [
        ("キャンセル", True),
        ("取消", True),
        ("返品済", True),
        ("Returned", True),
        ("VOID", True),
        ("はい", False),
        ("1", True),
        ("0", False),
        ("完了", False),
        ("not cancelled", False),
        ("キャンセル不可", False),
    ],
)
def test_cancelled_orders_are_told(word: str, cancelled: bool) -> None:  # noqa: FBT001
    assert is_cancelled(word) is cancelled


@pytest.mark.parametrize(
    ("written", "form"), [("男", "male"), ("女性", "female"), ("F", "female"), ("Ｍ", "male"), ("その他", "その他")]
)
def test_sex_is_kept_as_stated(written: str, form: str) -> None:
    assert sex(written) == form


@pytest.mark.parametrize(
    ("written", "form"),
    [("日本語", "ja"), ("JA", "ja"), ("ja-JP", "ja"), ("英語", "en"), ("English", "en"), ("fr", None)],
)
def test_language_is_one_that_we_write_in(written: str, form: str | None) -> None:
    assert language(written) == form
