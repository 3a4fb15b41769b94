"""Each part of the builder shows exactly the controls that it needs, holding what was written in them."""

import pytest

from tenshu.condition.fields import LINE_FIELDS, LINES, ORDER_FIELDS, RANK_NAMES, SCORES
from tenshu.condition.words import EVENTS, TRAITS
from tenshu.kit.i18n import speaking
from tenshu.web.console.segments.choices import NUMBERS_COMPARED, comparisons, rank_comparisons
from tenshu.web.console.segments.controls import Control, Known, controls
from tenshu.web.console.segments.draft import Draft, fresh
from tenshu.web.console.segments.ways import SIZES, ways_of

KNOWN = Known(("page_viewed", "order_completed"), {"page_viewed": ("path", "seconds")}, ("points", "email"), "GBP")
SUGGESTED = {
    ("prefecture", "", ""): (("東京都", "東京都"), ("大阪府", "大阪府")),
    ("", "product_purchased", "product_id"): (("tea", "煎茶"),),
    ("", "product_purchased", "amount"): (("1", "1"),),
    ("", "page_viewed", "path"): (("/cart", ""),),
}


def often(trait: str, event: str, field: str) -> tuple[tuple[str, str], ...]:
    """Return what has often been."""
    return SUGGESTED.get((trait, event, field), ())


def shown(draft: Draft, *, language: str = "en", path: str = "c.0") -> tuple[tuple[Control, ...], ...]:
    """Return the controls of a part."""
    with speaking(language):
        return controls(draft, path, KNOWN, often)


def names(line: tuple[Control, ...]) -> list[str]:
    """Return the names of a line's controls without the path."""
    return [one.name.removeprefix("c.0.") for one in line]


def named(lines: tuple[tuple[Control, ...], ...], name: str) -> Control:
    """Return the one control of that name."""
    (found,) = [one for line in lines for one in line if one.name == f"c.0.{name}"]
    return found


def trait(**said: str) -> Draft:
    """Return an attribute compared as told."""
    return Draft("trait", {name.rstrip("_"): [text] for name, text in said.items()})


def deed(event: str = "order_completed", **said: str) -> Draft:
    """Return something done; two underscores are a point."""
    return Draft("did", {"event": [event], **{name.replace("__", "."): [text] for name, text in said.items()}})


@pytest.mark.parametrize("kind", ["and", "or", "none", "", "bogus"])
def test_groups_and_what_is_nothing_have_no_controls(kind: str) -> None:
    assert shown(Draft(kind, {"trait": ["x"], "event": ["y"]})) == ()


def test_an_attribute_begins_with_a_choice_of_all_that_are_known() -> None:
    (line,) = shown(fresh("trait"))
    assert names(line) == ["trait", "cmp", "value", "as"]
    options = dict(line[0].options)
    assert list(options)[: len(TRAITS) + 1] == ["", *TRAITS]
    assert options[""] == "choose an attribute"
    assert options["points"] == "points"
    assert list(options).count("email") == 1, "what the data have and the grammar names stands there once"


def test_an_attribute_that_no_data_hold_can_still_be_edited() -> None:
    """A segment kept long ago, or brought by a file, names what nobody has told here."""
    (line,) = shown(trait(trait="shoe_size", cmp="is", value="42"))
    assert line[0].value == "shoe_size"
    assert dict(line[0].options)["shoe_size"] == "shoe_size"


def test_values_that_were_often_told_are_suggested_and_only_of_what_is_chosen() -> None:
    (line,) = shown(trait(trait="prefecture", cmp="is"))
    assert line[2].options == (("東京都", "東京都"), ("大阪府", "大阪府"))
    (line,) = shown(trait(cmp="is"))
    assert line[2].options == ()


@pytest.mark.parametrize(
    ("cmp", "written", "kind", "label"),
    [
        ("is", "text", "text", "Value"),
        ("is", "number", "number", "Number"),
        ("is", "flag", "select", "Value"),
        ("is_not", "text", "text", "Value"),
        ("one_of", "text", "lines", "Values, one a line"),
        ("one_of", "number", "lines", "Values, one a line"),
        ("contains", "text", "text", "Value"),
        ("starts", "text", "text", "Value"),
        ("ends", "text", "text", "Value"),
        ("exists", "flag", "select", "Value"),
        ("gte", "number", "number", "Number"),
    ],
)
def test_the_control_of_the_value_fits_how_it_is_compared(cmp: str, written: str, kind: str, label: str) -> None:
    draft = Draft("trait", {"trait": ["points"], "cmp": [cmp], "as": [written], "value": ["true"]})
    found = named(shown(draft), "value")
    assert (found.kind, found.label, found.value) == (kind, label, "true")


