"""Each kind of block as a layout: what is written stands there once, in the brand's look, and nothing besides."""

import re
from typing import Any, Literal

import pytest

from tenshu.content.blocks.block import (
    KINDS,
    LEAVES,
    Block,
    Button,
    Columns,
    Coupon,
    Divider,
    Heading,
    Image,
    Products,
    Spacer,
    Text,
    kind_of,
)
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.layout import mjml_of
from tenshu.content.mjml import html_of
from tenshu.kit.i18n import LANGUAGES

NAME = "{{ customer.last_name | sama }}"
PICTURE = "/media/0123456789abcdef.png"
INDIGO = Brand(colour="#2b3f73")
YELLOW = Brand(colour="#ffe680")
SHEET = re.compile(r"<mj-wrapper [^>]*>\n(?P<inside>.*)\n</mj-wrapper>", re.DOTALL)


def layout(*blocks: Block, language: str = "ja", brand: Brand = INDIGO, is_marked: bool = False) -> str:
    """Return what stands on the white sheet."""
    found = SHEET.search(mjml_of(blocks, brand=brand, language=language, is_marked=is_marked))
    assert found is not None
    return found["inside"]


def alone(block: Block, **more: Any) -> str:
    """Return what one block draws, without the section around it."""
    before, after = '<mj-section padding="0"><mj-column>\n', "\n</mj-column></mj-section>"
    drawn = layout(block, **more)
    assert drawn.startswith(before)
    assert drawn.endswith(after)
    return drawn[len(before) : -len(after)]


