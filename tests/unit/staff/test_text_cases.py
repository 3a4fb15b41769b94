"""Names and addresses as they really come: of many scripts, by hand, by paste, and by somebody who means harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.staff.text import (
    MOST_LETTERS,
    AddressUnusable,
    NameRefused,
    account_of,
    checked_account,
    checked_name,
    visible,
)

NAMES = [
    "佐藤花子",
    "髙橋 﨑子",  # variants of characters that stand on family registers
    "𠮷野家 太郎",  # beyond the first 65,536 characters
    "ﾔﾏﾀﾞ ﾀﾛｳ",
    "山田　太郎",  # a wide blank
    "O’Neill",
    "Anne-Marie d'Été",
    "Nguyễn Thị Minh Khai",
    "Müller & Söhne (Lager)",
    "محمد",
    "Αθηνά",
    "김하늘",
    "🌸花屋🌸",
    "e\u0301lodie",  # an accent of its own
    "; DROP TABLE people; --",
    "{about} %s {{ 7*7 }}",
    "a" * MOST_LETTERS,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_letter_by_letter(name: str) -> None:
    assert checked_name(name) == name
    assert visible(name) == name


@pytest.mark.parametrize("around", [" ", "\t", "\n", "\r\n", "\u3000", "\u00a0", "  \t "])
def test_blanks_around_a_name_are_left_out(around: str) -> None:
    assert checked_name(f"{around}佐藤{around}") == "佐藤"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\r\nb", r"a\r\nb"),
        ("a\x00b", r"a\x00b"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("bell\x07", r"bell\x07"),
        ("del\x7f", r"del\x7f"),
        ("next\x85line", r"next\x85line"),
        ("line\u2028end", r"line\u2028end"),
        ("par\u2029end", r"par\u2029end"),
        ("txt\u202egnp.exe", r"txt\u202egnp.exe"),  # written backwards from here on
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("a\ufeffb", r"a\ufeffb"),
        ("half\ud800", r"half\ud800"),
        ("own\ue000", r"own\ue000"),  # a character that each machine draws as it likes
        ("tag\U000e0041", r"tag\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_no_part_of_a_name_and_is_spelled_out(name: str, shown: str) -> None:
    assert visible(name) == shown
    with pytest.raises(NameRefused) as problem:
        checked_name(name)
    for language in ("ja", "en"):
        said = problem.value.text(language)
        assert shown in said
        assert name not in said


@pytest.mark.parametrize("name", ["", " ", "\u3000\t\n", "a" * (MOST_LETTERS + 1), "字" * 5000])
def test_a_name_that_is_empty_or_endless_is_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(NameRefused) as problem:
        checked_name(name)
    said = problem.value.text("en")
    assert f"1 to {MOST_LETTERS} letters" in said
    assert len(said) < 3 * MOST_LETTERS


@pytest.mark.parametrize(
    ("typed", "account"),
    [
        ("SATO@EXAMPLE.COM", "sato@example.com"),
        ("  sato@example.com\t", "sato@example.com"),
        ("ｓａｔｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "sato@example.com"),  # typed while the keyboard wrote wide letters
        ("mailto:sato@example.com", "sato@example.com"),
        ("sato+shop@example.com", "sato+shop@example.com"),
        ("o'neill@example.co.jp", "o'neill@example.co.jp"),
        ("first.last@sub.sub.example.com", "first.last@sub.sub.example.com"),
        ("1234@example.com", "1234@example.com"),
        ("a@example.museum", "a@example.museum"),
    ],
)
def test_an_address_is_one_account_however_it_is_typed(typed: str, account: str) -> None:
    assert checked_account(typed) == account
    assert account_of(typed) == account


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "sato",
        "@example.com",
        "sato@",
        "sato@@example.com",
        "sato example.com",
        "a b@example.com",
        "sato@exam ple.com",
        "sato@example.com\nBcc: all@example.com",
        "sato@example.com\x00",
        "sato@example.com, suzuki@example.com",
        "x" * 300 + "@example.com",
        "<script>@example.com",
    ],
)
def test_what_is_no_address_signs_nobody_in_and_is_shown_on_one_line(typed: str) -> None:
    with pytest.raises(AddressUnusable) as problem:
        checked_account(typed)
    for language in ("ja", "en"):
        said = problem.value.text(language)
        assert len(said.splitlines()) == 1
        assert "\x00" not in said
        assert len(said) < 250


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_an_account_is_checked_to_what_it_is_compared_as(text: str) -> None:
    try:
        account = checked_account(text)
    except AddressUnusable:
        return
    assert account == account_of(text) == checked_account(account)
    assert account == account.casefold()
    assert account.count("@") == 1


@settings(deadline=None)
@given(name=st.text("aAéÉ字 ", min_size=1, max_size=20), domain=st.sampled_from(["example.com", "EXAMPLE.COM"]))
def test_capitals_never_make_a_second_person(name: str, domain: str) -> None:
    typed = f"{name}@{domain}"
    assert account_of(typed.lower()) == account_of(typed.upper()) == account_of(typed)


@settings(deadline=None)
@given(text=st.text())
def test_spelling_out_twice_is_spelling_out_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@settings(deadline=None)
@given(text=st.text(max_size=20), more=st.text(max_size=20))
def test_text_is_spelled_out_mark_by_mark(text: str, more: str) -> None:
    assert visible(text + more) == visible(text) + visible(more)
