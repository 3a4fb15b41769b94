"""From whom mail comes and where its links lead: what is taken, what follows from it, and what no mail may carry."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.content.shop_values import is_domain, is_url
from tenshu.web.console.settings.about_shop import DEFAULTS, IDENTITY, LINKS, SENDER
from tests.unit.web.console.settings.test_forms import FRESH, kept_after, read

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
DOMAIN = st.builds("{}.{}".format, LABEL, st.sampled_from(["jp", "co.jp", "com", "tokyo"]))


@pytest.mark.parametrize("email", ["info@hanaya.jp", "o.shirase+2@mail.hanaya.co.jp", "a@b.tokyo", "x_y-z@hanaya.jp"])
def test_an_address_of_ones_own_is_taken_as_it_is(email: str) -> None:
    assert read(SENDER, sender_email=email).changes["shop"]["sender_email"] == email


@pytest.mark.parametrize(
    "email",
    [
        "info",
        "@hanaya.jp",
        "info@",
        "info@hanaya",
        "info@@hanaya.jp",
        "in fo@hanaya.jp",
        "情報@hanaya.jp",
        "a@[192.0.2.1]",
    ],
)
def test_what_nobody_can_answer_to_is_refused(email: str) -> None:
    assert "sender_email" in read(SENDER, sender_email=email, bounce_domain="hanaya.jp").errors


@given(st.text(max_size=12), st.sampled_from(["\n", "\r\n", "\x0b", "\u2028", "\x00"]), st.text(max_size=12))
def test_no_field_of_the_sender_ever_carries_a_line_break_into_a_mail(before: str, line: str, after: str) -> None:
    typed = f"{before}{line}{after}"
    form = SENDER.read({"sender_name": typed, "sender_email": f"a{typed}@hanaya.jp", "bounce_domain": typed}, FRESH)
    assert all(value.isprintable() for value in form.values.values())


@given(DOMAIN)
def test_mail_returns_to_the_senders_own_domain_unless_another_is_given(domain: str) -> None:
    without = read(SENDER, sender_email=f"info@{domain}", bounce_domain="").changes["shop"]
    given_one = read(SENDER, sender_email="info@hanaya.jp", bounce_domain=domain).changes["shop"]
    assert without["bounce_domain"] == given_one["bounce_domain"] == domain


@pytest.mark.parametrize(
    "typed", ["@bounce.hanaya.jp", "BOUNCE.Hanaya.JP", " bounce.hanaya.jp ", "ｂｏｕｎｃｅ．hanaya.jp"]
)
def test_a_domain_is_read_however_it_is_written(typed: str) -> None:
    assert read(SENDER, bounce_domain=typed).changes["shop"]["bounce_domain"] == "bounce.hanaya.jp"


@pytest.mark.parametrize(
    "typed", ["https://hanaya.jp", "a@hanaya.jp", "hanaya", ".jp", "hanaya..jp", "-a.jp", "@@hanaya.jp"]
)
def test_what_is_no_domain_is_refused_at_its_field_alone(typed: str) -> None:
    assert list(read(SENDER, bounce_domain=typed).errors) == ["bounce_domain"]


def test_a_wrong_address_and_a_wrong_domain_are_both_told() -> None:
    assert list(read(SENDER, sender_email="info", bounce_domain="a b").errors) == ["sender_email", "bounce_domain"]


def test_a_wrong_address_alone_says_nothing_against_an_empty_domain() -> None:
    assert list(read(SENDER, sender_email="info", bounce_domain="").errors) == ["sender_email"]


def test_an_empty_name_stays_empty_so_that_the_shops_name_stands_there() -> None:
    assert read(SENDER, sender_name="  ").changes["shop"]["sender_name"] == ""


@pytest.mark.parametrize(
    ("typed", "saved"),
    [
        ("https://mail.hanaya.jp", "https://mail.hanaya.jp"),
        ("https://mail.hanaya.jp///", "https://mail.hanaya.jp"),
        ("http://192.0.2.1:8000/", "http://192.0.2.1:8000"),
        ("https://hanaya.jp/shop/?a=b", "https://hanaya.jp/shop/?a=b"),
        ("ｈｔｔｐｓ：／／hanaya.jp", "https://hanaya.jp"),
        ("https://花屋.jp", "https://花屋.jp"),
    ],
)
def test_an_address_of_a_page_is_saved_without_a_slash_at_its_end(typed: str, saved: str) -> None:
    assert read(LINKS, public_url=typed).changes["shop"]["public_url"] == saved
    assert read(LINKS, home_url=typed).changes["shop"]["home_url"] == saved


@pytest.mark.parametrize(
    "typed",
    [
        "https://",
        "https:///path",
        "HTTPS//hanaya.jp",
        "https://a b.jp",
        "https://a.jp/\nBcc:x@y.jp",
        "https://a.jp/\x00",
        "https://a.jp:99999",
        "https://a.jp:port",
        "data:text/html,x",
        "mailto:info@hanaya.jp",
    ],
)
@pytest.mark.parametrize("field", ["public_url", "home_url"])
def test_what_no_browser_opens_is_refused_where_it_was_typed(field: str, typed: str) -> None:
    assert list(read(LINKS, **{field: typed}).errors) == [field]


@given(st.text(max_size=40))
def test_an_address_that_is_taken_can_stand_in_a_mails_header(tail: str) -> None:
    url = f"https://hanaya.jp/{tail}"
    assert not is_url(url) or (url.isprintable() and " " not in url)


@given(st.text(max_size=30))
def test_a_domain_that_is_taken_is_ascii_and_has_a_dot(text: str) -> None:
    assert not is_domain(text) or ("." in text and "@" not in text)


def test_empty_addresses_of_pages_mean_that_they_are_not_said_yet() -> None:
    form = read(LINKS, public_url="", home_url="")
    assert form.changes["shop"] == {"public_url": DEFAULTS.public_url, "home_url": DEFAULTS.home_url}
    assert LINKS.load(kept_after(form)) == {"public_url": "", "home_url": ""}


def test_what_was_said_can_be_taken_back_by_emptying_it() -> None:
    kept = kept_after(read(LINKS, home_url="https://hanaya.jp"))
    again = kept_after(read(LINKS, kept, public_url="", home_url=""), kept)
    assert again.shop == ShopSettings()


def test_the_examples_of_a_fresh_shop_cannot_be_saved_as_ones_own() -> None:
    assert "sender_email" in read(SENDER, sender_email=DEFAULTS.sender_email).errors


@pytest.mark.parametrize(
    ("field", "example"), [("sender_email", "shop@example.com"), ("bounce_domain", "bounce.example.com")]
)
def test_the_examples_of_a_fresh_shop_are_not_shown_and_ones_own_are(field: str, example: str) -> None:
    assert getattr(DEFAULTS, field) == example
    assert SENDER.load(FRESH)[field] == ""
    kept = kept_after(read(SENDER))
    assert SENDER.load(kept)[field].endswith("hanaya.jp")


def test_a_shop_that_is_really_called_something_shows_its_name() -> None:
    kept = msgspec.structs.replace(FRESH, shop=ShopSettings(name="花屋", contact="03-1"))
    assert IDENTITY.load(kept) == {"name": "花屋", "postal_address": "", "contact": "03-1"}
