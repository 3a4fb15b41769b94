"""Parts of texts and outputs are filled piece by piece, and come out as the engine itself writes them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.flat import Filling, flat_part
from tenshu.content.merge import ENGINE_ERRORS, parse

TEXTS = ["花屋より\n", "<p>", "</p>\r\n", "a\rb", " ", "'\"&", "𠮷", "}}", "\n\n"]
OUTPUTS = [
    "{{ customer.last_name | sama }}",
    "{{customer.last_name}}",
    "{{- customer.last_name | upcase -}}",
    "{{ customer.orders | plus: 1 }}",
    "{{ customer.orders | times: customer.last_name }}",
    "{{ shop.name }}",
    "{{ customer }}",
    "{{ nobody.knows.this | default: '-' }}",
    "{{ products | map: 'name' | join: ', ' }}",
    "{{ products[0].price | money }}",
    "{{ customer.last_name | newline_to_br }}",
    "{{ 1 | divided_by: customer.orders }}",
]
NAMES = st.text(
    st.sampled_from(["佐", "藤", "a", "<", ">", '"', "'", "&", "\r", "\n", "\x00", "\ud800", "{"]), max_size=6
)


def values(name: str | None, orders: int | None) -> dict[str, Any]:
    return {
        "customer": {"last_name": name, "orders": orders},
        "shop": {"name": "花屋 & 茶屋", "currency": "JPY"},
        "products": [{"name": "苗<木>", "price": 1200}, {"name": name, "price": None}],
    }


def by_engine(source: str, given: dict[str, Any], *, is_html: bool) -> str | None:
    try:
        return parse(source, "ja", is_html=is_html).render(given)
    except ENGINE_ERRORS:
        return None


def by_pieces(source: str, given: dict[str, Any], *, is_html: bool) -> str | None:
    flat = flat_part(parse(source, "ja", is_html=is_html))
    assert flat is not None
    return flat.filled(Filling(given))


@given(
    st.lists(st.sampled_from(TEXTS + OUTPUTS), max_size=8),
    st.none() | NAMES,
    st.none() | st.integers(-2, 3),
    st.booleans(),
)
def test_pieces_come_out_as_the_engine_writes_them(
    pieces: list[str],
    name: str | None,
    orders: int | None,
    is_html: bool,  # noqa: FBT001
) -> None:
    source, given_ = "".join(pieces), values(name, orders)
    assert by_pieces(source, given_, is_html=is_html) == by_engine(source, given_, is_html=is_html)


def test_an_output_is_worked_out_once_for_all_parts_of_a_kind() -> None:
    filling = Filling(values("佐<藤>", 1))
    html, text = (parse("{{ customer.last_name }}", "ja", is_html=is_html) for is_html in (True, False))
    again = parse("様{{ customer.last_name }}", "ja", is_html=False)
    made = [part.filled(filling) for part in map(flat_part, (html, text, again)) if part is not None]
    assert made == ["佐&lt;藤&gt;", "佐<藤>", "様佐<藤>"]


@pytest.mark.parametrize(
    "source",
    [
        "{% if customer.orders %}a{% endif %}",
        "a{% assign x = 1 %}{{ x }}",
        "{% for p in products %}{{ p.name }}{% endfor %}",
        "half \ud800 a character",
    ],
)
def test_what_holds_tags_or_half_a_character_is_the_engine_s(source: str) -> None:
    assert flat_part(parse(source, "ja", is_html=True)) is None


def test_what_is_near_a_limit_is_the_engine_s() -> None:
    flat = flat_part(parse("{{ long }}{{ long }}", "ja", is_html=False))
    assert flat is not None
    assert flat.filled(Filling({"long": "a" * 50_000})) == "a" * 100_000
    assert flat.filled(Filling({"long": "a" * 100_000})) is None
