"""How single values are read from the form, how they are written into it, and what is said when they cannot be."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import Condition, Did, Trait, parse
from tenshu.kit.i18n import speaking
from tenshu.web.console.segments.draft import Draft
from tenshu.web.console.segments.reading import draft_of, read, rooted
from tenshu.web.console.segments.spelling import read_number, read_text, write_number, write_text


def trait(cmp: str, *values: str, way: str = "") -> Draft:
    """Return an attribute compared as told."""
    return Draft("trait", {"trait": ["points"], "cmp": [cmp], "as": [way], "value": list(values)})


def deed(event: str = "order_completed", **said: str) -> Draft:
    """Return something done; two underscores are a point."""
    return Draft("did", {"event": [event], **{name.replace("__", "."): [text] for name, text in said.items()}})


def said(draft: Draft, currency: str = "JPY") -> Condition:
    """Return the condition of a part that is finished."""
    found = read(draft, currency)
    assert found.problems == {}
    assert found.condition is not None
    return found.condition


def problem(draft: Draft, language: str = "en") -> str:
    """Return what is wrong with a part."""
    with speaking(language):
        found = read(draft, "JPY")
    assert found.condition is None
    return found.problems["c"]


@pytest.mark.parametrize(
    ("draft", "value"),
    [
        (trait("is", "3"), "3"),
        (trait("is", "3", way="number"), 3),
        (trait("is", "true", way="flag"), True),
        (trait("is", "yes", way="flag"), False),
        (trait("is", "3", way="colour"), "3"),
        (trait("gte", "3", way="number"), 3),
        (trait("exists", "true", way="text"), True),
        (trait("exists", "false"), False),
        (trait("one_of", "a\r\nb\n\n c"), ("a", "b", " c")),
        (trait("one_of", "1\n2.5", way="number"), (1, 2.5)),
        (trait("one_of", "a", "b\nc"), ("a", "b", "c")),
        (trait("gte", "2026-04-01"), "2026-04-01"),
        (trait("contains", "C:\\\\dir"), "C:\\dir"),
        (trait("is", "a\\nb"), "a\nb"),
        (trait("is", "\\e"), ""),
    ],
)
def test_a_value_is_read_as_the_form_says_or_as_the_comparison_needs(draft: Draft, value: object) -> None:
    condition = said(draft)
    assert isinstance(condition, Trait)
    assert condition.value == value
    assert type(condition.value) is type(value)


@pytest.mark.parametrize(
    ("currency", "written", "minor"), [("JPY", "1,500", 1500), ("GBP", "12.5", 1250), ("BHD", "1.234", 1234)]
)
def test_amounts_are_read_in_the_shops_money_and_other_numbers_are_not(currency: str, written: str, minor: int) -> None:
    money = said(deed(where__0__field="amount", where__0__cmp="gte", where__0__value=written), currency)
    assert money == parse(
        {"kind": "did", "event": "order_completed", "where": [{"field": "amount", "cmp": "gte", "value": minor}]}
    )
    plain = said(deed(sum_field="lines", sum_cmp="gte", sum_value="3"), currency)
    assert isinstance(plain, Did)
    assert plain.sum is not None
    assert plain.sum.value == 3


def test_a_total_without_a_comparison_is_at_least_that_much() -> None:
    condition = said(deed(sum_field="amount", sum_value="100"))
    assert isinstance(condition, Did)
    assert condition.sum is not None
    assert condition.sum.cmp == "gte"


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ({"from": ["2026-04-01"]}, date(2026, 4, 1), None),
        ({"to": ["2026-04-30"]}, None, date(2026, 4, 30)),
        ({"from": [" 2026-04-01 "], "to": ["2026-04-30"]}, date(2026, 4, 1), date(2026, 4, 30)),
    ],
)
def test_a_stretch_of_days_may_be_open_at_one_end(
    written: dict[str, list[str]], first: date | None, last: date | None
) -> None:
    condition = said(Draft("did", {"event": ["x"], "when": ["between"], **written}))
    assert isinstance(condition, Did)
    assert condition.between is not None
    assert (condition.between.from_on, condition.between.to_on) == (first, last)


@pytest.mark.parametrize("when", ["", "since_ever"])
def test_without_a_period_what_stands_in_its_hidden_controls_does_not_count(when: str) -> None:
    assert said(deed(when=when, days="30", hours="x")) == parse({"kind": "did", "event": "order_completed"})


def test_details_are_read_in_the_order_of_their_numbers_with_gaps() -> None:
    draft = Draft(
        "did",
        {
            "event": [" product_purchased "],
            **{f"where.7.{name}": [text] for name, text in (("field", "quantity"), ("cmp", "gt"), ("value", "２"))},
            **{f"where.2.{name}": [text] for name, text in (("field", "is_goods"), ("cmp", "is"), ("value", "false"))},
        },
    )
    condition = said(draft)
    assert isinstance(condition, Did)
    assert condition.event == "product_purchased"
    assert [(one.field, one.value) for one in condition.where] == [("is_goods", False), ("quantity", 2)]


@pytest.mark.parametrize(
    ("draft", "japanese"),
    [
        (Draft("trait", {"trait": ["  "]}), "どの属性で絞り込むかを選んでください。"),
        (trait("is"), "比べる値を入れてください。"),
        (trait("is", ""), "比べる値を入れてください。"),
        (trait("one_of", "\n\r\n"), "比べる値を入れてください。"),
        (trait("gte", "三", way="number"), "ここには 3 のような数を入れてください。"),
        (Draft("did"), "どの行動をした、またはしていないかを選んでください。"),
        (Draft("did_not", {"event": ["x"], "when": ["hours"]}), "ここには 3 のような数を入れてください。"),
        (deed(where__0__field=" "), "どの項目で絞り込むかを選んでください。"),
        (deed(where__0__field="order_no"), "比べる値を入れてください。"),
        (deed(when="between", **{"from": " "}), "2つの日付のうち、少なくとも一方を選んでください。"),
        (deed(sum_field="amount"), "ここには 3 のような数を入れてください。"),
        (Draft("rank", {"by": ["decile"], "cmp": ["one_of"], "value": ["1", "x"]}), "比べる値を入れてください。"),
        (Draft("rank", {"by": ["rank"], "cmp": ["one_of"], "value": ["", ""]}), "比べる値を入れてください。"),
    ],
)
def test_what_is_missing_is_said_in_japanese_too(draft: Draft, japanese: str) -> None:
    assert problem(draft, "ja") == japanese
    assert problem(draft, "en") != japanese


@pytest.mark.parametrize("kind", ["", "bogus"])
def test_a_part_of_no_kind_is_no_condition(kind: str) -> None:
    assert problem(Draft(kind, {"event": ["x"]}))


@pytest.mark.parametrize(
    ("kind", "of", "expected"),
    [
        ("and", ["did"], {"kind": "and", "of": ["A"]}),
        ("or", ["did", ""], {"kind": "or", "of": ["A"]}),
        ("none", ["did", ""], {"kind": "not", "of": "A"}),
        ("none", ["did", "did"], {"kind": "not", "of": {"kind": "or", "of": ["A", "A"]}}),
        ("or", ["", ""], None),
        ("none", [], None),
    ],
)
def test_a_group_is_what_is_finished_in_it(kind: str, of: list[str], expected: dict[str, Any] | None) -> None:
    plain = {"kind": "did", "event": "order_completed"}

    def filled(told: Any) -> Any:
        if told == "A":
            return plain
        if isinstance(told, list):
            return [filled(one) for one in told]
        return {name: filled(one) for name, one in told.items()} if isinstance(told, dict) else told

    found = read(Draft(kind, {}, [deed() if one else Draft("did") for one in of]), "JPY")
    assert found.condition == (None if expected is None else parse(filled(expected)))
    assert sorted(found.problems) == [f"c.{nth}" for nth, one in enumerate(of) if not one]


def test_a_group_of_which_nothing_is_finished_is_not_called_empty() -> None:
    found = read(Draft("and", {}, [deed(), Draft("or", {}, [Draft("did")])]), "JPY")
    assert list(found.problems) == ["c.1.0"]
    assert set(found.parts) == {"c", "c.0"}


@pytest.mark.parametrize("kind", ["and", "or", "none"])
def test_a_group_stays_the_outermost_and_anything_else_is_put_into_one(kind: str) -> None:
    group = Draft(kind, {}, [deed()])
    assert rooted(group) is group
    assert rooted(deed()) == Draft("and", {}, [deed()])


def test_a_not_of_a_group_of_one_keeps_its_group() -> None:
    """Nothing may be simplified on the way: the definition stays as somebody wrote it."""
    condition = parse({"kind": "not", "of": {"kind": "or", "of": [{"kind": "did", "event": "x"}]}})
    draft = draft_of(condition, "JPY")
    assert (draft.kind, draft.of[0].kind, draft.of[0].of[0].kind) == ("none", "or", "did")
    assert read(draft, "JPY").condition == condition


@pytest.mark.parametrize(
    ("text", "written"),
    [("a", "a"), ("", "\\e"), ("\\", "\\\\"), ("\\n", "\\\\n"), ("a\r\nb", "a\\r\\nb"), ("\\e", "\\\\e"), (" ", " ")],
)
def test_what_a_control_cannot_hold_is_written_with_a_backslash(text: str, written: str) -> None:
    assert write_text(text) == written
    assert read_text(written) == text


@pytest.mark.parametrize("written", ["C:\\temp", "100\\%", "\\", "a\\"])
def test_a_backslash_that_people_type_stays_unless_it_means_something(written: str) -> None:
    assert read_text(written) == written


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (0, "GBP", "0.00"),
        (-5, "GBP", "-0.05"),
        (100, "BHD", "0.100"),
        (100, None, "100"),
        (2.5, None, "2.5"),
        (10**15, "JPY", "1" + "0" * 15),
    ],
)
def test_numbers_stand_in_the_form_as_they_are_spoken_of(value: float, currency: str | None, written: str) -> None:
    assert write_number(value, currency) == written
    assert read_number(written, currency) == value


@settings(max_examples=60, deadline=None)
@given(st.integers(-(10**12), 10**12), st.sampled_from(["JPY", "GBP", "BHD"]))
def test_thousands_commas_and_full_width_digits_change_no_amount(minor: int, currency: str) -> None:
    whole, point, rest = write_number(minor, currency).partition(".")
    people = f"{int(whole):,}" if whole not in {"-0", "0"} else whole
    wide = "".join(chr(ord(mark) + 0xFEE0) for mark in people + point + rest)
    assert read_number(people + point + rest, currency) == minor
    assert read_number(wide, currency) == minor