def test_yes_or_no_is_chosen_in_words_and_is_yes_at_first() -> None:
    draft = Draft("trait", {"trait": ["member"], "cmp": ["exists"]})
    with_words = {language: named(shown(draft, language=language), "value") for language in ("en", "ja")}
    assert with_words["en"].options == (("true", "yes"), ("false", "no"))
    assert with_words["ja"].options == (("true", "はい"), ("false", "いいえ"))
    assert with_words["en"].value == "true"
    draft.said["value"] = ["false"]
    assert named(shown(draft), "value").value == "false"


@pytest.mark.parametrize("cmp", list(comparisons("free")))
def test_how_it_is_compared_is_asked_only_where_there_is_a_choice(cmp: str) -> None:
    (line,) = shown(trait(trait="points", cmp=cmp, value="1"))
    ways = ways_of("free", cmp)
    asked = [one for one in line if one.name == "c.0.as"]
    assert bool(asked) == (len(ways) > 1)
    for one in asked:
        plainest = ways[0] if cmp in SIZES else ""
        assert [value for value, _words in one.options] == [plainest, *ways[1:]]
        assert one.value == plainest
        assert one.changes_shape


@pytest.mark.parametrize("cmp", ["matches", "", "__class__", "lt; --"])
def test_a_comparison_that_there_is_not_is_shown_as_the_plainest(cmp: str) -> None:
    found = named(shown(trait(trait="points", cmp=cmp, value="7")), "cmp")
    assert found.value == "is"
    assert cmp not in dict(found.options)


@pytest.mark.parametrize("by", [*SCORES, "decile", "rank"])
def test_a_rank_offers_what_its_scale_has(by: str) -> None:
    (line,) = shown(Draft("rank", {"by": [by], "cmp": ["is"], "value": ["1"]}))
    assert names(line) == ["by", "cmp", "value"]
    assert [one.kind for one in line] == ["select"] * 3
    offered = [value for value, _words in line[2].options]
    assert offered == (list(RANK_NAMES) if by == "rank" else [str(n + 1) for n in range(10 if by == "decile" else 5)])
    assert tuple(dict(line[1].options)) == rank_comparisons(by)


def test_several_ranks_are_ticked_and_one_is_chosen() -> None:
    (line,) = shown(Draft("rank", {"by": ["rank"], "cmp": ["one_of"], "value": ["best", "loyal"]}))
    assert (line[2].kind, line[2].values) == ("checks", ("best", "loyal"))
    assert dict(line[2].options)["best"] == "best customers"
    (line,) = shown(Draft("rank", {"by": ["rank"], "cmp": ["is"], "value": ["best"]}))
    assert (line[2].kind, line[2].value) == ("select", "best")


def test_a_rank_without_a_word_is_several_ranks_of_which_none_is_ticked() -> None:
    (line,) = shown(Draft("rank"))
    assert (line[0].value, line[1].value, line[2].kind, line[2].values) == ("rank", "one_of", "checks", ())


@pytest.mark.parametrize(
    ("when", "asked"),
    [
        ("", ["event", "when", "count_cmp"]),
        ("days", ["event", "when", "days", "count_cmp"]),
        ("hours", ["event", "when", "hours", "count_cmp"]),
        ("between", ["event", "when", "from", "to", "count_cmp"]),
        ("since_ever", ["event", "when", "count_cmp"]),
    ],
)
def test_a_period_asks_for_what_it_needs(when: str, asked: list[str]) -> None:
    lines = shown(deed(when=when, days="30", hours="12", from_="x"))
    assert names(lines[0]) == asked


def test_dates_are_chosen_in_a_calendar_and_hold_what_was_written() -> None:
    draft = Draft("did", {"event": ["x"], "when": ["between"], "from": ["2026-04-01"], "to": ["2026-04-30"]})
    lines = shown(draft)
    first, last = named(lines, "from"), named(lines, "to")
    assert (first.kind, first.value, first.before) == ("date", "2026-04-01", "")
    assert (last.kind, last.value, last.before) == ("date", "2026-04-30", "–")


@pytest.mark.parametrize(("kind", "words"), [("did", "at least once"), ("did_not", "not once")])
def test_how_often_is_once_or_never_unless_a_number_is_asked_for(kind: str, words: str) -> None:
    plain = shown(Draft(kind, {"event": ["order_completed"]}))
    assert dict(named(plain, "count_cmp").options)[""] == words
    counted = shown(Draft(kind, {"event": ["order_completed"], "count_cmp": ["gte"], "count_value": ["３"]}))
    assert named(counted, "count_value").value == "３", "what was written stands there as it was written"
    assert tuple(dict(named(counted, "count_cmp").options))[1:] == NUMBERS_COMPARED


