"""Values, chips and marks as a marketer types them, and what one reader sees of each."""

from typing import Any

import pytest

from tenshu.content.blocks.block import Blocks, Button, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.chips import CHIPS, shown, typed, unknown_labels
from tenshu.content.blocks.gaps import MergedField, merged_fields
from tenshu.content.blocks.inline import (
    FIELDS,
    Piece,
    as_html,
    as_text,
    is_merge,
    merged,
    paragraphs,
    pieces,
    plain_words,
    unknown_merges,
    url_attribute,
    url_text,
    words_with_merges,
)
from tenshu.content.blocks.letter import check_blocks, write_text
from tenshu.content.merge import parse
from tenshu.content.template import TemplateText
from tenshu.kit.i18n import LANGUAGES, speaking

NAME = "{{ customer.last_name | sama }}"
SATO: dict[str, Any] = {
    "customer": {
        "last_name": "佐藤",
        "first_name": "花子",
        "full_name": "佐藤 花子",
        "company": "花屋",
        "prefecture": "東京都",
        "customer_no": "K-12",
        "birthday": "1990-05-06",
        "joined_on": "2020-01-02",
    },
    "shop": {"name": "茶屋", "home_url": "https://shop.example.com"},
}


def seen(liquid: str, language: str = "ja", context: dict[str, Any] | None = None) -> str:
    """Return what a reader sees."""
    said: str = parse(liquid, language, is_html=False).render(SATO if context is None else context)
    return said


@pytest.mark.parametrize(
    ("label", "ja", "en"),
    [
        ("Dear + last name", "佐藤様", "Dear 佐藤"),
        ("Dear + full name", "佐藤 花子様", "Dear 佐藤 花子"),
        ("last name", "佐藤", "佐藤"),
        ("first name", "花子", "花子"),
        ("company", "花屋", "花屋"),
        ("prefecture", "東京都", "東京都"),
        ("customer number", "K-12", "K-12"),
        ("birthday", "5月6日", "6 May"),
        ("joined on", "2020年1月2日", "2 January 2020"),
        ("shop's name", "茶屋", "茶屋"),
        ("shop's site", "https://shop.example.com", "https://shop.example.com"),
    ],
)
def test_a_chip_is_read_as_its_words_promise(label: str, ja: str, en: str) -> None:
    assert seen(typed(f"〔{label}〕", language="ja"), "ja") == ja
    assert seen(typed(f"〔{label}〕", language="en"), "en") == en


def test_every_chip_is_promised_something() -> None:
    assert len(CHIPS) == 11
    assert all(merged(chip.liquid(language)) for chip in CHIPS for language in LANGUAGES)


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.label)
def test_a_chip_of_one_of_whom_nothing_is_known_breaks_nothing(chip: Any) -> None:
    for language in LANGUAGES:
        said = seen(chip.liquid(language), language, {"customer": {}, "shop": {}})
        assert "None" not in said
        assert "{{" not in said


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("〔 〇〇様 〕", NAME),
        ("〔〇〇様〕〔〇〇様〕", NAME + NAME),
        ("〔〇〇様", "〔〇〇様"),
        ("〇〇様〕", "〇〇様〕"),
        ("〔〇〇\n様〕", "〔〇〇\n様〕"),
        ("〔〕", "〔〕"),
        ("〔〔〇〇様〕〕", f"〔{NAME}〕"),
        (f"〔{'あ' * 41}〕", f"〔{'あ' * 41}〕"),
        ("[〇〇様]", "[〇〇様]"),
    ],
)
def test_brackets_are_values_only_where_they_hold_one(text: str, left: str) -> None:
    assert typed(text, language="ja") == left


def test_a_value_of_the_other_language_s_letters_is_shown_in_words_as_well() -> None:
    english = '{{ customer.birthday | date: "%-d %B" }}'
    assert shown(english, "ja") == "〔誕生日〕"
    assert typed("〔誕生日〕", language="en") == english


