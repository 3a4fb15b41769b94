"""The little language inside a block: what is a value, what is a link, and that everything else stays words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.blocks.inline import (
    as_html,
    as_text,
    is_link,
    is_merge,
    literal,
    merged,
    one_line,
    paragraphs,
    pieces,
    tidy,
    unknown_merges,
    url_attribute,
)
from tenshu.content.merge import parse
from tests.unit.content.blocks.letters import words

NAME = "{{ customer.last_name | sama }}"


@given(text=words)
def test_pieces_make_up_the_whole_text(text: str) -> None:
    def written(kind: str, said: str, url: str) -> str:
        return {"bold": f"**{said}**", "link": f"[{said}]({url})"}.get(kind, said)

    assert "".join(written(*piece) for piece in pieces(text)) == text


@settings(deadline=None)
@given(text=st.text(alphabet="{}%'\" axz|.\n", max_size=40))
def test_words_are_shown_as_they_are_typed_whatever_liquid_they_look_like(text: str) -> None:
    assert parse(literal(text), "ja", is_html=False).render({}) == text


@settings(deadline=None)
@given(before=st.sampled_from(["", "{", "{{", "a{", "%}"]), after=st.sampled_from(["", "}", "}}", "{", "{%"]))
def test_braces_around_a_value_do_not_reach_into_it(before: str, after: str) -> None:
    made = one_line(f"{before}{NAME}{after}")
    shown = parse(made, "ja", is_html=True).render({"customer": {"last_name": "佐藤"}})
    assert shown == f"{before}佐藤様{after}"


@pytest.mark.parametrize(
    "written",
    [
        "{{ customer.last_name }}",
        "{{customer.last_name|sama}}",
        '{{ customer.last_name | sama: "会員の皆様" }}',
        "{{ customer.full_name | default: 'お客様' }}",
        '{{ customer.birthday | date: "%Y年%-m月%-d日" }}',
        "{{ shop.name }}",
        "{{ customer.prefecture | strip | upcase }}",
    ],
)
def test_these_are_merged_values_and_parse_as_liquid(written: str) -> None:
    assert is_merge(written)
    assert merged(f"a {written} b") == [written]
    parse(written, "ja", is_html=True)


@pytest.mark.parametrize(
    "written",
    [
        "{{ customer }}",
        "{{ customer.nose }}",
        "{{ customer.last_name.size }}",
        "{{ env.HOME }}",
        "{{ customer.last_name | append: 'x' }}",
        "{{ customer.last_name | sama: customer.email }}",
        '{{ customer.birthday | date: "%Q" }}',
        '{{ customer.last_name | sama: "{{ x }}" }}',
        "{{ customer.last_name",
        "{% if customer.last_name %}",
        "{{ unsubscribe_url }}",
        "{{ ''.__class__ }}",
    ],
)
def test_these_are_not_and_stand_as_they_are(written: str) -> None:
    assert not is_merge(written)
    assert not merged(written)
    assert parse(as_text(written), "ja", is_html=False).render({"customer": {"last_name": "x"}}) == written


def test_what_only_looks_like_a_value_is_named() -> None:
    assert unknown_merges(f"{NAME} {{{{ nose }}}} {{% for %}} {{{{") == ["{{ nose }}", "{%", "{{"]
    assert unknown_merges(NAME) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com",
        "http://127.0.0.1:8000/a?b=c&d=e#f",
        "{{ shop.home_url }}",
        "{{shop.home_url}}/new?from=mail",
        "{{ shop.home_url }}/products/[id]",
        "mailto:ask@shop.example.com",
        "tel:03-0000-0000",
    ],
)
def test_these_are_links(url: str) -> None:
    assert is_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " https://a.example",
        "https://a.example/ b",
        "//evil.example",
        "https:/a",
        "data:text/html,x",
        "https://a.example/{{ customer.email }}",
        "{{ shop.home_url }}evil.example",
        "{{ shop.home_url }}@evil.example",
        "{{ customer.email }}",
        'https://a.example/"onclick=x',
        "https://a.example\\@evil.example",
        "mailto:",
        "tel:x",
        "",
    ],
)
def test_these_are_no_links_and_lead_nowhere(url: str) -> None:
    assert not is_link(url)
    assert url_attribute(url) == "#"


def test_bold_words_links_and_line_breaks_become_html() -> None:
    assert as_html("**a** & b\nc [d](https://d.example/?e=1&f=2)", link_colour="#123456") == (
        '<strong>a</strong> &amp; b<br />c <a href="https://d.example/?e=1&amp;f=2" style="color:#123456">d</a>'
    )


def test_a_link_that_leads_nowhere_stays_words() -> None:
    assert as_html("[a](javascript:x)", link_colour="#000000") == "[a](javascript:x)"


def test_empty_lines_part_paragraphs_and_single_ones_do_not() -> None:
    assert paragraphs("a\nb\n\n\nc\n \t\nd\n") == ["a\nb", "c", "d"]
    assert paragraphs(" \n \n") == []


def test_line_ends_become_one_kind_and_what_no_letter_holds_goes() -> None:
    assert tidy("a\r\nb\rc\x00\x1f\ud800d\te") == "a\nb\ncd\te"


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer.last_name " + "| sama " * 3_000,
        "{{ customer.last_name" + " " * 20_000 + "}}",
        "**" * 20_000,
        "[" * 20_000,
        "[a](" * 10_000,
        "{{" * 20_000,
        '{{ customer.birthday | date: "' + "%Y" * 10_000,
        "{{ customer." + "a" * 20_000,
    ],
    ids=["filters", "blanks", "stars", "brackets", "links", "braces", "pattern", "field"],
)
def test_texts_made_to_keep_a_reader_busy_are_read_like_any_others(text: str) -> None:
    assert "".join(piece.said for piece in pieces(text))
    assert as_html(text, link_colour="#000000")
    unknown_merges(text)
    paragraphs(text)


def test_merged_values_stay_values_inside_bold_words_and_links() -> None:
    made = as_html(f"**{NAME}** [{NAME}](https://a.example)", link_colour="#000000")
    shown = parse(made, "ja", is_html=True).render({"customer": {"last_name": "<佐藤>"}})
    assert "<strong>&lt;佐藤&gt;様</strong>" in shown
    assert ">&lt;佐藤&gt;様</a>" in shown


def test_a_value_that_a_customer_typed_is_never_markup() -> None:
    evil = '"><script>alert(1)</script>'
    for made in (as_html(NAME, link_colour="#000000"), one_line(NAME)):
        shown = parse(made, "ja", is_html=True).render({"customer": {"last_name": evil}})
        assert "<script" not in shown
        assert '"' not in shown


def test_what_a_customer_typed_is_no_bold_and_no_link() -> None:
    shown = parse(as_html(NAME, link_colour="#0"), "ja", is_html=True).render(
        {"customer": {"last_name": "**x** [y](https://evil.example)"}}
    )
    assert shown == "**x** [y](https://evil.example)様"