def test_what_happened_is_chosen_from_orders_first_then_what_the_data_hold() -> None:
    options = list(dict(shown(deed())[0][0].options))
    assert options[: 1 + len(LINES)] == ["order_completed", *LINES]
    assert options[1 + len(LINES)] == "page_viewed"
    assert set(EVENTS) <= set(options)
    assert len(set(options)) == len(options)
    assert list(dict(shown(deed("door_opened"))[0][0].options))[-1] == "door_opened"


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("order_completed", list(ORDER_FIELDS)),
        ("product_returned", list(LINE_FIELDS)),
        ("page_viewed", ["path", "seconds"]),
        ("never_seen", []),
    ],
)
def test_details_are_those_of_the_event(event: str, fields: list[str]) -> None:
    found = named(shown(deed(event, where__0__field="")), "where.0.field")
    assert list(dict(found.options)) == ["", *fields]
    assert found.before == "of which"


def test_a_detail_that_the_event_has_no_more_stays_in_its_place() -> None:
    found = named(shown(deed("page_viewed", where__0__field="colour")), "where.0.field")
    assert list(dict(found.options)) == ["", "path", "seconds", "colour"]


def test_each_detail_is_a_line_that_can_be_left_out() -> None:
    lines = shown(deed("product_purchased", where__0__field="quantity", where__3__field=""))
    assert len(lines) == 4
    assert names(lines[1]) == ["where.0.field", "where.0.cmp", "where.0.value", "drop:c.0:0"]
    assert names(lines[2]) == ["where.3.field", "drop:c.0:3"]
    assert [line[-1].kind for line in lines[1:]] == ["drop", "drop", "add"]


@pytest.mark.parametrize(
    ("event", "field", "kind", "unit", "suggested"),
    [
        ("product_purchased", "amount", "number", "GBP", ()),
        ("product_purchased", "quantity", "number", "", ()),
        ("product_purchased", "product_id", "text", "", (("tea", "煎茶"),)),
        ("product_purchased", "is_goods", "select", "", (("true", "yes"), ("false", "no"))),
        ("page_viewed", "path", "text", "", (("/cart", ""),)),
    ],
)
def test_a_detail_is_compared_as_its_kind_wants(
    event: str, field: str, kind: str, unit: str, suggested: tuple[tuple[str, str], ...]
) -> None:
    found = named(shown(deed(event, where__0__field=field)), "where.0.value")
    assert (found.kind, found.after, found.options) == (kind, unit, suggested)


@pytest.mark.parametrize(
    ("event", "summed"),
    [
        ("order_completed", ["amount", "lines"]),
        ("product_purchased", ["amount", "quantity", "unit_price"]),
        ("page_viewed", ["path", "seconds"]),
        ("never_seen", []),
    ],
)
def test_only_what_can_be_a_number_is_summed(event: str, summed: list[str]) -> None:
    found = named(shown(deed(event)), "sum_field")
    assert list(dict(found.options)) == ["", *summed]
    assert dict(found.options)[""] == "no total"


def test_a_total_of_money_says_its_currency_and_another_says_none() -> None:
    spent = shown(deed(sum_field="amount", sum_value="12.50"))
    assert names(spent[-1]) == ["sum_field", "sum_cmp", "sum_value", "where:c.0"]
    assert (named(spent, "sum_value").after, named(spent, "sum_cmp").value) == ("GBP", "gte")
    assert named(shown(deed(sum_field="lines")), "sum_value").after == ""
    assert names(shown(deed())[-1]) == ["sum_field", "where:c.0"]


@pytest.mark.parametrize(
    "draft",
    [
        fresh("trait"),
        fresh("rank"),
        deed("product_purchased", when="between", count_cmp="gte", where__0__field="amount", sum_field="quantity"),
        deed("page_viewed", when="hours", where__0__field="path", where__1__field=""),
    ],
)
def test_every_control_is_labelled_and_offers_in_japanese_what_it_offers_in_english(draft: Draft) -> None:
    english = [one for line in shown(draft) for one in line]
    japanese = [one for line in shown(draft, language="ja") for one in line]
    assert [(one.name, one.id, one.kind, one.value) for one in english] == [
        (one.name, one.id, one.kind, one.value) for one in japanese
    ]
    for one, other in zip(english, japanese, strict=True):
        assert one.label != other.label
        assert [value for value, _words in one.options] == [value for value, _words in other.options]


def test_ids_carry_the_path_so_that_two_parts_never_share_one() -> None:
    deep = shown(fresh("trait"), path="c.1.12")
    assert [one.id for one in deep[0]] == ["c-1-12-trait", "c-1-12-cmp", "c-1-12-value", "c-1-12-as"]


@pytest.mark.parametrize("kind", ["trait", "rank", "did", "did_not"])
def test_what_changes_the_shape_of_a_part_is_never_something_that_is_typed(kind: str) -> None:
    """A control that is typed in must not be replaced under one's hands."""
    for line in shown(fresh(kind)):
        assert all(one.kind == "select" for one in line if one.changes_shape)
