"""Blocks become a layout and a plain text: whatever is typed, both compile, agree and end with the sender lines."""

import re
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings

from tenshu.content.blocks.block import (
    KINDS,
    Blocks,
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
from tenshu.content.blocks.letter import BlockRefused, check_blocks, each_block, read_blocks
from tenshu.content.template import compile_template, parse_template
from tests.unit.content.blocks.letters import CONTEXT, letters, rendered, source_of


class _Read(HTMLParser):
    """Reads HTML as a mail program does: tags, attributes, words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


@settings(max_examples=60, deadline=None)
@given(blocks=letters)
def test_any_blocks_compile_and_render_in_both_languages(blocks: Blocks) -> None:
    for language in ("ja", "en"):
        letter = rendered(*blocks, language=language)
        assert letter.html.strip().endswith("</html>")
        assert "https://mail.example.com/u/token" in letter.html
        assert "https://mail.example.com/u/token" in letter.text


@settings(max_examples=60, deadline=None)
@given(blocks=letters)
def test_nothing_that_is_typed_becomes_markup_that_runs(blocks: Blocks) -> None:
    read = _Read(rendered(*blocks).html)
    assert not {"script", "iframe", "object", "form", "svg", "base"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    leads = [value for name, value in read.attributes if name in {"href", "src"}]
    assert not [value for value in leads if value.lower().startswith(("javascript:", "data:", "vbscript:"))]


@settings(max_examples=40, deadline=None)
@given(blocks=letters)
def test_only_the_fields_of_the_closed_set_are_read(blocks: Blocks) -> None:
    allowed = ("customer.last_name", "recommendations", "shop.", "unsubscribe_url")
    assert all(
        field.startswith(allowed) for field in compile_template(source_of(blocks), "ja").fields() if field != "item"
    )


@settings(max_examples=60, deadline=None)
@given(blocks=letters)
def test_blocks_come_back_from_json_as_they_were(blocks: Blocks) -> None:
    source = source_of(blocks)
    assert parse_template(msgspec.json.decode(msgspec.json.encode(source))) == source
    assert read_blocks(msgspec.to_builtins(blocks)) == blocks


def test_a_merged_value_stands_in_layout_text_subject_and_button() -> None:
    said = "{{ customer.last_name | sama }}"
    letter = rendered(Heading(text=said), Text(text=f"a **{said}** b"), Button(label=said), subject=f"{said}へ")
    assert letter.subject == "佐藤様へ"
    assert letter.html.count("佐藤様") == 3
    assert letter.text.count("佐藤様") == 3


def test_both_forms_say_the_same_words() -> None:
    blocks = (
        Heading(text="春の新作"),
        Text(text="ひとつめ\n\nふたつめ"),
        Button(label="見る"),
        Coupon(title="お誕生日", worth="10%引き", code="B10", until="月末", note="1回"),
        Columns(left=(Text(text="左"),), right=(Text(text="右"),)),
    )
    letter = rendered(*blocks)
    for words in ("春の新作", "ひとつめ", "ふたつめ", "見る", "お誕生日", "10%引き", "B10", "月末", "1回", "左", "右"):
        assert words in _Read(letter.html).words, words
        assert words in letter.text, words


def test_the_plain_text_is_written_and_not_stripped() -> None:
    letter = rendered(
        Heading(text="春のお便り"),
        Text(text="お元気ですか。[こちら](https://shop.example.com/a?b=1&c=2)をどうぞ。"),
        Button(label="新作を見る", href="{{ shop.home_url }}/new"),
        Divider(),
        Products(title="おすすめ", count=2),
    )
    assert letter.text == (
        "■ 春のお便り\n\nお元気ですか。こちらをどうぞ。\n  こちら: https://shop.example.com/a?b=1&c=2\n\n"
        "▼ 新作を見る\nhttps://shop.example.com/new\n\n────────────────────\n\n■ おすすめ\n"
        "・苗<木>\n  花束とよく一緒に買われています\n  https://shop.example.com/products/a%2F1\n"
        "・種\n  人気の品です\n  https://shop.example.com/products/b\n\n"
        "-- \n送信者: 花屋 & 茶屋\n住所: 東京都千代田区1-2-3\n"
        "お問い合わせ・苦情の受付: 03-0000-0000\nメールの配信を停止する: https://mail.example.com/u/token\n"
    ).replace("お問い合わせ・苦情の受付", _contact_words())


def _contact_words() -> str:
    from tenshu.kit.i18n import _  # noqa: PLC0415 - the words of the sender lines, whatever they are

    return _("Questions and complaints: {contact}", "ja", contact="").rstrip(": ")


def test_goods_are_shown_up_to_their_number_and_not_at_all_when_there_are_none() -> None:
    both = Products(title="あなたへ", count=1, is_explained=False)
    assert "苗" in rendered(both).text
    assert "種" not in rendered(both).html
    without = {name: value for name, value in CONTEXT.items() if name != "recommendations"}
    nobody = rendered(both, context=without)
    assert "あなたへ" not in nobody.text
    assert "あなたへ" not in nobody.html


def test_the_footer_cannot_be_written_away() -> None:
    for blocks in ((), (Text(text="{% comment %}"),), (Text(text="<!--"),), (Text(text="</mj-body>"),)):
        letter = rendered(*blocks)
        for form in (letter.html, letter.text):
            assert "東京都千代田区1-2-3" in form
            assert "03-0000-0000" in form
            assert "https://mail.example.com/u/token" in form


def test_own_pictures_are_asked_from_the_public_address() -> None:
    html = rendered(Image(src="/media/0123456789abcdef.png", alt='花"束"')).html
    assert 'src="https://mail.example.com/media/0123456789abcdef.png"' in html
    assert "花&quot;束&quot;" in html


def test_a_picture_without_words_and_link_is_left_out_of_the_text() -> None:
    assert rendered(Image(src="/media/0123456789abcdef.png")).text.startswith("-- ")
    linked = rendered(Image(src="/media/0123456789abcdef.png", alt="花束", href="{{ shop.home_url }}"))
    assert linked.text.startswith("[画像] 花束\nhttps://shop.example.com\n")


def test_the_brand_colours_buttons_and_words_only_where_they_can_be_read() -> None:
    dark = rendered(Heading(text="a"), Button(label="b"), brand=Brand(colour="#2b3f73")).html
    light = rendered(Heading(text="a"), Button(label="b"), brand=Brand(colour="#ffe680")).html
    assert re.search(r"background:#2b3f73;color:#ffffff", dark)
    assert re.search(r"background:#ffe680;color:#1c1b18", light)
    assert "color:#ffe680" not in light.replace("background:#ffe680;color", "")


def test_the_width_and_the_sign_are_the_brand_s() -> None:
    html = rendered(Text(text="a"), brand=Brand(width=520, logo="/media/0123456789abcdef.png")).html
    assert "max-width:520px" in html
    assert 'src="https://mail.example.com/media/0123456789abcdef.png"' in html


def test_nothing_is_fetched_from_anybody_else() -> None:
    html = rendered(*(kind() for kind in KINDS.values())).html
    hosts = set(re.findall(r"https?://([^/\"'\s<)]+)", html))
    assert hosts <= {"shop.example.com", "mail.example.com", "www.w3.org"}


def test_every_kind_is_found_by_its_name() -> None:
    assert [kind_of(kind()) for kind in KINDS.values()] == list(KINDS)


@pytest.mark.parametrize(
    ("blocks", "path", "words"),
    [
        ((), "-", "Something is missing here"),
        ((Heading(),), "0.text", "Something is missing here"),
        ((Text(text="a"), Button(label="b", href="javascript:x")), "1.href", "javascript:x cannot be a link"),
        ((Text(text="a {{ customer.nose }}"),), "0.text", "{{ customer.nose }} is no value"),
        ((Text(text="{% if x %}"),), "0.text", "{% is no value"),
        ((Text(text="[a](ftp://b)"),), "0.text", "ftp://b cannot be a link"),
        ((Image(src="x.png"),), "0.src", "x.png is no picture"),
        ((Image(src="/media/../../etc/passwd.png"),), "0.src", "is no picture"),
        ((Heading(text="a" * 301),), "0.text", "301 letters long"),
        ((Coupon(title="a"),), "0.code", "Something is missing here"),
        ((Columns(right=(Button(),)),), "0.right.0.label", "Something is missing here"),
        ((Divider(),) * 61, "-", "61 blocks"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(blocks: Blocks, path: str, words: str) -> None:
    found = [problem for problem in check_blocks(blocks) if problem.given["path"] == path]
    assert found
    assert words in found[0].text("en")
    assert found[0].text("ja") != found[0].text("en")


def test_good_blocks_have_nothing_wrong() -> None:
    assert not check_blocks(
        (
            Heading(text="a"),
            Text(text='{{ customer.birthday | date: "%-m月%-d日" }} [b](https://b.example)'),
            Image(src="https://a.example/b.png"),
            Products(),
            Spacer(),
            Columns(left=(Text(text="c"),)),
        )
    )


@pytest.mark.parametrize(
    "data",
    [
        [{"kind": "script"}],
        [{"kind": "text", "onclick": "x"}],
        [{"kind": "products", "count": 4}],
        [{"kind": "columns", "left": [{"kind": "columns"}]}],
        [{"kind": "spacer", "size": "huge"}],
        {"kind": "text"},
        [{}],
    ],
)
def test_what_is_no_block_is_refused_with_its_path(data: object) -> None:
    with pytest.raises(BlockRefused) as refusal:
        read_blocks(data)
    assert refusal.value.given["path"]


def test_each_block_has_its_path() -> None:
    blocks = (Text(text="a"), Columns(left=(Text(text="b"),), right=(Heading(text="c"), Button())))
    assert [path for path, _ in each_block(blocks)] == ["0", "1", "1.left.0", "1.right.0", "1.right.1"]
