"""The bytes of a mail: read back as they were meant, one-click unsubscribing intact, nothing injected."""

import base64
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.header_text import HeaderRefused
from tenshu.content.shop import ShopSettings
from tenshu.deliver.channels.email.address import AddressRefused
from tenshu.deliver.channels.email.letter import Letter, LetterRefused, compose, legal_footer
from tenshu.deliver.channels.email.smtp import wire_form
from tenshu.kit.errors import TenshuError

LONG_URL = "https://mail.shop.example/u/k1." + "a" * 300 + ".b"
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
]


def letter(**changed: Any) -> Letter:
    known: dict[str, Any] = {
        "message_id": "7.2.abc@shop.example",
        "sent_at": datetime(2026, 5, 1, 1, 2, 3, tzinfo=UTC),
        "sender_name": "花屋",
        "sender_email": "shop@shop.example",
        "recipient": "sato@example.com",
        "subject": "佐藤様へのお知らせ",
        "html": "<html><body><p>春の新作です。</p></body></html>",
        "text": "春の新作です。\n",
        "unsubscribe_url": LONG_URL,
        "list_id": "marketing.shop.example",
    }
    return Letter(**{**known, **changed})


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def bodies(raw: bytes) -> dict[str, str]:
    """Return the bodies of a mail by their kind, lines ended by a line feed."""
    parts = read(raw).walk()
    return {
        part.get_content_type(): str(part.get_content()).replace("\r\n", "\n")
        for part in parts
        if not part.is_multipart()
    }


def test_mail_reads_back_as_it_was_meant() -> None:
    message = read(compose(letter()))
    assert message["Subject"] == "佐藤様へのお知らせ"
    assert message["From"].addresses[0].display_name == "花屋"
    assert message["From"].addresses[0].addr_spec == "shop@shop.example"
    assert message["To"] == "sato@example.com"
    assert message["Message-ID"] == "<7.2.abc@shop.example>"
    assert message["Date"].datetime == datetime(2026, 5, 1, 1, 2, 3, tzinfo=UTC)


def test_mail_has_a_text_and_an_html_body_in_this_order() -> None:
    message = read(compose(letter()))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.defects == []


def test_mail_has_exactly_the_headers_we_set() -> None:
    assert read(compose(letter())).keys() == HEADERS


def test_one_click_unsubscribe_is_on_one_line_of_plain_text() -> None:
    # the standard library would fold this link into encoded words, and no provider could follow it
    lines = compose(letter()).split(b"\r\n")
    assert f"List-Unsubscribe: <{LONG_URL}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_service_message_has_no_unsubscribe_header() -> None:
    names = read(compose(letter(unsubscribe_url="", list_id=""))).keys()
    assert not [name for name in names if name.startswith("List-")]


def test_same_letter_is_the_same_bytes() -> None:
    assert compose(letter()) == compose(letter())


@pytest.mark.parametrize("text", ["", "a", "春", "🌸" * 500, "line\n" * 500, "x" * 5_000, "tabs\tand  blanks \n"])
def test_bodies_read_back_whatever_their_length(text: str) -> None:
    made = bodies(compose(letter(text=text, html=f"<p>{text}</p>")))
    assert made["text/plain"] == text
    assert made["text/html"] == f"<p>{text}</p>"


def test_lines_of_a_body_end_alike() -> None:
    raw = compose(letter(text="one\ntwo\r\nthree\rfour"))
    coded = raw.split(b"base64\r\n\r\n")[1].split(b"\r\n--")[0]
    assert base64.b64decode(coded) == b"one\r\ntwo\r\nthree\r\nfour"


def test_control_characters_of_a_body_are_left_out() -> None:
    assert bodies(compose(letter(text="a\x00b\x1b[31mc\x08d")))["text/plain"] == "ab[31mcd"


def test_half_a_character_does_not_stop_the_mail() -> None:
    assert bodies(compose(letter(text="花\ud83d屋")))["text/plain"] == "花?屋"


