"""Each kind of block as plain text: written for readers, the same in meaning, with the marks of its language."""

import pytest

from tenshu.content.blocks.block import Block, Button, Columns, Coupon, Divider, Heading, Image, Products, Spacer, Text
from tenshu.content.blocks.footer import footer_text
from tenshu.content.blocks.plain_text import text_of
from tenshu.kit.i18n import LANGUAGES

NAME = "{{ customer.last_name | sama }}"
HOME = "{{ shop.home_url }}"
PICTURE = "/media/0123456789abcdef.png"
RULE = {"ja": "─" * 20, "en": "-" * 40}


def written(*blocks: Block, language: str = "ja") -> str:
    """Return what stands above the sender lines."""
    said = text_of(blocks, language=language)
    footer = footer_text(language) + "\n"
    assert said.endswith(footer)
    return said.removesuffix(footer)


@pytest.mark.parametrize(
    ("block", "ja", "en"),
    [
        (Heading(text="春 "), "■ 春\n\n", "## 春\n\n"),
        (Heading(text="春の\n便り"), "■ 春の 便り\n\n", "## 春の 便り\n\n"),
        (Heading(), "", ""),
        (Text(text="一\n二\n\n\n三"), "一\n二\n\n三\n\n", "一\n二\n\n三\n\n"),
        (Text(text=f"**{NAME}**、"), f"{NAME}、\n\n", f"{NAME}、\n\n"),
        (Text(text=" \n"), "", ""),
        (Image(src=PICTURE), "", ""),
        (Image(src=PICTURE, alt="花束"), "[画像] 花束\n\n", "[Picture] 花束\n\n"),
        (Image(src=PICTURE, alt="花束", href=HOME), f"[画像] 花束\n{HOME}\n\n", f"[Picture] 花束\n{HOME}\n\n"),
        (Image(src=PICTURE, href=HOME), f"{HOME}\n\n", f"{HOME}\n\n"),
        (Image(src=PICTURE, href="javascript:x"), "", ""),
        (Button(label="見る"), f"▼ 見る\n{HOME}\n\n", f"見る\n{HOME}\n\n"),
        (Button(label="見る", href="x"), "▼ 見る\n\n\n", "見る\n\n\n"),
        (Divider(), f"{RULE['ja']}\n\n", f"{RULE['en']}\n\n"),
        (Spacer(size="large"), "", ""),
        (Columns(), "", ""),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_each_kind_is_written_with_the_marks_of_its_language(block: Block, ja: str, en: str) -> None:
    assert written(block, language="ja") == ja
    assert written(block, language="en") == en


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ja", ["お祝い", "10%引き", "クーポンコード: B10", "ご利用期限: 月末", "1回"]),
        ("en", ["お祝い", "10%引き", "Coupon code: B10", "Valid until 月末", "1回"]),
    ],
)
def test_a_coupon_is_set_apart_by_lines(language: str, lines: list[str]) -> None:
    whole = Coupon(title="お祝い", worth="10%引き", code="B10", until="月末", note="1回")
    assert written(whole, language=language) == "\n".join([RULE[language], *lines, RULE[language]]) + "\n\n"


@pytest.mark.parametrize("field", ["title", "worth", "code", "until", "note"])
def test_a_coupon_writes_only_what_there_is(field: str) -> None:
    lines = written(Coupon(**{field: "あ"})).splitlines()
    assert len([line for line in lines if line and line != RULE["ja"]]) == 1


@pytest.mark.parametrize(("language", "bullet", "heading"), [("ja", "・", "■ "), ("en", "* ", "## ")])
def test_goods_are_a_list_inside_a_condition(language: str, bullet: str, heading: str) -> None:
    assert written(Products(title="春", count=2), language=language) == (
        "{% if recommendations.size > 0 %}"
        f"{heading}春\n"
        "{% for item in recommendations limit: 2 %}"
        f"{bullet}{{{{ item.name | strip }}}}\n  {{{{ item.reason }}}}\n"
        "  {{ shop.home_url }}/products/{{ item.product_id | url_encode }}\n"
        "{% endfor %}\n{% endif %}"
    )


def test_goods_without_reasons_and_title_are_names_and_addresses() -> None:
    bare = written(Products(is_explained=False))
    assert "item.reason" not in bare
    assert bare.startswith("{% if recommendations.size > 0 %}{% for item")


def test_columns_are_read_from_left_to_right_and_down() -> None:
    left = (Heading(text="一"), Text(text="二"))
    right = (Image(src=PICTURE), Button(label="三"))
    assert written(Columns(left=left, right=right)) == f"■ 一\n\n二\n\n▼ 三\n{HOME}\n\n"


def test_links_stand_below_the_paragraph_that_holds_them() -> None:
    two = "[一](https://a.example/1)と[二](tel:03-0000-0000)、[三](javascript:x)"
    assert written(Text(text=f"{two}\n\n次")) == (
        "一と二、[三](javascript:x)\n  一: https://a.example/1\n  二: tel:03-0000-0000\n\n次\n\n"
    )


def test_the_words_of_a_link_may_hold_a_name() -> None:
    assert written(Text(text=f"[{NAME}へ](https://a.example)")) == f"{NAME}へ\n  {NAME}へ: https://a.example\n\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_looks_like_liquid_is_kept_from_working_in_every_field(language: str) -> None:
    bad = "{% raw %}{{ x }}"
    harmless = "{{ '{' }}% raw %}{{ '{' }}{ x }}"
    blocks = (
        *(Heading(text=bad), Text(text=bad), Image(src=PICTURE, alt=bad), Button(label=bad)),
        *(Coupon(title=bad, worth=bad, code=bad, until=bad, note=bad), Products(title=bad)),
    )
    said = written(*blocks, language=language)
    assert said.count(harmless) == 10
    assert bad not in said


def test_blocks_stand_in_their_order_parted_by_one_empty_line() -> None:
    said = written(*(Text(text=words) for words in "一二三"))
    assert said == "一\n\n二\n\n三\n\n"


def test_what_only_decorates_leaves_no_hole() -> None:
    assert written(Text(text="一"), Spacer(), Image(src=PICTURE), Columns(), Text(text="二")) == "一\n\n二\n\n"