def test_words_are_those_of_the_page_that_is_read() -> None:
    for language, words in (("ja", "〔〇〇様〕"), ("en", "〔Dear + last name〕")):
        with speaking(language):
            assert shown(NAME) == words


@pytest.mark.parametrize(("text", "unknown"), [("〔〇〇様〕", []), ("〔〇〇さん〕 a", ["〔〇〇さん〕"]), ("a 〔", [])])
def test_what_somebody_broke_inside_brackets_is_named(text: str, unknown: list[str]) -> None:
    assert unknown_labels(text) == unknown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", [Piece("words", "a")]),
        ("", []),
        (NAME, [Piece("merge", NAME)]),
        ("**a** b", [Piece("bold", "a"), Piece("words", " b")]),
        ("a [b](tel:1)", [Piece("words", "a "), Piece("link", "b", "tel:1")]),
        ("**a", [Piece("words", "**a")]),
        ("****", [Piece("words", "****")]),
        ("**a\nb**", [Piece("words", "**a\nb**")]),
        ("[a] (tel:1)", [Piece("words", "[a] (tel:1)")]),
        ("[a](b c)", [Piece("words", "[a](b c)")]),
        ("[a]({{ shop.home_url }})", [Piece("link", "a", "{{ shop.home_url }}")]),
        ("[a]({{ shop.home_url }}/b)c", [Piece("link", "a", "{{ shop.home_url }}/b"), Piece("words", "c")]),
        ("[a]({{ shop.home_url }}.evil)", [Piece("words", "[a]({{ shop.home_url }}.evil)")]),
        ("[a](x)b", [Piece("words", "[a](x)b")]),
        ("{{ nobody }}b", [Piece("words", "{{ nobody }}b")]),
        ("**[a](tel:1)**", [Piece("bold", "[a](tel:1)")]),
        (f"[{NAME}](tel:1)", [Piece("link", NAME, "tel:1")]),
    ],
)
def test_a_text_falls_into_these_pieces(text: str, found: list[Piece]) -> None:
    assert list(pieces(text)) == found


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_every_field_of_the_closed_set_is_a_value(field: str) -> None:
    for written in (f"{{{{ {field} }}}}", f"{{{{{field}|strip}}}}", f'{{{{ {field} | default: "あ" }}}}'):
        assert is_merge(written)
        assert merged(written) == [written]
        assert unknown_merges(written) == []


@pytest.mark.parametrize(
    "field", ["shop.secret", "shop.public_url", "customer.", "customer.password", "staff.name", "now"]
)
def test_nothing_outside_of_it_is_one(field: str) -> None:
    assert not is_merge(f"{{{{ {field} }}}}")
    assert unknown_merges(f"{{{{ {field} }}}}") == [f"{{{{ {field} }}}}"]


@pytest.mark.parametrize(
    ("typed_in", "page", "text"),
    [
        ("a **b** c", "a <strong>b</strong> c", "a b c"),
        ("**<b>**", "<strong>&lt;b&gt;</strong>", "<b>"),
        (f"**{NAME}**へ", "<strong>佐藤様</strong>へ", "佐藤様へ"),
        ("a\nb", "a<br />b", "a\nb"),
        ("[花](tel:03-1)", '<a href="tel:03-1" style="color:#111111">花</a>', "花\n  花: tel:03-1"),
        (
            "[花]({{ shop.home_url }}/a?b=1&c=2)",
            '<a href="https://shop.example.com/a?b=1&amp;c=2" style="color:#111111">花</a>',
            "花\n  花: https://shop.example.com/a?b=1&c=2",
        ),
        ("[花](javascript:x)", "[花](javascript:x)", "[花](javascript:x)"),
        ("{% if a %}{{ b }}", "{% if a %}{{ b }}", "{% if a %}{{ b }}"),
        ("100% & 50%", "100% &amp; 50%", "100% & 50%"),
        ("{", "{", "{"),
        ("a\x00\x1bb", "ab", "ab"),
    ],
)
def test_a_paragraph_is_read_as_it_was_meant_in_both_forms(typed_in: str, page: str, text: str) -> None:
    html: str = parse(as_html(typed_in, link_colour="#111111"), "ja", is_html=True).render(SATO)
    assert html == page
    assert seen(as_text(typed_in)) == text


