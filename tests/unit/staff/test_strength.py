"""A password passes when nobody would soon guess it: long words do, tricks with signs do not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.staff.strength import ENOUGH, LONGEST, SHORTEST, PasswordRefused, _usual, check_password, tries

ABOUT = ("佐藤 花子", "hanako.sato@example.com", "小さな花屋")


@pytest.mark.parametrize(
    "password",
    [
        "mizuumi no soko",
        "correct horse battery staple",
        "花屋のとなりの猫は三毛",
        "x8Kq2mV9pLw3",
        "🌸🌊🗻🍵🎏🐈🚲🧭🪁🫖",
        "noren-wo-kuguru-asa",
        "   leading blanks count",
    ],
)
def test_a_good_password_passes(password: str) -> None:
    check_password(password, ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "password12",
        "P@ssw0rd1234",
        "PASSWORD!!!!",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "passwordpassword",
        "sakura20240401",
        "Sakura2024!!",
        "tenshu2026!",
        "iloveyou123",
        "abcdefghijkl",
        "あいうえおかきくけこ",
        "20240401202",
    ],
)
def test_what_people_choose_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused):
        check_password(password)


@pytest.mark.parametrize("password", ["hanakosato1", "Hanako.Sato", "hanako.sato@example.com", "小さな花屋小さな花屋"])
def test_what_has_to_do_with_the_person_or_the_shop_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused):
        check_password(password, ABOUT)


def test_a_name_inside_a_long_password_is_fine() -> None:
    check_password("hanako mizuumi noren", ABOUT)


@pytest.mark.parametrize(("length", "passes"), [(SHORTEST - 1, False), (SHORTEST, True), (LONGEST, True), (201, False)])
def test_length_has_two_ends(length: int, passes: bool) -> None:  # noqa: FBT001
    password = ("kvzrmwqtxbnhdjyf" * 20)[:length].replace("kvzr", "K v.", 1)
    if passes:
        check_password(password)
    else:
        with pytest.raises(PasswordRefused):
            check_password(password)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("password", ["short", "password12", "x" * 201])
def test_a_refusal_says_why_and_what_to_do_and_does_not_repeat_the_password(language: str, password: str) -> None:
    with speaking(language), pytest.raises(PasswordRefused) as problem:
        check_password(password)
    said = problem.value.text(language)
    assert password not in said
    assert ("words" in said) or ("言葉" in said)


@given(password=st.text(min_size=1, max_size=40))
def test_a_password_is_never_harder_than_trying_every_mark(password: str) -> None:
    assert 0 <= tries(password) <= len(password) + 1e-9


@given(password=st.text(min_size=1, max_size=20), more=st.text(min_size=1, max_size=10))
def test_knowing_more_about_the_person_never_makes_a_password_harder(password: str, more: str) -> None:
    assert tries(password, [more, password[:5]]) <= tries(password) + 1e-9


@given(word=st.sampled_from(sorted(_usual())))
def test_every_usual_password_is_refused_with_and_without_capitals(word: str) -> None:
    assert tries(word) < ENOUGH
    assert tries(word.upper()) < ENOUGH
    assert tries(word + "1") < ENOUGH


def test_the_list_holds_what_is_tried_first() -> None:
    usual = _usual()
    assert len(usual) > 4000
    assert sum(len(word) >= SHORTEST for word in usual) > 1000
    assert all(word == word.lower() for word in usual)


def test_the_longest_password_is_judged_in_no_time() -> None:
    begun = time.process_time()
    for password in ("a" * LONGEST, "ab1" * 66, "password" * 25):
        tries(password, ABOUT)
    assert time.process_time() - begun < 5  # a rule that doubles with each mark would take years
