"""Letters that tests write: blocks drawn by hypothesis, and what one person sees of them."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tenshu.content.blocks.block import (
    Block,
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
)
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.letter import write_text
from tenshu.content.template import Rendered, TemplateSource, compile_template

CONTEXT: Mapping[str, Any] = {
    "customer": {"last_name": "佐藤", "full_name": "佐藤 花子", "prefecture": "東京都", "birthday": "1990-05-06"},
    "shop": {
        "name": "花屋 & 茶屋",
        "home_url": "https://shop.example.com",
        "public_url": "https://mail.example.com",
        "postal_address": "東京都千代田区1-2-3",
        "contact": "03-0000-0000",
        "currency": "JPY",
        "zone": "Asia/Tokyo",
    },
    "unsubscribe_url": "https://mail.example.com/u/token",
    "recommendations": [
        {"name": "苗<木>", "product_id": "a/1", "reason": "花束とよく一緒に買われています"},
        {"name": "種", "product_id": "b", "reason": "人気の品です"},
    ],
}

#: Pieces that have broken templates somewhere: Liquid, MJML, HTML, links, bold, tokens, braces, line ends.
_NASTY = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{",
            "{#",
            "%",
            "**",
            "**a**",
            '"',
            "'",
            "[id]",
            "〔〇〇様〕",
            "]]>",
            "<![CDATA[",
            "😀",
        ),
        *("{{ customer.last_name | sama }}", "{{ customer.nose }}", "{% for x in y %}", "{% raw %}", "{{ 'x' * 9 }}"),
        *("</mj-text>", "<mj-section>", "<script>alert(1)</script>", "<!--", "-->", "&amp;", "\n", "\n\n", "\r\n"),
        *("[a](https://a.example/?b=1&c=2)", "[a](javascript:alert(1))", "\x00", "\u2028"),
    ]
)
words = st.lists(st.one_of(_NASTY, st.text(max_size=12)), max_size=6).map("".join)
links = st.sampled_from(
    [
        *("https://shop.example.com/a?b=1&c=2", "{{ shop.home_url }}/new", "mailto:a@example.com", "tel:0312345678"),
        *("javascript:alert(1)", "", "https://例え.example/", "{{ customer.last_name }}"),
        'https://a.example/"><script>',
    ]
)
pictures = st.sampled_from(
    ["", "/media/0123456789abcdef.png", "https://a.example/b.png", "javascript:x", 'x" onerror="']
)

_leaf: st.SearchStrategy[Any] = st.one_of(
    st.builds(Heading, text=words),
    st.builds(Text, text=words),
    st.builds(Image, src=pictures, alt=words, href=links, width=st.sampled_from(["full", "half"])),
    st.builds(Button, label=words, href=links),
)
block: st.SearchStrategy[Block] = st.one_of(
    _leaf,
    st.builds(Products, title=words, count=st.sampled_from([1, 2, 3]), href=links, is_explained=st.booleans()),
    st.builds(Coupon, title=words, worth=words, code=words, until=words, note=words),
    st.just(Divider()),
    st.builds(Spacer, size=st.sampled_from(["small", "medium", "large"])),
    st.builds(Columns, left=st.lists(_leaf, max_size=2).map(tuple), right=st.lists(_leaf, max_size=2).map(tuple)),
)
letters: st.SearchStrategy[Blocks] = st.lists(block, max_size=6).map(tuple)


def source_of(
    blocks: Blocks, *, language: str = "ja", subject: str = "件名", brand: Brand | None = None
) -> TemplateSource:
    """Return a template of these blocks in one language."""
    text = write_text(subject, "", blocks, language=language, brand=brand or Brand())
    return TemplateSource(name="letter", languages={language: text})


def rendered(*blocks: Block, language: str = "ja", context: Mapping[str, Any] = CONTEXT, **more: Any) -> Rendered:
    """Return the letter as one person gets it."""
    return compile_template(source_of(blocks, language=language, **more), language).render(context)
