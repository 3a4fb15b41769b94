"""What people really choose, and how soon it is guessed; the arithmetic behind each figure stands beside it."""

import math
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.staff.strength import ENOUGH, LONGEST, SHORTEST, PasswordRefused, _usual, check_password, tries

#: Marks that stand in no usual word, no row of keys and no year, so that each is one power of ten.
ODD = "ĸðþœæøŋ"

REFUSED = [
    "0120-444-444",  # 10 ** 7.4: a row of fours and a telephone number's head
    "09012345678",  # rows of digits
    "tokyo2020tokyo2020",  # a place, a year, twice
    "letmein1234",
    "welcome2024!",
    "football1998",
    "Yamada1234",
    "abc123abc123abc123",
    "zaq12wsxcde3",  # down the columns of the keyboard
    "!QAZ2wsx#EDC",  # the same with the shift key
    "trustno1trustno1",
    "dragondragon1",
    "asdfghjkl;'",
    "qwerty123456",
    "superman1234",
    "drag0n1984",
    "123qweasdzxc",
    "あいうえおあいうえお",
    "sakura-sakura-sakura",
    "P@ssw0rd2024!",
    "abababababab",
    "mnbvcxzlkjhgfdsa",  # two rows of keys from right to left
]

TAKEN = [
    "watashi no namae",
    "correcthorse",
    "hanabi taikai no yoru",
    "桜が散る川沿いの道を歩く",
    "mizu-tokei-7-kumo",
    "k8#vQ2!mZp",
    "kono machi ga suki",
    "staple-battery",
    "99bottles of beer",
    "きのうの夕焼けは赤かった",
    "Zwölf Boxkämpfer",
    "пять синих слонов",
    "고양이 세 마리 산책",
    "tr&b zum fr%hst",
]


@pytest.mark.parametrize("password", REFUSED)
def test_a_choice_that_thousands_make_is_refused(password: str) -> None:
    assert tries(password) < ENOUGH
    with pytest.raises(PasswordRefused):
        check_password(password)


@pytest.mark.parametrize("password", TAKEN)
def test_a_choice_of_ones_own_is_taken_in_any_script(password: str) -> None:
    check_password(password)
    assert tries(password) >= ENOUGH


@pytest.mark.parametrize("year", ["1900", "1984", "2026", "2099"])
def test_a_year_is_a_hundred_tries_and_four_other_digits_ten_thousand(year: str) -> None:
    assert tries(ODD + year) == pytest.approx(len(ODD) + 2)
    assert tries(f"{ODD}18{year[2:]}") >= len(ODD) + 3  # 1800 was long ago


@pytest.mark.parametrize(
    ("piece", "tens"),
    [
        ("qwe", 1 + math.log10(3)),
        ("poiuyt", 1 + math.log10(6)),  # backwards
        ("2wsx3edc", 1 + math.log10(8)),
        ("9876", 1 + math.log10(4)),
        ("いろはに", 1 + math.log10(4)),
        ("うえおか", 1 + math.log10(4)),
        ("ーーーーー", 1 + math.log10(5)),
        ("ĸĸĸĸĸĸĸĸ", 1 + math.log10(8)),
    ],
)
def test_a_row_costs_ten_tries_for_each_mark_it_may_have(piece: str, tens: float) -> None:
    assert tries(f"ð{piece}þ") <= 2 + tens + 1e-9
    assert tries(f"ð{piece}þ") >= 2 + 0.5


@pytest.mark.parametrize("word", ["password", "dragon", "monkey", "sakura", "welcome"])
def test_a_usual_word_costs_as_many_tries_as_its_place_in_the_list(word: str) -> None:
    rank = _usual()[word]
    assert tries(word) == pytest.approx(math.log10(rank), abs=1e-9)
    assert tries(f"ð{word}þ") == pytest.approx(2 + math.log10(rank), abs=1e-9)


@pytest.mark.parametrize(
    ("plain", "dressed"),
    [
        ("password", "p@ssword"),
        ("password", "pa$$word"),
        ("password", "Password"),
        ("dragon", "drag0n"),
        ("dragon", "DRAGON"),
        ("monkey", "m0nk3y"),
        ("sakura", "s4kur@"),
    ],
)
def test_signs_for_letters_and_capitals_cost_the_guesser_little(plain: str, dressed: str) -> None:
    assert tries(plain) < tries(dressed) <= tries(plain) + 1.0 + 1e-9


@pytest.mark.parametrize("times", [2, 3, 5, 10])
def test_saying_it_again_adds_the_count_and_not_the_length(times: int) -> None:
    assert tries(ODD * times) == pytest.approx(len(ODD) + math.log10(times))


@pytest.mark.parametrize(
    ("password", "about"),
    [
        ("takahashi-yuki", ("高橋 由紀", "yuki.takahashi@example.jp")),
        ("YukiTakahashi", ("yuki takahashi",)),
        ("bloom-kyoto-1", ("Bloom Kyoto",)),
        ("bloom_kyoto!!", ("bloom_kyoto",)),
        ("高橋由紀高橋由紀高橋", ("高橋　由紀",)),  # a wide blank between the names
        ("高橋-由紀-花店-花店", ("高橋・由紀", "花店")),
        ("info@bloom.example", ("info@bloom.example",)),
    ],
)
def test_what_stands_on_the_business_card_is_tried_first(password: str, about: tuple[str, ...]) -> None:
    known = tries(password, about)
    assert known <= tries(password)
    assert known < ENOUGH
    with pytest.raises(PasswordRefused):
        check_password(password, about)


def test_a_name_of_one_letter_makes_no_password_weak() -> None:
    assert tries(ODD, ["ð", "x y z"]) == tries(ODD)


@settings(deadline=None)
@given(left=st.text(max_size=15), right=st.text(max_size=15))
def test_two_passwords_in_a_row_are_no_harder_than_one_after_the_other(left: str, right: str) -> None:
    is_plain = not any(re.fullmatch(r"(.+?)\1+", one, flags=re.DOTALL) for one in (left, right))
    assume(is_plain)  # the same again and again is cheap as a whole only
    assert tries(left + right) <= tries(left) + tries(right) + 1e-9


@settings(deadline=None)
@given(word=st.text(ODD, min_size=1, max_size=12), about=st.lists(st.text(max_size=8), max_size=3))
def test_the_same_is_always_said_of_the_same(word: str, about: list[str]) -> None:
    assert tries(word, about) == tries(word, list(reversed(about)))


@pytest.mark.parametrize(
    ("password", "english", "japanese"),
    [
        ("short", f"at least {SHORTEST} characters", f"{SHORTEST}文字以上"),
        ("ð" * (LONGEST + 1), f"at most {LONGEST} characters", f"{LONGEST}文字まで"),
    ],
)
def test_a_refusal_names_the_length_that_is_allowed(password: str, english: str, japanese: str) -> None:
    for language, wanted in (("en", english), ("ja", japanese)):
        with speaking(language), pytest.raises(PasswordRefused) as problem:
            check_password(password)
        assert wanted in problem.value.text(language)
