"""The end of every letter: who sends it, where to write to, and the way out, in both forms and both languages."""

from collections.abc import Mapping

import pytest

from tenshu.content.blocks.block import KINDS, Block, Columns, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.footer import footer_html, footer_lines, footer_text
from tenshu.content.blocks.layout import mjml_of
from tenshu.content.blocks.plain_text import text_of
from tenshu.content.merge import parse
from tenshu.kit.i18n import LANGUAGES

WORDS = {
    "ja": ("送信者: ", "住所: ", "お問い合わせ・苦情の受付: ", "メールの配信を停止する"),
    "en": ("Sent by: ", "Address: ", "Questions and complaints: ", "Stop these mails"),
}
STOP = "https://mail.example.com/u/token"


def said(written: str, shop: Mapping[str, str], *, is_html: bool = False) -> str:
    """Return the lines as one person reads them."""
    return parse(written, "ja", is_html=is_html).render({"shop": shop, "unsubscribe_url": STOP})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shop_that_told_everything_has_four_lines(language: str) -> None:
    sender, address, contact, stop = WORDS[language]
    text = said(footer_text(language), {"name": "花屋", "postal_address": "東京都", "contact": "03"})
    assert text == f"-- \n{sender}花屋\n{address}東京都\n{contact}03\n{stop}: {STOP}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"postal_address": "東京都"}, (0, 1, 3)),
        ({"contact": "03"}, (0, 2, 3)),
        ({}, (0, 3)),
        ({"postal_address": "", "contact": ""}, (0, 3)),
    ],
    ids=["address", "contact", "nothing", "empty"],
)
def test_what_a_shop_has_not_told_leaves_no_line(language: str, told: dict[str, str], kept: tuple[int, ...]) -> None:
    text = said(footer_text(language), {"name": "花屋", **told})
    page = said(footer_html(language, colour="#625a4d"), {"name": "花屋", **told}, is_html=True)
    assert len(text.splitlines()) == len(kept) + 1
    assert page.count("<br />") == len(kept) - 1
    for place, words in enumerate(WORDS[language]):
        assert (words in text) == (words in page) == (place in kept)


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_forms_say_the_same_lines(language: str) -> None:
    told = {"name": "花屋", "postal_address": "東京都", "contact": "03"}
    page = said(footer_html(language, colour="#625a4d"), told, is_html=True)
    for line in said("".join(footer_lines(language)).replace("[end]", "\n"), told).splitlines():
        assert line in page
        assert line in said(footer_text(language), told)


def test_a_shop_s_own_words_are_no_markup_in_the_page() -> None:
    page = said(footer_html("ja", colour="#625a4d"), {"name": "<b>花 & 茶</b>", "contact": '"x"'}, is_html=True)
    assert "<b>" not in page
    assert "花 &amp; 茶" in page


def test_the_way_out_is_a_link_in_the_page_and_an_address_in_the_text() -> None:
    page = said(footer_html("en", colour="#123456"), {"name": "x"}, is_html=True)
    assert f'<a href="{STOP}" style="color:#123456">Stop these mails</a>' in page
    assert said(footer_text("en"), {"name": "x"}).endswith(f"Stop these mails: {STOP}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*KINDS, "nothing"])
def test_no_letter_is_without_it_whatever_it_is_made_of(kind: str, language: str) -> None:
    blocks: tuple[Block, ...] = (KINDS[kind](),) if kind in KINDS else ()
    layout = mjml_of(blocks, brand=Brand(), language=language)
    text = text_of(blocks, language=language)
    for form in (layout, text):
        assert form.count("{{ unsubscribe_url }}") == 1
        assert form.count(WORDS[language][0]) == 1
    assert layout.index("</mj-wrapper>") < layout.index("{{ unsubscribe_url }}") < layout.index("</mj-body>")
    assert text.rstrip().endswith("{{ unsubscribe_url }}")


@pytest.mark.parametrize("typed", ["{{ unsubscribe_url }}", "{% endif %}", "</mj-body></mjml>", "-- \n", "[end]"])
def test_nobody_can_write_one_of_their_own_or_end_the_letter_before_it(typed: str) -> None:
    blocks = (Text(text=typed), Columns(left=(Text(text=typed),)))
    layout = mjml_of(blocks, brand=Brand(), language="ja")
    assert layout.count("{{ unsubscribe_url }}") == layout.count("</mj-body>") == 1
    assert text_of(blocks, language="ja").count("{{ unsubscribe_url }}") == 1
