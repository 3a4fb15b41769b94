"""The first week in words: what to do on which day, where, and what of it can be seen to be done."""

import io
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from tenshu.kit.dates import parse_date
from tenshu.kit.i18n import LANGUAGES, _, speaking
from tenshu.web.console.areas import all_pages
from tenshu.web.console.guide.guide_view import TREATMENTS, Progress, questions, treatments, week
from tenshu.web.console.guide.own import _ADDRESS, NAME, OwnShopRefused
from tenshu.web.console.guide.ready_list import ready_list

JAPANESE = re.compile(r"[ぁ-んァ-ン一-龥]")
PROGRESS = st.builds(
    Progress,
    is_set_up=st.booleans(),
    customers=st.integers(0, 5),
    reachable=st.integers(0, 5),
    templates=st.integers(0, 5),
    scenarios=st.integers(0, 5),
)


def done(progress: Progress) -> list[str]:
    return [step.url for step in week(progress) if step.is_done]


def cells(language: str) -> list[list[str]]:
    with speaking(language):
        book = CalamineWorkbook.from_filelike(io.BytesIO(ready_list()))
    return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]


def test_the_days_of_the_week_are_in_their_order() -> None:
    with speaking("en"):
        days = [int(step.day.removeprefix("Day ")) for step in week(Progress())]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (1, 7)
    assert all(later - earlier <= 2 for earlier, later in pairwise(days))


@pytest.mark.parametrize(
    ("progress", "url"),
    [
        (Progress(is_set_up=True), "/setup"),
        (Progress(customers=1), "/guide/list.xlsx"),
        (Progress(reachable=1), "/guide/card"),
        (Progress(templates=1), "/templates"),
        (Progress(scenarios=1), "/scenarios/new"),
    ],
)
def test_each_thing_that_a_shop_has_marks_the_step_that_brings_it(progress: Progress, url: str) -> None:
    assert done(progress) == [url]


@given(PROGRESS)
def test_only_what_can_be_seen_is_marked_and_nothing_else_of_the_week_changes(progress: Progress) -> None:
    seen = [progress.is_set_up, progress.customers, progress.reachable, progress.templates, progress.scenarios]
    assert len(done(progress)) == sum(map(bool, seen))
    assert [(step.day, step.title, step.text, step.url) for step in week(progress)] == [
        (step.day, step.title, step.text, step.url) for step in week(Progress())
    ]


def test_what_is_done_away_from_the_screen_is_never_marked() -> None:
    everything = Progress(is_set_up=True, customers=9, reachable=9, templates=9, scenarios=9)
    assert all(step.url for step in week(everything) if step.is_done)
    assert not week(everything)[-1].is_done  # looking at a report leaves no trace


def test_every_step_leads_to_a_page_that_there_is() -> None:
    known = {page.path for page in all_pages() if page.method == "GET"}
    assert {step.url for step in week(Progress()) if step.url} <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_week_is_told_in_one_language(language: str) -> None:
    with speaking(language):
        told = [text for step in week(Progress()) for text in (step.day, step.title, step.text)]
    assert all(bool(JAPANESE.search(text)) == (language == "ja") for text in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_three_treatments_are_told_in_one_language(language: str) -> None:
    with speaking(language):
        told = treatments()
    assert [one.title for one in told] == [_(title, language) for title, _text in TREATMENTS]
    assert [one.text for one in told] == [_(text, language) for _title, text in TREATMENTS]
    assert all(text.endswith("。" if language == "ja" else ".") for text in (one.text for one in told))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_asks_six_things_and_no_answer_stands_there_twice(language: str) -> None:
    with speaking(language):
        asked = questions()
    assert len({question for question, _answers in asked}) == 6
    assert all(len(set(answers)) == len(answers) for _question, answers in asked)
    assert [bool(answers) for _question, answers in asked] == [False, False, True, True, True, False]


def test_the_card_asks_for_the_month_of_the_birthday_and_not_for_the_year() -> None:
    with speaking("en"):
        last = questions()[-1][0]
    assert "month" in last
    assert "if you like" in last


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_has_a_row_of_headings_and_two_examples_of_the_same_width(language: str) -> None:
    rows = cells(language)
    assert [len(row) for row in rows] == [9, 9, 9]
    assert len(set(rows[0])) == 9
    assert all(rows[0])


def test_the_list_speaks_the_language_of_whoever_takes_it() -> None:
    japanese, english = cells("ja"), cells("en")
    assert all(JAPANESE.search(title) for title in japanese[0])
    assert not any(JAPANESE.search(title) for title in english[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_say_yes_and_no_and_belong_to_nobody(language: str) -> None:
    _head, *examples = cells(language)
    assert [row[6] for row in examples] == ["○", "×"]
    assert all(row[3].endswith("@example.com") for row in examples)
    assert parse_date(examples[0][5]) is not None
    assert parse_date(examples[0][7]) is not None
    assert examples[1][7:] == ["", ""]  # who said no has no date of a consent


def test_a_telephone_number_of_the_list_keeps_its_zero() -> None:
    assert cells("ja")[1][4] == "03-1234-5678"


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("Tenshu is at http://127.0.0.1:8123/", "http://127.0.0.1:8123/"),
        ("  http://127.0.0.1:1/set-up/abc_-9 ", "http://127.0.0.1:1/set-up/abc_-9"),
        ("http://192.0.2.1:80/", None),
        ("https://127.0.0.1/", None),
        ("", None),
    ],
)
def test_only_an_address_of_this_machine_is_heard(line: str, address: str | None) -> None:
    assert _ADDRESS.findall(line) == ([address] if address else [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shop_that_does_not_begin_is_said_with_what_it_said_and_the_way_by_hand(language: str) -> None:
    refused = OwnShopRefused(home=f"/home/me/{NAME}", said="disk full.")
    assert refused.status == 503
    for word in ("disk full.", f"tenshu serve --home /home/me/{NAME}"):
        assert word in refused.text(language)
