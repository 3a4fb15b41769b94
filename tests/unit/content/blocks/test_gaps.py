"""Which fields a letter merges in, and what is read where they are empty."""

from typing import Any

import pytest

from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.gaps import merged_fields
from tenshu.content.starters import begin, starters
from tenshu.content.template import TemplateText


def fields(language: str = "ja", **parts: Any) -> dict[str, tuple[tuple[str, ...], bool]]:
    written = TemplateText(**{"subject": "", "mjml": "", "text": "", **parts})
    return {one.field: (one.instead, one.is_asked) for one in merged_fields(written, language=language)}


def test_each_wording_of_a_field_is_named_once() -> None:
    found = fields(subject="{{ customer.last_name | sama }}", mjml="{{ customer.last_name }}{{ customer.last_name }}")
    assert found == {"last_name": (("", "お客様"), False)}


@pytest.mark.parametrize(
    ("output", "instead"),
    [
        ("{{ customer.last_name | sama }}", "お客様"),
        ('{{ customer.last_name | sama: "会員の方" }}', "会員の方"),
        ("{{ customer.company | default: 'ご担当者' }}", "ご担当者"),
        ("{{ customer.birthday | date: '%-m月' }}", ""),
        ("{{ customer.points | yen }}", ""),
    ],
)
def test_what_is_read_instead_is_what_the_output_says_of_nobody(output: str, instead: str) -> None:
    ((found, _is_asked),) = fields(text=output).values()
    assert found == (instead,)


def test_english_letters_say_dear_customer() -> None:
    assert fields("en", subject="{{ customer.full_name | sama }}") == {"full_name": (("Dear customer",), False)}


def test_a_field_that_only_a_condition_asks_for_is_named_as_such() -> None:
    assert fields(mjml="{% if customer.sex == 'f' %}a{% endif %}") == {"sex": ((), True)}


def test_broken_outputs_and_unclosed_ones_break_nothing() -> None:
    assert fields(mjml="{{ customer.x | nofilter }} {{ customer.y") == {"x": (("",), False)}


def test_values_of_the_shop_and_of_loops_are_no_fields_of_a_customer() -> None:
    assert fields(mjml="{{ shop.name }}{% for item in recommendations %}{{ item.name }}{% endfor %}") == {}


def test_the_letters_to_begin_with_merge_a_name_and_nothing_that_could_leave_a_hole() -> None:
    for starter in starters():
        for language, text in begin(starter, "x", title="x", brand=Brand()).languages.items():
            assert all("" not in one.instead for one in merged_fields(text, language=language)), starter.name