@pytest.mark.parametrize(("name", "page"), [("<b>", "&lt;b&gt;様"), ("a & b", "a &amp; b様"), ('"', "&#34;様")])
def test_a_reader_s_own_name_is_no_markup(name: str, page: str) -> None:
    person = {"customer": {"last_name": name}}
    assert parse(words_with_merges(NAME), "ja", is_html=True).render(person) == page
    assert seen(plain_words(NAME), "ja", person) == f"{name}様"


@pytest.mark.parametrize(
    ("url", "attribute", "text"),
    [
        ("https://a.example/?b=1&c=2", "https://a.example/?b=1&amp;c=2", "https://a.example/?b=1&c=2"),
        ("{{shop.home_url}}/a&b", "{{ shop.home_url }}/a&amp;b", "{{shop.home_url}}/a&b"),
        ("mailto:a@b.example", "mailto:a@b.example", "mailto:a@b.example"),
        ("vbscript:x", "#", ""),
        ("", "#", ""),
    ],
)
def test_an_address_stands_whole_or_not_at_all(url: str, attribute: str, text: str) -> None:
    assert url_attribute(url) == attribute
    assert url_text(url) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        ("a\n\nb", ["a", "b"]),
        ("a\r\n\r\n\r\nb", ["a", "b"]),
        ("a\n　\nb", ["a", "b"]),
        ("a\n b", ["a\n b"]),
    ],
)
def test_paragraphs_are_parted_where_a_line_is_empty(text: str, parts: list[str]) -> None:
    assert paragraphs(text) == parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_the_shop_s_own_site_can_be_written_with_its_chip(language: str) -> None:
    text = typed("[花](〔お店のサイト〕/flowers)をどうぞ", language=language)
    assert check_blocks((Text(text=text),)) == []
    assert seen(as_text(text)) == "花をどうぞ\n  花: https://shop.example.com/flowers"


def test_a_link_that_only_begins_with_the_shop_s_own_site_is_refused() -> None:
    (problem,) = check_blocks((Text(text="[花]({{ shop.home_url }}.evil.example)"),))
    assert problem.given["given"] == "{{ shop.home_url }}.evil.example"


def letter(*texts: str, subject: str = "") -> TemplateText:
    """Return a letter of paragraphs and a button with the first of them on it."""
    blocks: Blocks = (*(Text(text=text) for text in texts), Button(label=texts[0]))
    return write_text(subject, "", blocks, language="ja", brand=Brand())


@pytest.mark.parametrize(
    ("language", "instead"), [("ja", ("", "お客様", "会員の方")), ("en", ("", "Dear customer", "会員の方"))]
)
def test_every_way_to_read_a_missing_name_is_gathered_over_the_whole_letter(
    language: str, instead: tuple[str, ...]
) -> None:
    written = letter(NAME, '{{ customer.last_name | sama: "会員の方" }}', subject="{{ customer.last_name }}")
    assert merged_fields(written, language=language) == [MergedField("last_name", instead, is_asked=False)]


def test_a_letter_of_blocks_asks_no_conditions_about_its_reader() -> None:
    found = merged_fields(letter("{% if customer.sex %}", "{{ customer.prefecture }}"), language="ja")
    assert [(one.field, one.is_asked) for one in found] == [("prefecture", False)]


def test_fields_come_in_order_of_the_alphabet_and_the_shop_s_own_are_none() -> None:
    written = letter("{{ customer.prefecture }}{{ customer.company }}{{ shop.name }}{{ customer.birthday }}")
    assert [one.field for one in merged_fields(written, language="ja")] == ["birthday", "company", "prefecture"]
