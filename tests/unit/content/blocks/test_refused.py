"""What no letter can hold is refused at its place and in words: which field of which block, what is allowed instead."""

from typing import Any

import msgspec
import pytest

from tenshu.content.blocks.block import (
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_BLOCKS,
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
)
from tenshu.content.blocks.brand import Brand, BrandRefused, checked_brand
from tenshu.content.blocks.letter import (
    BlockRefused,
    BlocksTooMany,
    LinkRefused,
    MergeUnknown,
    PictureRefused,
    WordsMissing,
    WordsTooMany,
    check_blocks,
    read_blocks,
    write_text,
)

GOOD = Text(text="あ")


def problems(*blocks: Block) -> list[tuple[type[BlockRefused], str]]:
    """Return what is wrong, as its kind and its place."""
    return [(type(one), str(one.given["path"])) for one in check_blocks(blocks)]


@pytest.mark.parametrize(
    ("block", "field"),
    [(Heading(), "text"), (Text(), "text"), (Button(), "label"), (Image(), "src"), (Coupon(title="a"), "code")],
)
@pytest.mark.parametrize("blank", ["", " ", "　\n"])
def test_a_block_without_its_words_is_no_block(block: Block, field: str, blank: str) -> None:
    made = msgspec.structs.replace(block, **{field: blank})
    assert (WordsMissing, f"0.{field}") in problems(made)


@pytest.mark.parametrize("block", [Divider(), Spacer(), Products(), Columns()])
def test_some_blocks_need_no_words(block: Block) -> None:
    assert problems(block) == []


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (lambda bad: (bad,), "0.text"),
        (lambda bad: (GOOD, GOOD, bad), "2.text"),
        (lambda bad: (Columns(left=(bad,)),), "0.left.0.text"),
        (lambda bad: (GOOD, Columns(left=(GOOD,), right=(GOOD, GOOD, bad))), "1.right.2.text"),
    ],
)
def test_each_place_has_its_path(place: Any, path: str) -> None:
    assert problems(*place(Heading())) == [(WordsMissing, path)]


def test_everything_is_told_at_once_and_in_the_order_of_the_letter() -> None:
    found = problems(Heading(), Button(label="{{ x }}", href="y"), Columns(right=(Image(src="z"),)), Text())
    assert found == [
        (WordsMissing, "0.text"),
        (MergeUnknown, "1.label"),
        (LinkRefused, "1.href"),
        (PictureRefused, "2.right.0.src"),
        (WordsMissing, "3.text"),
    ]


@pytest.mark.parametrize("field", ["title", "worth", "code", "until", "note"])
def test_every_line_of_a_coupon_is_read(field: str) -> None:
    whole = {"code": "A", field: "{{ nobody }}"}
    assert problems(Coupon(**whole)) == [(MergeUnknown, f"0.{field}")]
    assert problems(Coupon(**{**whole, field: "あ" * (LONGEST_LINE + 1)})) == [(WordsTooMany, f"0.{field}")]


@pytest.mark.parametrize(
    ("block", "most"),
    [
        (lambda words: Heading(text=words), LONGEST_LINE),
        (lambda words: Button(label=words), LONGEST_LINE),
        (lambda words: Image(src="https://a.example/b.png", alt=words), LONGEST_LINE),
        (lambda words: Products(title=words), LONGEST_LINE),
        (lambda words: Text(text=words), LONGEST_TEXT),
    ],
)
def test_words_may_be_so_long_and_no_longer(block: Any, most: int) -> None:
    assert problems(block("あ" * most)) == []
    ((kind, _path),) = problems(block("あ" * (most + 1)))
    assert kind is WordsTooMany


def test_a_letter_may_have_so_many_blocks_and_no_more() -> None:
    assert problems(*(Divider(),) * MOST_BLOCKS) == []
    assert problems(*(Divider(),) * (MOST_BLOCKS + 1)) == [(BlocksTooMany, "-")]
    assert problems() == [(WordsMissing, "-")]


@pytest.mark.parametrize(
    "href", ["", "x", "javascript:x", "https://a b", "{{ customer.last_name }}", "ftp://a.example"]
)
def test_what_leads_somewhere_leads_to_a_real_place(href: str) -> None:
    assert problems(Button(label="a", href=href)) == [(LinkRefused, "0.href")]
    assert problems(Products(href=href)) == [(LinkRefused, "0.href")]
    picture = Image(src="https://a.example/b.png", href=href)
    assert problems(picture) == ([(LinkRefused, "0.href")] if href else [])


@pytest.mark.parametrize(
    "src",
    [
        *(
            "x.png",
            "http://a.example/b.png",
            "/media/a.png",
            "/media/0123456789abcdef.svg",
            "media/0123456789abcdef.png",
        ),
        *("/media/0123456789ABCDEF.png", "data:image/png;base64,AA", "https://", "https://a.example/b c.png"),
        *('https://a.example/b.png" onerror="x', "https://a.example/{{ customer.last_name }}.png"),
    ],
)
def test_a_picture_is_one_of_ours_or_a_whole_secure_address(src: str) -> None:
    assert problems(Image(src=src)) == [(PictureRefused, "0.src")]


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp"])
def test_every_kind_of_uploaded_picture_may_be_shown(ending: str) -> None:
    assert problems(Image(src=f"/media/0123456789abcdef.{ending}")) == []


