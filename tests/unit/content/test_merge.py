"""Liquid with limits: no template reaches the machine, none runs for ever, every value is escaped."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid.exceptions import LiquidError

from tenshu.content.merge import LONGEST_LIST, LONGEST_TAG, environment, parse


class Till:
    """An object with something to steal, as no context should ever hold one."""

    secret = "s3cret"

    def open(self) -> str:
        return "opened"


def html(source: str, **context: object) -> str:
    return parse(source, "ja", is_html=True).render(context)


ENDLESS = {
    "two loops": "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
    "one long loop": "{% for i in (1..1000000000) %}x{% endfor %}",
    "empty loop": "{% for i in (1..1000000000) %}{% endfor %}",
    "table rows": "{% tablerow i in (1..1000000000) %}x{% endtablerow %}",
    "cycle": "{% for i in (1..30000) %}{% cycle 'a', 'b' %}{% endfor %}",
    "join of a range": "{{ (1..1000000000) | join: ',' }}",
    "sort of a range": "{{ (1..1000000000) | sort }}",
    "reverse of a range": "{{ (1..1000000000) | reverse }}",
    "sum of a range": "{{ (1..1000000000) | sum }}",
    "where in a range": "{{ (1..1000000000) | where: 'x' }}",
    "concat of a range": "{% assign a = '1,2' | split: ',' %}{{ a | concat: (1..1000000000) | size }}",
    "contains in a range": "{% if (1..1000000000) contains 'x' %}y{% endif %}",
    "range kept for later": "{% assign a = (1..1000000000) %}{% if a contains 'x' %}y{% endif %}",
    "doubling": "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40 + "{{ x | size }}",
    "replace with more": "{{ 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaa'" * 12 + " | size }}",
    "replace of nothing": "{{ 'aaaaaaaaaa'" + " | replace: '', 'bbbbbbbbbb'" * 12 + " | size }}",
    "split into characters": "{% assign x = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}"
    + "{% assign x = x | append: x %}" * 11
    + "{% assign y = x | split: '' %}{{ y | size }}",
    "rounding to a billion digits": "{{ 1.5 | round: 1000000000 }}",
    "squaring": "{% assign x = 9 %}" + "{% assign x = x | times: x %}" * 40 + "{{ x }}",
    "capturing": "{% capture x %}{% for i in (1..10000) %}" + "a" * 70 + "{% endfor %}{% endcapture %}",
    "nested blocks": "{% if true %}" * 500 + "{% endif %}" * 500,
    "nested brackets": "{{ a" + "[b" * 900 + "]" * 900 + " }}",
    "nested parentheses": "{{ " + "(" * 900 + "1..2" + ")" * 900 + " }}",
    "division by nothing": "{{ 1 | divided_by: 0 }}",
    "unclosed outputs": "{{" * 100_000,
    "unclosed tags": "{% if " * 50_000,
    "unclosed raw": "{% raw %}" * 30_000,
    "unclosed doc": "{% doc %}" * 30_000,
    "unclosed comment": "{% comment %}" * 20_000,
    "blanks in an output": "{{" + " " * 100_000 + "x" + " " * 100_000 + "}}",
    "one endless output": "{{ '" + "a" * LONGEST_TAG + "' }}",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
def test_template_bomb_is_refused(source: str) -> None:
    with pytest.raises(LiquidError):
        html(source)


HARMLESS = {
    "attribute of a text": "{{ ''.__class__ }}",
    "class of a dict": "{{ customer.__class__ }}",
    "all the way up": "{{ customer.__class__.__mro__[1].__subclasses__ }}",
    "by brackets": "{{ customer['__class__'] }}",
    "globals of a filter": "{{ upcase.__globals__ }}",
    "mapped": "{{ list | map: '__class__' }}",
    "attribute of an object": "{{ till.secret }}",
    "method of an object": "{{ till.open }}",
    "environment": "{{ env }}{{ environment }}{{ template }}{{ context }}",
    "self": "{{ self }}{{ this }}{{ _ }}",
    "Jinja set": "{{ cycler.__init__.__globals__.os }}",
    "Jinja lipsum": "{{ lipsum.__globals__ }}",
    "Django settings": "{{ settings.SECRET_KEY }}",
    "Twig": "{{ _self.env.registerUndefinedFilterCallback }}",
    "the clock": "{{ now.__class__ }}",
}


@pytest.mark.parametrize("source", HARMLESS.values(), ids=HARMLESS.keys())
def test_no_object_can_be_reached_from_a_template(source: str) -> None:
    context = {"customer": {"last_name": "佐藤"}, "till": Till(), "list": [{"a": 1}], "now": None}
    try:
        made = html(source, **context)
    except LiquidError:
        return
    assert "s3cret" not in made
    assert "opened" not in made
    assert "class" not in made
    assert "built-in" not in made


@pytest.mark.parametrize(
    "source",
    ["${7*7}", "#{7*7}", "<%= 7*7 %>", "{7*7}", "$(id)", "`id`", "#set($x=7*7)$x", "@(7*7)", "[[${7*7}]]", "%{7*7}"],
)
def test_other_languages_are_plain_text(source: str) -> None:
    assert "49" not in html(source)


@pytest.mark.parametrize("source", ["{{ 7*7 }}", "{{ 7 + 7 }}", "{{ dict() }}", "{{ range(9) }}", "{{ 'a'.upper() }}"])
def test_expressions_of_other_languages_are_errors(source: str) -> None:
    with pytest.raises(LiquidError):
        html(source)


@pytest.mark.parametrize(
    "source",
    ["{% include 'x' %}", "{% render '../../etc/passwd' %}", "{% extends 'x' %}", "{% import os %}", "{% macro m %}"],
)
def test_no_file_can_be_included(source: str) -> None:
    with pytest.raises(LiquidError):
        html(source)


def test_values_of_a_customer_are_never_run_as_a_template() -> None:
    context = {
        "customer": {"last_name": "{{ shop.secret }}{% for i in (1..9) %}x{% endfor %}"},
        "shop": {"secret": "s"},
    }
    made = parse("{{ customer.last_name }}", "ja", is_html=False).render(context)
    assert made == context["customer"]["last_name"]


def test_values_in_html_are_escaped() -> None:
    assert html("<p>{{ x }}</p>", x="<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_values_in_an_attribute_cannot_leave_it() -> None:
    made = html('<a href="{{ x }}">', x='" onmouseover="alert(1)')
    assert made == '<a href="&#34; onmouseover=&#34;alert(1)">'


def test_values_in_plain_text_are_not_escaped() -> None:
    assert parse("{{ x }}", "ja", is_html=False).render(x="R&B <佐藤>") == "R&B <佐藤>"


@pytest.mark.parametrize("name", ["safe", "escapejs"])
def test_escaping_cannot_be_switched_off(name: str) -> None:
    with pytest.raises(LiquidError):
        html(f"{{{{ x | {name} }}}}", x="<b>")


#: Filters with one argument that fits them, so that each is tried with a hostile value.
ARGUMENTS = {
    "append": "'x'",
    "prepend": "'x'",
    "remove": "'x'",
    "remove_first": "'x'",
    "remove_last": "'x'",
    "replace": "'x', 'y'",
    "replace_first": "'x', 'y'",
    "replace_last": "'x', 'y'",
    "slice": "0, 99",
    "split": "','",
    "truncate": "99",
    "truncatewords": "99",
    "default": "'x'",
    "join": "','",
    "concat": "list",
    "money": "'JPY'",
    "date": "'%Y'",
    "sama": "'x'",
}


@pytest.mark.parametrize("name", sorted(environment("ja", is_html=True).filters))
def test_no_filter_lets_markup_of_a_customer_through(name: str) -> None:
    hostile = "<script>alert('a,b')</script>"
    argument = f": {ARGUMENTS[name]}" if name in ARGUMENTS else ""
    for value in (hostile, [hostile, hostile], {"a": hostile}):
        try:
            made = html(f"{{{{ value | {name}{argument} }}}}", value=value, list=[hostile])
        except LiquidError:
            continue  # the filter takes no such value
        assert "<script" not in made.lower()


def test_entities_of_a_customer_are_not_turned_into_markup() -> None:
    for name in ("url_decode", "base64_decode", "strip_html | url_decode", "escape_once", "newline_to_br"):
        try:
            made = html(f"{{{{ value | {name} }}}}", value="%3Cscript%3E&lt;script&gt;PHNjcmlwdD4=")
        except LiquidError:
            continue
        assert "<script" not in made


def test_environment_of_a_language_is_made_once() -> None:
    assert environment("ja", is_html=True) is environment("ja", is_html=True)
    assert environment("ja", is_html=True) is not environment("en", is_html=True)


def test_ranges_and_loops_within_the_limits_work() -> None:
    assert html("{% for i in (1..3) %}{{ i }}{% endfor %}") == "123"
    assert html("{% assign a = (1..3) %}{{ a | join: '-' }}") == "1-2-3"
    assert html("{% if (1..3) contains 2 %}y{% endif %}") == "y"


def test_list_of_a_filter_may_be_as_long_as_the_limit() -> None:
    assert html("{{ list | size }}", list=["a"] * LONGEST_LIST) == str(LONGEST_LIST)
    assert html("{{ list | compact | size }}", list=["a"] * LONGEST_LIST) == str(LONGEST_LIST)
    with pytest.raises(LiquidError, match="limit"):
        html("{{ list | compact | size }}", list=["a"] * (LONGEST_LIST + 1))


def test_syntax_error_names_its_line() -> None:
    with pytest.raises(LiquidError) as error:
        parse("one\ntwo\n{% if %}\nfour", "ja", is_html=True)
    where = error.value.context()
    assert where is not None
    assert where[0] == 3


def test_unclosed_output_names_its_line() -> None:
    with pytest.raises(LiquidError) as error:
        parse("one\ntwo {{ a\nthree", "ja", is_html=True)
    where = error.value.context()
    assert where is not None
    assert where[0] == 2


def test_one_customers_values_do_not_leak_into_the_next_ones_mail() -> None:
    template = parse("{% assign seen = x %}{{ seen }}{{ y }}", "ja", is_html=True)
    assert template.render(x="a", y="b") == "ab"
    assert template.render(x="c") == "c"


def test_dates_and_numbers_are_written_plainly() -> None:
    assert html("{{ n }} {{ b }} {{ at }}", n=3, b=True, at=datetime(2026, 1, 1, tzinfo=UTC)).startswith(
        "3 true 2026-01-01"
    )


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text(max_size=30)))
def test_any_text_merged_into_html_leaves_no_markup(values: dict[str, str]) -> None:
    made = html("{{ a }}|{{ b }}|{{ c }}", **values)
    assert not set("<>\"'") & set(made)


@given(st.text(alphabet="{}% abif|:.'\"\n", max_size=60))
def test_any_template_renders_or_is_refused(source: str) -> None:
    try:
        made = html(source, a={"b": 1})
    except LiquidError:
        return
    assert isinstance(made, str)