def test_mail_is_ascii_with_short_lines() -> None:
    raw = compose(letter(subject="春" * 90, text="春" * 3_000, unsubscribe_url="https://shop.example/u/1"))
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 76
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_no_line_of_a_body_begins_with_a_dot() -> None:
    raw = compose(letter(text=".\n..\n.\r\n", html=".\r\n.\r\nMAIL FROM:<v@x.example>"))
    assert not [line for line in raw.split(b"\r\n") if line.startswith(b".")]
    assert wire_form(raw).count(b"\r\n.") == 1


def test_boundary_cannot_stand_in_a_body() -> None:
    raw = compose(letter())
    boundary = read(raw).get_boundary()
    assert boundary is not None
    forged = compose(letter(text=f"--{boundary}--\r\nContent-Type: text/html\r\n\r\n<b>x</b>"))
    assert len(list(read(forged).iter_parts())) == 2


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"subject": "x\r\nBcc: v@x.example"}, HeaderRefused),
        ({"subject": "x\u2028y"}, HeaderRefused),
        ({"subject": ""}, LetterRefused),
        ({"subject": "   "}, LetterRefused),
        ({"sender_name": "花屋\nBcc: v@x.example"}, HeaderRefused),
        ({"recipient_name": "佐藤\x0bBcc: v@x.example"}, HeaderRefused),
        ({"recipient": "a@x.example>\r\nRCPT TO:<v@x.example"}, AddressRefused),
        ({"recipient": "a@x.example, b@x.example"}, AddressRefused),
        ({"recipient": '"a b"@x.example'}, AddressRefused),
        ({"sender_email": "shop@shop.example\r\nBcc: v@x.example"}, AddressRefused),
        ({"reply_to": "a@x.example\r\nBcc: v@x.example"}, AddressRefused),
        ({"message_id": "a b@x.example"}, LetterRefused),
        ({"message_id": "a@x.example>\r\nBcc: <v"}, LetterRefused),
        ({"message_id": "no-at"}, LetterRefused),
        ({"unsubscribe_url": "javascript:alert(1)"}, LetterRefused),
        ({"unsubscribe_url": "https://shop.example/\r\nBcc: v@x.example"}, LetterRefused),
        ({"unsubscribe_url": "https://shop.example/> , <https://evil.example"}, LetterRefused),
        ({"list_id": "a>\r\nBcc: v"}, LetterRefused),
    ],
)
def test_letter_with_a_hostile_value_is_not_made(changed: dict[str, str], error: type[TenshuError]) -> None:
    with pytest.raises(error) as refusal:
        compose(letter(**changed))
    assert "\r" not in refusal.value.text("en")


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(letter(sent_at=datetime(2026, 5, 1)))  # noqa: DTZ001 - the mistake itself


@pytest.mark.parametrize("place", ["subject", "sender_name", "recipient_name"])
def test_encoded_word_with_a_bcc_stays_text(place: str) -> None:
    raw = compose(letter(**{place: "=?utf-8?q?hi=0D=0ABcc=3A_v=40x?="}))
    message = message_from_bytes(raw, policy=policy.SMTP)
    again = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
    assert sorted(again.keys()) == sorted(HEADERS)


def test_reply_address_is_set_when_given() -> None:
    assert read(compose(letter(reply_to="desk@shop.example")))["Reply-To"] == "desk@shop.example"


def test_recipients_name_stands_before_the_address() -> None:
    to = read(compose(letter(recipient_name="佐藤 太郎")))["To"].addresses
    assert [(found.display_name, found.addr_spec) for found in to] == [("佐藤 太郎", "sato@example.com")]


def test_footer_is_added_to_both_bodies() -> None:
    shop = ShopSettings(name="花屋", postal_address="東京都千代田区1-1", contact="03-0000-0000")
    made = bodies(compose(letter(footer=legal_footer(shop, LONG_URL, "ja"))))
    for body in made.values():
        for line in ("花屋", "東京都千代田区1-1", "03-0000-0000", LONG_URL):
            assert line in body
    assert made["text/html"].rstrip().endswith("</body></html>")


@settings(max_examples=150)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=80))
def test_any_merged_values_give_our_headers_or_no_mail(subject: str, name: str, body: str) -> None:
    try:
        raw = compose(letter(subject=subject, recipient_name=name, text=body, html=body))
    except TenshuError:
        return
    assert message_from_bytes(raw, policy=policy.compat32).keys() == HEADERS
    assert len(message_from_bytes(raw).get_payload()) == 2
