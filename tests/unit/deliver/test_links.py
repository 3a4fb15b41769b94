"""Tokens and links: each for its own purpose, none to be forged, no redirect to anywhere else."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.links import (
    HONEYPOT_LINK,
    LONGEST_URL,
    LinkPayload,
    Purpose,
    Signer,
    linked_urls,
    may_lead_to,
    track_links,
)

SECRET = b"the secret of this shop, 32 bytes"
SIGNER = Signer(SECRET, "k1")
PURPOSES: tuple[Purpose, ...] = ("click", "open", "unsubscribe", "bounce")
BASE = "https://mail.shop.example"
URL = "https://shop.example.com/p/1?a=1&b=2"


def payload(purpose: Purpose, enrolment: int = 7, visit: int = 2) -> LinkPayload:
    if purpose == "click":
        return LinkPayload(purpose=purpose, enrolment=enrolment, visit=visit, link=3, url=URL)
    return LinkPayload(purpose=purpose, enrolment=enrolment, visit=visit)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_token_opens_to_what_was_signed(purpose: Purpose) -> None:
    assert SIGNER.open(SIGNER.sign(payload(purpose)), purpose) == payload(purpose)


@pytest.mark.parametrize("made_for", PURPOSES)
@pytest.mark.parametrize("used_for", PURPOSES)
def test_token_of_one_purpose_is_worth_nothing_for_another(made_for: Purpose, used_for: Purpose) -> None:
    opened = SIGNER.open(SIGNER.sign(payload(made_for)), used_for)
    assert (opened is not None) is (made_for == used_for)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_token_of_another_shop_opens_nothing(purpose: Purpose) -> None:
    token = Signer(b"the secret of another shop, long", "k1").sign(payload(purpose))
    assert SIGNER.open(token, purpose) is None


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_altered_character_makes_the_token_worthless(purpose: Purpose) -> None:
    token = SIGNER.sign(payload(purpose))
    for place, character in enumerate(token):
        for other in "Ab2.-":
            if other.lower() != character.lower():
                assert SIGNER.open(token[:place] + other + token[place + 1 :], purpose) is None


@pytest.mark.parametrize("purpose", PURPOSES)
def test_cut_or_lengthened_token_opens_nothing(purpose: Purpose) -> None:
    token = SIGNER.sign(payload(purpose))
    for length in range(len(token)):
        assert SIGNER.open(token[:length], purpose) is None
    for more in ("A", "=", ".", "\n", " ", "%00", "/", "é"):
        assert SIGNER.open(token + more, purpose) is None


@pytest.mark.parametrize("purpose", ["click", "open", "unsubscribe"])
def test_key_id_cannot_be_swapped(purpose: Purpose) -> None:
    signer = Signer(SECRET, "k2", older={"k1": b"another secret of this same shop"})
    _, said, mac = signer.sign(payload(purpose)).split(".")
    assert signer.open(f"k2.{said}.{mac}", purpose) is not None
    for key_id in ("k1", "k3", "", "K2"):
        assert signer.open(f"{key_id}.{said}.{mac}", purpose) is None


@pytest.mark.parametrize("purpose", PURPOSES)
def test_old_tokens_open_after_a_change_of_key(purpose: Purpose) -> None:
    token = SIGNER.sign(payload(purpose))
    changed = Signer(b"the new secret of the same shop!", "k2", older={"k1": SECRET})
    assert changed.open(token, purpose) == payload(purpose)
    assert changed.sign(payload(purpose)).startswith("k2.")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_tokens_of_a_forgotten_key_open_nothing(purpose: Purpose) -> None:
    token = SIGNER.sign(payload(purpose))
    assert Signer(b"the new secret of the same shop!", "k2").open(token, purpose) is None


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "k1", "k1.", "k1..", "k1.e30.AAAA", "あ.い.う", "k1.\x00.\x00", "a" * 99_999]
)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_nonsense_opens_nothing_and_raises_nothing(token: str, purpose: Purpose) -> None:
    assert SIGNER.open(token, purpose) is None


@given(st.text(max_size=60), st.sampled_from(PURPOSES))
def test_no_text_opens_anything(token: str, purpose: Purpose) -> None:
    assert SIGNER.open(token, purpose) is None
    assert SIGNER.open(f"k1.{token}", purpose) is None


@pytest.mark.parametrize(
    ("secret", "key_id"), [(b"short", "k1"), (SECRET, ""), (SECRET, "K1"), (SECRET, "k.1"), (SECRET, "k" * 9)]
)
def test_weak_secret_or_odd_key_id_is_refused(secret: bytes, key_id: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Signer(secret, key_id)


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**24 - 1))
def test_bounce_token_survives_mail_servers_that_change_case(enrolment: int, visit: int) -> None:
    token = SIGNER.sign(payload("bounce", enrolment, visit))
    assert SIGNER.open(token.upper(), "bounce") == payload("bounce", enrolment, visit)


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**24 - 1))
def test_bounce_address_fits_the_local_part_of_an_address(enrolment: int, visit: int) -> None:
    address = Signer(SECRET, "longest8").bounce_address(enrolment, visit, "bounce.shop.example")
    local, _, domain = address.partition("@")
    assert re.fullmatch(r"b\+longest8\.[a-z2-7]{31}", local)
    assert len(local) <= 64
    assert domain == "bounce.shop.example"


LEADING = {
    URL: True,
    "http://shop.example.com": True,
    "HTTPS://shop.example.com/": True,
    "https://shop.example.com:8443/a#b": True,
    "https://[2001:db8::1]/": True,
    "javascript:alert(1)": False,
    "JaVaScRiPt:alert(1)": False,
    "data:text/html,<script>": False,
    "file:///etc/passwd": False,
    "ftp://shop.example.com/": False,
    "//evil.example": False,
    "/\\evil.example": False,
    "\\\\evil.example": False,
    "https:/evil.example": False,
    "https:///evil.example": False,
    "https://\\evil.example": False,
    "https://shop.example.com\\@evil.example": False,
    "https://shop.example.com/\r\nSet-Cookie: a=b": False,
    "https://shop.example.com/ a": False,
    "https://shop.example.com/\x00": False,
    "https://": False,
    "": False,
    "https://shop.example.com/" + "a" * LONGEST_URL: False,
    "https://花屋.example/": False,
}


@pytest.mark.parametrize(("url", "may"), LEADING.items(), ids=[ascii(url[:40]) for url in LEADING])
def test_link_may_lead_to_web_addresses_only(url: str, *, may: bool) -> None:
    assert may_lead_to(url) is may


@pytest.mark.parametrize("url", [url for url, may in LEADING.items() if not may], ids=lambda url: ascii(url[:40]))
def test_nothing_else_is_ever_signed(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        SIGNER.sign(LinkPayload(purpose="click", enrolment=1, visit=1, url=url))


def tracked(html: str, text: str = "") -> tuple[str, str]:
    return track_links(html, text, signer=SIGNER, enrolment=7, visit=2, base_url=BASE)


def clicks(body: str) -> list[LinkPayload]:
    """Return what each signed link of a body says, in order."""
    opened = [SIGNER.open(token, "click") for token in re.findall(rf"{BASE}/c/([\w.-]+)", body)]
    return [found for found in opened if found is not None]


def test_links_of_the_html_are_signed_and_numbered_in_order() -> None:
    html, _ = tracked(f'<body><a href="{URL}">1</a><a class="b" href=\'https://shop.example.com/2\'>2</a></body>')
    said = [(found.link, found.url) for found in clicks(html)]
    assert said == [(0, URL), (1, "https://shop.example.com/2"), (HONEYPOT_LINK, URL)]
    assert "shop.example.com" not in html


def test_escaped_link_leads_where_a_browser_would_go() -> None:
    html, _ = tracked('<a href="https://shop.example.com/?a=1&amp;b=&#50;">x</a>')
    assert clicks(html)[0].url == "https://shop.example.com/?a=1&b=2"


def test_japanese_path_is_percent_encoded() -> None:
    html, _ = tracked('<a href="https://shop.example.com/花?色=赤&amp;b=%20">x</a>')
    assert clicks(html)[0].url == "https://shop.example.com/%E8%8A%B1?%E8%89%B2=%E8%B5%A4&b=%20"


def test_same_link_in_the_text_keeps_its_number() -> None:
    html, text = tracked(f'<a href="{URL}">x</a>', f"こちら: {URL}。新着: https://shop.example.com/new")
    assert [found.link for found in clicks(html)] == [0, HONEYPOT_LINK]
    assert [(found.link, found.url) for found in clicks(text)] == [(0, URL), (1, "https://shop.example.com/new")]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("見る https://shop.example.com/a。", "https://shop.example.com/a"),
        ("(https://shop.example.com/a)", "https://shop.example.com/a"),
        ("https://shop.example.com/a, and", "https://shop.example.com/a"),
        ("<https://shop.example.com/a>", "https://shop.example.com/a"),
        ("「https://shop.example.com/a」", "https://shop.example.com/a"),
        ("https://shop.example.com/a?b=1&c=2#d\n次", "https://shop.example.com/a?b=1&c=2#d"),
    ],
)
def test_link_in_text_ends_where_the_sentence_goes_on(text: str, url: str) -> None:
    _, made = tracked("", text)
    assert clicks(made)[0].url == url
    assert re.sub(rf"{BASE}/c/[A-Za-z0-9._-]+", "X", made) == text.replace(url, "X")


UNTOUCHED = [
    f"{BASE}/u/k1.abc.def",
    "mailto:shop@example.com",
    "tel:+81312345678",
    "#top",
    "https://花屋.example/",
    "https://shop.example.com/" + "a" * LONGEST_URL,
]


@pytest.mark.parametrize("url", UNTOUCHED, ids=lambda url: ascii(url[:30]))
def test_link_that_is_not_tracked_stays_as_it_is(url: str) -> None:
    html, _ = tracked(f'<a href="{url}">x</a>')
    assert f'href="{url}"' in html


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " java&#115;cript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
    ],
)
def test_link_of_another_scheme_leads_nowhere(url: str) -> None:
    html, _ = tracked(f'<a href="{url}">x</a>')
    assert 'href="#"' in html
    assert unescape(url).strip() not in unescape(html)


def test_stylesheets_and_pictures_are_no_links() -> None:
    page = (
        '<link href="https://shop.example.com/a.css"><img src="https://shop.example.com/a.png"><abbr title="x">y</abbr>'
    )
    html, _ = tracked(page)
    assert html.startswith(page)
    assert clicks(html) == []


def test_outlook_buttons_and_image_maps_are_links() -> None:
    html, _ = tracked(f'<v:roundrect href="{URL}"></v:roundrect><area href="{URL}"><a data-x="1" href={URL}>x</a>')
    assert [found.link for found in clicks(html)] == [0, 1, 2, HONEYPOT_LINK]


def test_pixel_and_invisible_link_stand_at_the_end_of_the_body() -> None:
    html, _ = tracked(f'<html><body><a href="{URL}">x</a></body></html>')
    assert html.endswith("</body></html>")
    token = re.search(rf'<img src="{BASE}/o/([\w.-]+)\.gif"', html)
    assert token is not None
    assert SIGNER.open(token[1], "open") == payload("open")
    hidden = html[html.index("aria-hidden") - 300 : html.index("<img")]
    assert "display:none" in hidden
    assert 'tabindex="-1"' in hidden


def test_invisible_link_leads_to_the_shop_in_case_a_person_meets_it() -> None:
    html, _ = tracked(f'<a href="{URL}">x</a>')
    assert clicks(html)[-1] == LinkPayload(purpose="click", enrolment=7, visit=2, link=HONEYPOT_LINK, url=URL)


def test_mail_without_links_has_no_invisible_one() -> None:
    html, text = tracked("<body>Hello</body>", "Hello")
    assert "/c/" not in html
    assert "/o/" in html
    assert text == "Hello"


def test_links_can_be_listed_by_their_numbers() -> None:
    html = f'<a href="{URL}">x</a><a href="{BASE}/u/k1.a.b">stop</a><a href="https://shop.example.com/2">2</a>'
    urls = linked_urls(html, f"{URL} https://shop.example.com/3", base_url=BASE)
    assert urls == [URL, "https://shop.example.com/2", "https://shop.example.com/3"]
    made = track_links(html, f"{URL} https://shop.example.com/3", signer=SIGNER, enrolment=1, visit=1, base_url=BASE)
    assert {found.url: found.link for found in clicks(made.html + made.text) if found.link >= 0} == {
        url: number for number, url in enumerate(urls)
    }


def test_same_mail_has_the_same_links_at_every_attempt() -> None:
    page = f'<a href="{URL}">x</a>'
    assert tracked(page, URL) == tracked(page, URL)


def test_tokens_of_two_mails_differ() -> None:
    first = SIGNER.sign(payload("open", enrolment=1))
    second = SIGNER.sign(payload("open", enrolment=2))
    assert first.split(".")[2] != second.split(".")[2]


@pytest.mark.parametrize("noise", ["<a ", "<a href=", '<a href="', "https://", "<a\n", "</body>"])
def test_noise_is_walked_in_one_pass(noise: str) -> None:
    html, text = tracked(noise * 20_000, noise * 20_000)
    assert "/o/" in html
    assert len(text) >= len(noise) * 20_000 or "/c/" in text


def test_tokens_of_mails_that_are_out_there_are_what_we_still_write() -> None:
    signer = Signer(b"a secret of 32 bytes or more .....", "k1")
    click = LinkPayload(purpose="click", enrolment=7, visit=1, link=2, url="https://shop.example.com/?a=<>&b=~~~")
    written = [
        signer.sign(click),
        signer.sign(LinkPayload(purpose="unsubscribe", enrolment=7, visit=1)),
        signer.bounce_address(7, 1, "b.example"),
    ]
    assert written == [
        "k1.WyJjbGljayIsNywxLDIsImh0dHBzOi8vc2hvcC5leGFtcGxlLmNvbS8_YT08PiZiPX5-fiJd.nRpkEvANtvD7j48XbYDpIQ",
        "k1.WyJ1bnN1YnNjcmliZSIsNywxLDAsIiJd.f_kB3udHr2XxKi-sx2th6g",
        "b+k1.aaaaaaaaa4aaaaiwpjvaf2dgq2ocmio@b.example",
    ]
    assert signer.open(written[0], "click") == click
