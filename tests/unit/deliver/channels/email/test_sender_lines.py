"""The law's sender lines: always there, never twice."""

import pytest

from tenshu.content.shop import ShopSettings
from tenshu.deliver.channels.email.sender_lines import Footer, legal_footer, missing_lines, with_footer

SHOP = ShopSettings(
    name="花屋 & 茶屋", postal_address="東京都千代田区1-1 〒100-0001", contact="https://shop.example.com/help"
)
URL = "https://mail.shop.example/u/k1.abc.def"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_footer_shows_sender_address_contact_and_the_way_out(language: str) -> None:
    footer = legal_footer(SHOP, URL, language)
    for line in (SHOP.name, SHOP.postal_address, SHOP.contact, URL):
        assert line in footer.text
    assert f'href="{URL}"' in footer.html


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", ("送信者: ", "住所: ", "お問い合わせ・苦情の受付: ", "メールの配信を停止する")),
        ("en", ("Sent by: ", "Address: ", "Questions and complaints: ", "Stop these mails")),
    ],
)
def test_footer_speaks_the_readers_language(language: str, words: tuple[str, ...]) -> None:
    footer = legal_footer(SHOP, URL, language)
    assert [word for word in words if word not in footer.text] == []


def test_values_of_the_shop_are_escaped_in_html() -> None:
    shop = ShopSettings(name="<b>花屋</b>", postal_address='"quoted"')
    html = legal_footer(shop, 'https://x.example/"onclick="', "ja").html
    assert "<b>花屋" not in html
    assert '"onclick="' not in html


def test_what_the_shop_has_not_said_has_no_empty_line() -> None:
    footer = legal_footer(ShopSettings(name="花屋"), URL, "ja")
    assert "住所" not in footer.text
    assert "お問い合わせ" not in footer.text
    assert footer.must_show == ("花屋", URL)


def test_footer_stands_at_the_end_of_the_body() -> None:
    html, text = with_footer("<html><body><p>x</p></body></html>", "x\n\n\n", legal_footer(SHOP, URL, "ja"))
    assert html.index("<p>x</p>") < html.index(URL) < html.index("</body>")
    assert text.startswith("x\n\n-- \n送信者: ")


def test_footer_is_added_to_a_page_without_a_body_tag() -> None:
    html, _ = with_footer("<p>x</p>", "", legal_footer(SHOP, URL, "ja"))
    assert html.startswith("<p>x</p><div")


def test_template_that_shows_the_lines_itself_gets_no_second_footer() -> None:
    page = f"<body>花屋 &amp; 茶屋 {SHOP.postal_address} {SHOP.contact} <a href='{URL}'>stop</a></body>"
    words = f"{SHOP.name} {SHOP.postal_address} {SHOP.contact} {URL}"
    assert with_footer(page, words, legal_footer(SHOP, URL, "ja")) == (page, words)


@pytest.mark.parametrize("hidden", [SHOP.name, SHOP.postal_address, SHOP.contact, URL])
def test_template_that_forgets_one_line_gets_the_footer(hidden: str) -> None:
    words = " ".join(line for line in (SHOP.name, SHOP.postal_address, SHOP.contact, URL) if line != hidden)
    _, text = with_footer("", words, legal_footer(SHOP, URL, "ja"))
    assert hidden in text
    assert text.startswith(words)


def test_each_body_is_completed_by_itself() -> None:
    words = f"{SHOP.name} {SHOP.postal_address} {SHOP.contact} {URL}"
    html, text = with_footer("<body></body>", words, legal_footer(SHOP, URL, "ja"))
    assert URL in html
    assert text == words


def test_missing_lines_are_named() -> None:
    footer = Footer("", "", ("花屋 & 茶屋", "東京", URL))
    assert missing_lines("花屋 &amp; 茶屋", footer) == ["東京", URL]
    assert missing_lines(f"花屋 & 茶屋 東京 {URL}", footer) == []