def test_each_link_and_each_unknown_value_of_a_text_is_told_by_itself() -> None:
    found = check_blocks((Text(text="[a](x) [b](https://b.example) [c](y:z) {{ x }} {{ customer.last_name }} {% if"),))
    assert [str(one.given["given"]) for one in found] == ["{{ x }}", "{%", "x", "y:z"]


def test_marks_of_links_are_no_links_outside_of_paragraphs() -> None:
    assert problems(Heading(text="[a](x)"), Button(label="[a](x)")) == []


@pytest.mark.parametrize(
    ("block", "english", "japanese"),
    [
        (Heading(), "Write it, or take the block out.", "入力するか、このブロックを削除してください。"),
        (
            Heading(text="{{ x }}"),
            "Choose one from the list, or take it out.",
            "一覧から選び直すか、削除してください。",
        ),
        (Button(label="a", href="x"), "It must begin with https://", "空白を含まないものにしてください。"),
        (Image(src="x"), "Upload one, or give an address that begins", "画像をアップロードするか"),
        (Text(text="あ" * 5_001), "5001 letters long; at most 5000", "5000文字までにするか"),
    ],
)
def test_a_refusal_says_what_to_do_next(block: Block, english: str, japanese: str) -> None:
    (problem,) = check_blocks((block,))
    assert english in problem.text("en")
    assert japanese in problem.text("ja")


def test_what_was_given_is_shown_and_cut_short() -> None:
    (problem,) = check_blocks((Button(label="a", href="x" * 500),))
    assert "x" * 80 in problem.text("en")
    assert "x" * 81 not in problem.text("en")


@pytest.mark.parametrize(
    ("data", "path", "words"),
    [
        ([{"kind": "script"}], "[0].kind", "Invalid value 'script'"),
        ([{"kind": "divider"}, {"kind": "text", "onclick": "x"}], "[1]", "unknown field `onclick`"),
        ([{"kind": "columns", "left": [{"kind": "columns"}]}], "[0].left[0].kind", "Invalid value 'columns'"),
        ([{"kind": "columns", "right": [{"kind": "coupon"}]}], "[0].right[0].kind", "Invalid value 'coupon'"),
        ([{"kind": "text", "text": 1}], "[0].text", "Expected `str`, got `int`"),
        ([{"kind": "products", "is_explained": "yes"}], "[0].is_explained", "Expected `bool`"),
        ([{"kind": "image", "width": "huge"}], "[0].width", "Invalid enum value 'huge'"),
        ([{}], "[0]", "missing required field `kind`"),
        ({"kind": "text"}, "-", "Expected `array`, got `object`"),
        ("text", "-", "Expected `array`, got `str`"),
        (None, "-", "Expected `array`, got `null`"),
    ],
)
def test_data_that_are_no_blocks_are_refused_with_place_and_reason(data: object, path: str, words: str) -> None:
    with pytest.raises(BlockRefused) as refusal:
        read_blocks(data)
    assert refusal.value.given["path"] == path
    assert words in str(refusal.value.given["reason"])
    for language in ("ja", "en"):
        assert path in refusal.value.text(language)


def test_blocks_out_of_data_have_what_was_not_given_as_it_is_meant() -> None:
    assert read_blocks([{"kind": "products"}, {"kind": "spacer"}]) == (Products(), Spacer(size="medium"))
    assert read_blocks([]) == ()


@pytest.mark.parametrize(
    ("brand", "part", "allowed"),
    [
        (Brand(colour="navy"), "colour", "#2b3f73"),
        (Brand(width=479), "width", "480-720"),
        (Brand(width=721), "width", "480-720"),
        (Brand(logo="/media/x.png"), "logo", "/media/..."),
    ],
)
def test_a_look_that_is_refused_is_told_what_is_allowed(brand: Brand, part: str, allowed: str) -> None:
    with pytest.raises(BrandRefused) as refusal:
        checked_brand(brand)
    assert (refusal.value.given["part"], refusal.value.given["allowed"]) == (part, allowed)
    assert allowed in refusal.value.text("ja")


@pytest.mark.parametrize("brand", [Brand(), Brand(width=480), Brand(width=720), Brand(colour="#ffffff")])
def test_a_look_at_the_edge_of_what_is_allowed_passes(brand: Brand) -> None:
    assert checked_brand(brand) is brand


@pytest.mark.parametrize(
    ("typed", "kept"), [(" a ", "a"), ("a\r\nb", "a b"), ("a\nBcc: x", "a Bcc: x"), ("a\x00\x07b", "ab"), ("\n", "")]
)
def test_subject_and_preheader_are_one_line_each(typed: str, kept: str) -> None:
    text = write_text(typed, typed, (GOOD,), language="ja", brand=Brand())
    assert (text.subject, text.preheader) == (kept, kept)
    assert text.blocks == (GOOD,)
