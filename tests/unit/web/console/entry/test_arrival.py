"""Where somebody goes after signing in, and what the mail with the link says: nothing from outside leads elsewhere."""

from email import message_from_bytes
from email.policy import default
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.staff.strength import PasswordRefused
from tenshu.staff.text import AddressUnusable, NameRefused
from tenshu.web.console.entry.arrival import wanted_path
from tenshu.web.console.entry.joining import where
from tenshu.web.console.entry.letter import ResetLetter, outgoing_of
from tests.unit.staff.crew import NOW

ORIGIN = "https://console.example.com"


@pytest.mark.parametrize(
    "asked",
    [
        "/",
        "/segments",
        "/segments?page=2&x=%2F",
        "/customers/1#shoes",
        "/a//b",
        "/a/../b",
        "/@evil.example",
        "/:80",
        "/~home",
    ],
)
def test_a_page_of_ours_is_where_one_goes(asked: str) -> None:
    assert wanted_path(asked) == asked


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "segments",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "https://evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/a\r\nSet-Cookie: x=1",
        "/a b",
        "/花",
        "/\x00",
        " /segments",
        "/" + "a" * 1001,
    ],
)
def test_everything_else_leads_to_the_first_page(asked: str) -> None:
    assert wanted_path(asked) == "/"


@given(asked=st.text(max_size=40) | st.text("/\\.:@?#%a \t\r\n", max_size=20))
def test_no_text_leads_to_another_host(asked: str) -> None:
    found = urlsplit(urljoin(ORIGIN, wanted_path(asked)))
    assert (found.scheme, found.netloc) == ("https", "console.example.com")
    assert wanted_path(wanted_path(asked)) == wanted_path(asked)
    assert wanted_path(asked).isascii()


@pytest.mark.parametrize(
    ("problem", "field"),
    [
        (NameRefused(given="x", most=1), "name"),
        (AddressUnusable(given="x"), "email"),
        (PasswordRefused(why="x"), "password"),
    ],
)
def test_a_problem_stands_at_its_field(problem: NameRefused | AddressUnusable | PasswordRefused, field: str) -> None:
    assert where(problem) == {field: problem.text()}


SHOP = ShopSettings(name="花屋 <b>&", sender_email="shop@example.com")


def mail(**given_: str) -> tuple[str, str, str]:
    """Return subject, text and HTML of a mail."""
    told = {"name": "佐藤", "address": "sato@example.com", "url": f"{ORIGIN}/reset/abc", "language": "ja"}
    outgoing = outgoing_of(SHOP, ResetLetter(**(told | given_)), now=NOW)
    assert (outgoing.address, outgoing.sender) == (told["address"], "shop@example.com")
    assert outgoing.message_id.endswith("@example.com")
    found = message_from_bytes(outgoing.content, policy=default)
    bodies = [found.get_body((kind,)) for kind in ("plain", "html")]
    plain, html = (body.get_content() if body is not None else "" for body in bodies)
    return str(found["subject"]), plain, html


@pytest.mark.parametrize(("language", "word"), [("ja", "パスワード"), ("en", "password")])
def test_the_mail_says_what_it_is_for_and_carries_the_link_once_in_each_part(language: str, word: str) -> None:
    subject, plain, html = mail(language=language)
    assert word in subject.lower()
    assert "花屋 <b>&" in subject
    assert plain.count(f"{ORIGIN}/reset/abc") == 1
    assert html.count(f'href="{ORIGIN}/reset/abc"') == 1
    assert f'lang="{language}"' in html


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}", "O'Neill & Söhne", "{url}"]
)
def test_a_name_in_the_mail_is_text(name: str) -> None:
    _subject, plain, html = mail(name=name)
    assert name in plain
    assert "<script" not in html
    assert "<img" not in html
    assert "49" not in html


def test_the_mail_loads_and_tracks_nothing() -> None:
    _subject, _plain, html = mail()
    assert "src=" not in html
    assert html.count("http") == 2  # the link, and its words


def test_two_mails_have_two_numbers() -> None:
    letter = ResetLetter(name="a", address="a@example.com", url=ORIGIN, language="en")
    assert len({outgoing_of(SHOP, letter, now=NOW).message_id for _turn in range(5)}) == 5
