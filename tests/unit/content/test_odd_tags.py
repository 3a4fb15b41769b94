"""Whatever a template holds: it is refused when it is saved, or fails for one person by name, or is filled.

The Liquid engine answers odd tags and odd values with errors of its own and with plain ones of Python; none of
them may get further than the template that it comes from.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.header_text import HeaderRefused
from tenshu.content.template import (
    CompiledTemplate,
    RenderFailed,
    TemplateMalformed,
    TemplateSource,
    TemplateText,
    compile_template,
)


def nested_list(depth: int) -> list[Any]:
    """Return a list in a list in a list."""
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


CONTEXT: Final[Mapping[str, Any]] = {
    "customer": {"orders": 3, "last_name": "佐藤", "empty": None},
    "list": ["a", 1, None, {"x": 1}, 2.5],
    "big": 10**5000,  # more digits than Python writes out
    "nan": float("nan"),
    "inf": float("inf"),
    "half": "\ud800",
    "deep": nested_list(5000),
}
#: What stands in the place of ~ in the forms below.
ODD_VALUES: Final = (
    *("-1", "0", "1.5", "99999999999999999999999", "1e400", "-1e400", "'x'", "''", "'５'", "'²'", "'1e999'"),
    *("nil", "true", "list", "customer", "(1..3)", "continue", "big", "nan", "inf", "half", "deep"),
)
FORMS: Final = (
    "{% for i in (1..5) limit:~ %}{{ i }}{% endfor %}",
    "{% for i in (1..5) offset:~ %}{{ i }}{% endfor %}",
    "{% for i in list reversed limit:~ offset:~ %}{{ i }}{% endfor %}",
    "{% for i in (~..~) %}x{% endfor %}",
    "{% for i in (1..~) %}x{% endfor %}",
    "{% for i in ~ %}{{ i }}{% endfor %}",
    "{% tablerow i in (1..5) cols:~ %}x{% endtablerow %}",
    "{% tablerow i in (1..5) limit:~ cols:2 offset:~ %}x{% endtablerow %}",
    "{{ list[~] }}{{ customer[~] }}{{ a[~][~].b }}",
    "{% cycle ~, ~ %}",
    "{% cycle ~: 'a', 'b' %}",
    "{% if ~ < ~ %}x{% endif %}",
    "{% if ~ contains ~ %}x{% endif %}",
    "{% if customer.orders < ~ %}x{% endif %}",
    "{% case ~ %}{% when ~ %}a{% else %}b{% endcase %}",
    "{% unless ~ %}x{% elsif ~ %}y{% endunless %}",
    "{% ifchanged %}{{ ~ }}{% endifchanged %}",
    "{% increment ~ %}{% capture ~ %}x{% endcapture %}",
    "{% liquid assign a = ~\n echo a %}",
    "{% assign a = ~ %}{{ a | plus: a }}",
    "{{ ~ }}{% echo ~ %}",
    "{{ 'abc' | slice: ~, ~ }}",
    "{{ 'a b c' | truncate: ~ | truncatewords: ~ }}",
    "{{ ~ | date: ~ }}",
    "{{ ~ | money: ~ }}",
    "{{ ~ | yen }}{{ ~ | sama: ~ }}",
    "{{ list | where: ~, ~ | map: ~ | join: ~ }}",
    "{{ list | sort: ~ | sum: ~ }}",
    "{{ ~ | times: ~ | modulo: ~ | round: ~ | abs }}",
    "{{ ~ | split: ~ | last | size }}",
    "{{ ~ | url_encode | base64_decode | strip_html }}",
)
ODD_TAGS: Final = (
    *(
        "{% break %}",
        "{% continue %}",
        "{% liquid %}",
        "{% liquid\nfor\n%}",
        "{% else %}",
        "{% when %}",
        "{%%}",
        "{{}}",
    ),
    *("{% if %}{% endif %}", "{% if a and %}{% endif %}", "{% case %}{% endcase %}", "{% cycle %}", "{% increment %}"),
    *("{% assign %}", "{% assign a.b = 1 %}", "{% assign a = %}", "{% capture %}{% endcapture %}", "{% echo %}"),
    *("{% for %}{% endfor %}", "{% for i %}{% endfor %}", "{% for in in in %}{% endfor %}", "{{ forloop }}"),
    *("{{ | }}", "{{ a | }}", "{{ a | upcase: }}", "{{ 'a }}", "{{ a.. }}", "{{ a[ }}", "{{ ] }}", "{{ [a] }}"),
    *("{{ '\\u' }}", "{{ '\\ud800' }}", '{{ "\\x" }}', "{{ a ? b : c }}", "{{ a if b else c }}", "{{-}}", "{%- -%}"),
    *("{% extends 'a' %}{% block b %}{% endblock %}", "{% macro a %}{% endmacro %}{% call a %}", "{% render 'x' %}"),
    *("\ud800", "{{ '\ud800' }}", "\x00{{ 1 }}", "{{ list[big] }}", "{% for i in (1..big) %}{% endfor %}"),
    "{% for i in (1..2) %}{{ forloop.parentloop.parentloop.x }}{% endfor %}",
    "{% tablerow %}{% endtablerow %}",
)


def template(*, text: str = "x", mjml: str = "<body>x</body>") -> CompiledTemplate:
    """Compile a template with this text or this layout."""
    written = TemplateText(subject="s", mjml=mjml, text=text)
    return compile_template(TemplateSource(name="spring-sale", languages={"ja": written}), "ja")


def outcome(**parts: str) -> str:
    """Return how far a template comes; any other error than the two of templates gets out and fails the test."""
    try:
        made = template(**parts)
    except TemplateMalformed as refusal:
        return f"refused {refusal.given['name']}"
    made.fields()
    try:
        made.render(CONTEXT)
    except RenderFailed as failure:
        return f"failed {failure.given['name']}"
    return "filled"


KNOWN_OUTCOMES: Final = {"refused spring-sale", "failed spring-sale", "filled"}


@pytest.mark.parametrize("form", FORMS)
def test_odd_value_in_a_tag_stops_its_own_template_only(form: str) -> None:
    for value in ODD_VALUES:
        written = form.replace("~", value)
        assert outcome(text=written) in KNOWN_OUTCOMES
        assert outcome(mjml=f"<body>{written}</body>") in KNOWN_OUTCOMES


@pytest.mark.parametrize("written", ODD_TAGS)
def test_odd_tag_stops_its_own_template_only(written: str) -> None:
    layout = (
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{written}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    assert outcome(text=written) in KNOWN_OUTCOMES
    assert outcome(mjml=f"<body>{written}</body>") in KNOWN_OUTCOMES
    assert outcome(mjml=layout) in KNOWN_OUTCOMES


#: Errors of Python, not of Liquid, that the engine lets through.
PLAIN_ERRORS: Final = {
    "{% for i in (1..5) limit:-1 %}x{% endfor %}": "ValueError",
    "{% for i in (1..inf) %}x{% endfor %}": "OverflowError",
    "{% for i in (1..5) limit:inf %}x{% endfor %}": "OverflowError",
    "{{ big }}": "ValueError",
    "{{ deep }}": "RecursionError",
}


@pytest.mark.parametrize(("written", "kind"), PLAIN_ERRORS.items())
def test_error_of_python_while_filling_names_the_template(written: str, kind: str) -> None:
    with pytest.raises(RenderFailed) as failure:
        template(text=written).render(CONTEXT)
    assert (failure.value.given["name"], failure.value.given["part"]) == ("spring-sale", "text")
    assert str(failure.value.given["reason"]).startswith(kind)
    assert "テンプレート「spring-sale」" in failure.value.text("ja")


def test_error_of_python_while_saving_names_the_template() -> None:
    for layout in ("<mjml>\ud800</mjml>", "<mjml><mj-body>zqlq5qlqz</mj-body></mjml>"):
        with pytest.raises(TemplateMalformed) as refusal:
            template(mjml=layout)
        assert (refusal.value.given["name"], refusal.value.given["part"]) == ("spring-sale", "html")


def test_template_that_fails_for_one_person_is_filled_for_the_next() -> None:
    made = template(text="{% for i in (1..5) limit:customer.orders %}{{ i }}{% endfor %}")
    with pytest.raises(RenderFailed):
        made.render({"customer": {"orders": -1}})
    assert made.render({"customer": {"orders": 2}}).text == "12"


MJML_VALUES: Final = (
    "-1",
    "0",
    "1e400px",
    "abc",
    "px",
    "%",
    "-5%",
    "9" * 30 + "px",
    "",
    "あ",
    "1 2 3 4 5",
    "NaN",
    "é%",
)
MJML_PLACES: Final = (
    '<mj-body width="~"><mj-section><mj-column><mj-image src="a"/></mj-column></mj-section></mj-body>',
    '<mj-body><mj-section padding="~" border="~"><mj-column width="~"><mj-divider/></mj-column></mj-section></mj-body>',
    '<mj-body><mj-section><mj-group width="~"><mj-column/><mj-column/></mj-group></mj-section></mj-body>',
    '<mj-body><mj-hero height="~" background-width="~"><mj-text>a</mj-text></mj-hero></mj-body>',
    '<mj-body><mj-section><mj-column><mj-image width="~" padding="~"/></mj-column></mj-section></mj-body>',
    '<mj-body><mj-section><mj-column><mj-button width="~">a</mj-button></mj-column></mj-section></mj-body>',
    '<mj-body><mj-section><mj-column><mj-spacer height="~"/></mj-column></mj-section></mj-body>',
)


@pytest.mark.parametrize("place", MJML_PLACES)
def test_odd_size_in_a_layout_stops_its_own_template_only(place: str) -> None:
    for value in MJML_VALUES:
        assert outcome(mjml=f"<mjml>{place.replace('~', value)}</mjml>") in KNOWN_OUTCOMES


PIECES: Final = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", "if", "for", "i", "in", "(1..3)", "|", ":", ",", ".", "[", "]", "'", '"', "=", "-1"),
        *("endfor", "endif", "else", "assign", "capture", "limit", "cycle", "tablerow", "liquid", "raw", "comment"),
        *("customer", "list", "big", "nan", "plus", "join", "sama", "date", "contains", "and", "or", "not", " ", "\n"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=25).map(" ".join))
def test_any_pieces_of_liquid_stop_their_own_template_only(written: str) -> None:
    assert outcome(text=written) in KNOWN_OUTCOMES


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers()), st.binary()))
def test_any_value_of_a_person_fills_or_stops_their_own_mail(value: object) -> None:
    made = template(
        text="{{ v }}{{ v | sama }}{{ v | yen }}{{ v | plus: 1 }}{{ v | date }}{% for i in v %}{{ i }}{% endfor %}"
    )
    try:
        assert isinstance(made.render({"v": value}).text, str)
    except (RenderFailed, HeaderRefused) as failure:
        if not failure.text("ja"):
            raise