@pytest.mark.parametrize(
    ("block", "drawn"),
    [
        (Text(text="一"), "<mj-text>一</mj-text>"),
        (Text(text="一\n二"), "<mj-text>一<br />二</mj-text>"),
        (Text(text="一\n\n二"), "<mj-text>一</mj-text>\n<mj-text>二</mj-text>"),
        (Text(text="**太く**"), "<mj-text><strong>太く</strong></mj-text>"),
        (Text(text=f"**{NAME}**"), f"<mj-text><strong>{NAME}</strong></mj-text>"),
        (Text(text="a < b & c"), "<mj-text>a &lt; b &amp; c</mj-text>"),
        (Text(text="  \n "), ""),
        (
            Text(text="[見る](https://a.example/?b=1&c=2)"),
            '<mj-text><a href="https://a.example/?b=1&amp;c=2" style="color:#2b3f73">見る</a></mj-text>',
        ),
        (Button(label="見る"), '<mj-button href="{{ shop.home_url }}">見る</mj-button>'),
        (
            Button(label="電話", href="tel:03-0000-0000"),
            '<mj-button href="tel:03-0000-0000">電話</mj-button>',
        ),
        (Button(label=NAME, href="javascript:x"), f'<mj-button href="#">{NAME}</mj-button>'),
        (
            Image(src=PICTURE, alt="花"),
            f'<mj-image src="{{{{ shop.public_url }}}}{PICTURE}" alt="花" border-radius="4px" />',
        ),
        (
            Image(src="https://a.example/b.png", alt="花", href="https://a.example/c"),
            '<mj-image src="https://a.example/b.png" alt="花" href="https://a.example/c" border-radius="4px" />',
        ),
        (Spacer(size="small"), '<mj-spacer height="10px" />'),
        (Spacer(), '<mj-spacer height="24px" />'),
        (Spacer(size="large"), '<mj-spacer height="48px" />'),
        (Divider(), '<mj-divider border-width="1px" border-color="#e3dac8" padding="14px 28px" />'),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else kind_of(value),
)
def test_each_kind_draws_what_it_says_in_either_language(block: Block, drawn: str) -> None:
    for language in LANGUAGES:
        assert alone(block, language=language) == drawn


@pytest.mark.parametrize(("brand", "colour"), [(INDIGO, "#2b3f73"), (YELLOW, "#2b2b2b")], ids=["dark", "light"])
def test_a_heading_has_the_brand_s_colour_where_that_can_be_read(brand: Brand, colour: str) -> None:
    drawn = alone(Heading(text="春"), brand=brand)
    assert re.fullmatch(rf'<mj-text font-size="22px"[^>]* color="{colour}"[^>]*>春</mj-text>', drawn)


def test_a_heading_of_two_lines_is_one_line() -> None:
    assert alone(Heading(text="春の\r\n便り")).endswith(">春の 便り</mj-text>")


def test_marks_of_paragraphs_are_plain_words_in_a_heading_and_on_a_button() -> None:
    marked = "**a** [b](https://b.example)"
    assert f">{marked}</mj-text>" in alone(Heading(text=marked))
    assert f">{marked}</mj-button>" in alone(Button(label=marked))


@pytest.mark.parametrize("width", [480, 600, 720])
def test_a_half_picture_is_half_of_the_letter_less_its_edge(width: int) -> None:
    brand = Brand(width=width)
    assert "width=" not in alone(Image(src=PICTURE), brand=brand)
    assert f' width="{width // 2 - 28}px"' in alone(Image(src=PICTURE, width="half"), brand=brand)


@pytest.mark.parametrize("src", ["javascript:x", 'x" onerror="y', "http://a b", "data:image/png;base64,AA"])
def test_a_picture_from_nowhere_has_no_address(src: str) -> None:
    assert 'src="#"' in alone(Image(src=src))


def test_words_of_a_picture_cannot_leave_their_attribute() -> None:
    drawn = alone(Image(src=PICTURE, alt='花" onload="x'))
    assert 'alt="花&quot; onload=&quot;x"' in drawn


@pytest.mark.parametrize("count", [1, 2, 3])
def test_goods_are_at_most_so_many(count: Literal[1, 2, 3]) -> None:
    assert alone(Products(count=count)).count(f"recommendations limit: {count} %}}") == 1


def test_goods_without_a_title_have_no_heading_and_no_empty_condition_s_words() -> None:
    assert alone(Products()).startswith("{% if recommendations.size > 0 %}{% endif %}\n<mj-table")
    titled = alone(Products(title=f"{NAME}へ"))
    assert re.match(r"\{% if recommendations\.size > 0 %\}<mj-text [^>]*>" + re.escape(f"{NAME}へ</mj-text>"), titled)


def test_goods_lead_to_the_number_of_each_wherever_it_stands_in_the_address() -> None:
    number = "{{ item.product_id | url_encode }}"
    drawn = alone(Products(href="{{ shop.home_url }}/p/[id]?from=mail&id=[id]"))
    assert f'href="{{{{ shop.home_url }}}}/p/{number}?from=mail&amp;id={number}"' in drawn
    assert 'href="#"' in alone(Products(href="javascript:[id]"))


@pytest.mark.parametrize(("language", "until"), [("ja", "ご利用期限: 月末"), ("en", "Valid until 月末")])
def test_a_coupon_says_until_when_in_the_language_of_the_letter(language: str, until: str) -> None:
    assert f">{until}</div>" in alone(Coupon(code="A", until="月末"), language=language)


@pytest.mark.parametrize("field", ["title", "worth", "code", "until", "note"])
def test_a_coupon_draws_one_line_a_field_and_none_for_what_is_not_written(field: str) -> None:
    drawn = alone(Coupon(**{field: f"{NAME} <b>"}))
    assert drawn.count("<div ") == 1
    assert f"{NAME} &lt;b&gt;" in drawn


def test_a_coupon_is_framed_in_the_brand_s_colour_and_worded_in_one_that_can_be_read() -> None:
    drawn = alone(Coupon(worth="10%", code="A"), brand=YELLOW)
    assert "border:2px dashed #ffe680" in drawn
    assert "font-weight:bold;color:#2b2b2b" in drawn


@pytest.mark.parametrize(("brand", "words"), [(INDIGO, "#ffffff"), (YELLOW, "#1c1b18")], ids=["dark", "light"])
def test_words_on_buttons_can_be_read_on_the_brand_s_colour(brand: Brand, words: str) -> None:
    whole = mjml_of((Button(label="a"),), brand=brand, language="ja")
    assert f'<mj-button background-color="{brand.colour}" color="{words}"' in whole


def test_columns_have_a_section_of_their_own_and_the_rest_shares_one() -> None:
    drawn = layout(Text(text="a"), Divider(), Columns(left=(Text(text="b"),)), Columns(), Text(text="c"))
    assert drawn.count("<mj-section") == drawn.count("</mj-section>") == 4
    assert drawn.count('<mj-column width="50%">') == 4
    assert [drawn.index(f">{words}<") for words in "abc"] == sorted(drawn.index(f">{words}<") for words in "abc")


def test_what_stands_in_a_column_is_drawn_as_outside_of_it() -> None:
    leaves = (Heading(text="a"), Text(text="b"), Image(src=PICTURE, alt="c"), Button(label="d"))
    assert {kind_of(leaf) for leaf in leaves} == set(LEAVES)
    left, right = layout(Columns(left=leaves, right=leaves)).split('</mj-column><mj-column width="50%">')
    for leaf in leaves:
        assert alone(leaf) in left
        assert alone(leaf) in right


def test_a_half_picture_in_a_column_is_half_of_the_column() -> None:
    assert ' width="122px"' in layout(Columns(left=(Image(src=PICTURE, width="half"),)))


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_anchor_changes_nothing_but_that_it_is_there(kind: str) -> None:
    block = KINDS[kind]()
    plain, marked = layout(block), layout(block, is_marked=True)
    anchor = '<span id="b0" style="scroll-margin-top:160px"></span>'
    assert marked.replace(anchor, "") == plain
    assert marked.count(anchor) <= 1


def test_anchors_count_blocks_as_the_editor_does() -> None:
    blocks = (Text(text="a"), Columns(left=(Text(text="b"),)), Coupon(code="c"), Spacer(), Button(label="d"))
    assert re.findall(r'<span id="(b\d+)"', layout(*blocks, is_marked=True)) == ["b0", "b1", "b2", "b4"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_fresh_from_the_list_becomes_a_page(kind: str, language: str) -> None:
    html = html_of(mjml_of((KINDS[kind](),), brand=INDIGO, language=language), language=language)
    assert f'lang="{language}"' in html
    assert "mj-" not in re.sub(r"mj-column-per|mj-outlook|mj-full-width", "", html)


def test_the_sign_stands_above_and_is_the_name_until_there_is_a_picture() -> None:
    named = mjml_of((), brand=INDIGO, language="ja").partition("<mj-wrapper")[0]
    assert named.count("{{ shop.name }}</mj-text>") == 1
    signed = mjml_of((), brand=Brand(logo=PICTURE), language="ja").partition("<mj-wrapper")[0]
    assert f'<mj-image src="{{{{ shop.public_url }}}}{PICTURE}" alt="{{{{ shop.name }}}}"' in signed
    assert "<mj-text" not in signed.partition("<mj-body")[2]


@pytest.mark.parametrize("width", [480, 720])
def test_the_letter_is_as_wide_as_the_brand_says(width: int) -> None:
    assert f'width="{width}px">' in mjml_of((), brand=Brand(width=width), language="ja")
