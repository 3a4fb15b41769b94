"""Merged values and mail headers: what may stand there and what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.header_text import CONTROL, LONGEST, HeaderRefused, header_text

BREAKS = {
    "carriage return and line feed": "佐藤\r\nBcc: v@x.example",
    "line feed": "佐藤\nBcc: v@x.example",
    "carriage return": "佐藤\rBcc: v@x.example",
    "vertical tab": "佐藤\x0bBcc: v@x.example",
    "form feed": "佐藤\x0cBcc: v@x.example",
    "next line (C1)": "佐藤\x85Bcc: v@x.example",
    "line separator": "佐藤\u2028Bcc: v@x.example",
    "paragraph separator": "佐藤\u2029Bcc: v@x.example",
    "nul": "佐藤\x00",
    "escape": "佐藤\x1b[31m",
    "delete": "佐藤\x7f",
    "tab": "佐藤\t様",
    "half a character": "佐藤\ud83d",
}


@pytest.mark.parametrize("value", BREAKS.values(), ids=BREAKS.keys())
def test_value_with_control_character_is_refused(value: str) -> None:
    with pytest.raises(HeaderRefused) as refusal:
        header_text(value, name="subject")
    assert "subject" in refusal.value.text("en")


@pytest.mark.parametrize("value", BREAKS.values(), ids=BREAKS.keys())
def test_refusal_shows_the_value_without_its_control_characters(value: str) -> None:
    with pytest.raises(HeaderRefused) as refusal:
        header_text(value, name="subject")
    assert not CONTROL.search(refusal.value.text("ja"))


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?hi=0D=0ABcc=3A_v=40x?=",
        "=?UTF-8?B?QmNjOiB2QHg=?=",
        "こんにちは =?utf-8?q?hi=0D=0ABcc=3A_v=40x?= 様",
        "=?=?=?",
    ],
)
def test_encoded_word_is_broken_and_stays_readable(value: str) -> None:
    text = header_text(value, name="subject")
    assert "=?" not in text
    assert text.replace("= ?", "=?") == value


@pytest.mark.parametrize(
    "value",
    ["春のお知らせ", "Spring sale: 50 % off!", "髙﨑 様", "𠮷野家", "🌸 桜 🌸", "a = b ? c : d", "¥1,234〜"],
)
def test_ordinary_text_is_left_as_it_is(value: str) -> None:
    assert header_text(value, name="subject") == value


def test_blanks_at_the_ends_are_dropped() -> None:
    assert header_text("  hello  ", name="subject") == "hello"


def test_text_longer_than_the_limit_is_refused() -> None:
    assert header_text("a" * LONGEST, name="subject")
    with pytest.raises(HeaderRefused):
        header_text("a" * (LONGEST + 1), name="subject")


@given(st.text(max_size=80))
def test_whatever_passes_holds_no_break_and_no_encoded_word(value: str) -> None:
    try:
        text = header_text(value, name="subject")
    except HeaderRefused:
        return
    assert not CONTROL.search(text)
    assert "=?" not in text


@given(st.text(alphabet="=? a", max_size=40))
def test_breaking_encoded_words_twice_changes_nothing_more(value: str) -> None:
    once = header_text(value, name="subject")
    assert header_text(once, name="subject") == once
