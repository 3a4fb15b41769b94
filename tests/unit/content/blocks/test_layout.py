"""How a letter of blocks looks: wide enough to read, one column on a phone, nothing where there is nothing to say."""

import re

from tenshu.content.blocks.block import Button, Columns, Coupon, Divider, Heading, Image, Products, Spacer, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.layout import mjml_of
from tests.unit.content.blocks.letters import CONTEXT, rendered

PICTURE = "/media/0123456789abcdef.png"


def layout(*blocks: Heading | Text | Image | Button | Columns | Divider, is_marked: bool = False) -> str:
    return mjml_of(blocks, brand=Brand(), language="ja", is_marked=is_marked)


def test_columns_stand_side_by_side_and_below_each_other_on_a_phone() -> None:
    html = rendered(Columns(left=(Text(text="左"),), right=(Text(text="右"),))).html
    assert html.count("mj-column-per-50") >= 2
    assert "@media only screen and (min-width:480px)" in html
    assert html.index("左") < html.index("右")


def test_empty_columns_keep_their_place() -> None:
    assert rendered(Columns(), Text(text="a")).html.count("mj-column-per-50") >= 2


def test_a_half_picture_is_half_as_wide_as_the_letter() -> None:
    full, half = (rendered(Image(src=PICTURE, alt="a", width=width)).html for width in ("full", "half"))
    assert re.search(r'<img[^>]*width="544"', full)
    assert re.search(r'<img[^>]*width="272"', half)


def test_a_picture_with_a_link_leads_there() -> None:
    html = rendered(Image(src=PICTURE, alt="a", href="https://shop.example.com/a?b=1&c=2")).html
    assert re.search(r'<a href="https://shop\.example\.com/a\?b=1&amp;c=2"[^>]*>\s*<img', html)


def test_a_coupon_shows_only_what_was_written_of_it() -> None:
    whole = rendered(Coupon(title="お誕生日", worth="10%引き", code="B10", until="月末", note="1回"))
    bare = rendered(Coupon(code="B10"))
    assert "ご利用期限: 月末" in whole.html
    assert "ご利用期限" not in bare.html
    assert "ご利用期限" not in bare.text
    assert bare.html.count('<div style="font-size:14px') == 0
    assert "クーポンコード: B10" in bare.text


def test_a_coupon_code_can_be_the_customer_s_own() -> None:
    letter = rendered(Coupon(code="{{ customer.last_name }}-10"))
    assert "佐藤-10" in letter.html
    assert "佐藤-10" in letter.text


def test_goods_say_why_only_where_they_are_asked_to() -> None:
    explained, bare = (rendered(Products(is_explained=is_explained)) for is_explained in (True, False))
    assert "花束とよく一緒に買われています" in explained.html
    assert "花束とよく一緒に買われています" in explained.text
    assert "花束とよく一緒に買われています" not in bare.html + bare.text


def test_names_of_goods_are_text() -> None:
    html = rendered(Products()).html
    assert "苗&lt;木&gt;" in html
    assert "<木>" not in html


def test_a_product_s_number_is_safe_in_its_link() -> None:
    html = rendered(Products(href="https://shop.example.com/p?id=[id]&from=mail")).html
    assert 'href="https://shop.example.com/p?id=a%2F1&amp;from=mail"' in html


def test_english_letters_have_english_marks_and_sender_lines() -> None:
    letter = rendered(Heading(text="News"), Divider(), Button(label="See"), Products(title="For you"), language="en")
    assert letter.text.startswith("## News\n\n" + "-" * 40 + "\n\nSee\nhttps://shop.example.com\n\n## For you\n* ")
    assert "Sent by: 花屋 &amp; 茶屋" in letter.html
    assert "Stop these mails" in letter.text
    assert 'lang="en"' in letter.html


def test_a_shop_without_address_and_contact_leaves_no_empty_lines() -> None:
    shop = {**CONTEXT["shop"], "postal_address": "", "contact": ""}
    letter = rendered(Text(text="a"), context={**CONTEXT, "shop": shop})
    assert letter.text.endswith("-- \n送信者: 花屋 & 茶屋\nメールの配信を停止する: https://mail.example.com/u/token\n")
    assert "<br /><br />" not in letter.html


def test_each_block_gets_a_mark_for_the_preview_where_something_can_stand() -> None:
    marked = layout(
        Heading(text="a"), Text(text="b"), Button(label="c"), Divider(), Columns(left=(Text(text="d"),)), is_marked=True
    )
    assert re.findall(r'<span id="(b\d)"', marked) == ["b0", "b1", "b2", "b4"]
    unmarked = re.sub(r'<span id="b\d" style="[^"]*"></span>', "", marked)
    assert unmarked == layout(
        Heading(text="a"), Text(text="b"), Button(label="c"), Divider(), Columns(left=(Text(text="d"),))
    )


def test_the_same_blocks_make_the_same_layout() -> None:
    blocks = (Heading(text="a"), Text(text="b"))
    assert layout(*blocks) == layout(*blocks)


def test_paragraphs_become_paragraphs() -> None:
    html = rendered(Text(text="一\n二\n\n三")).html
    assert "一<br />二" in html
    assert re.search(r"二</div>.*<div[^>]*>三", html, re.DOTALL)


def test_white_space_and_lines_are_drawn() -> None:
    html = rendered(Spacer(size="large"), Divider()).html
    assert "height:48px" in html
    assert "border-top:solid 1px #e3dac8" in html
    assert rendered(Spacer(size="large")).text.startswith("-- ")
