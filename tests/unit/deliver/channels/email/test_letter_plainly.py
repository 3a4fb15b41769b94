"""The quick composition gives, byte for byte, the mail that a plain one gives."""

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.deliver.channels.email.header import mailbox, unstructured
from tenshu.deliver.channels.email.letter import Letter, compose, legal_footer
from tenshu.deliver.channels.email.sender_lines import Footer, missing_lines
from tenshu.deliver.channels.email.smtp import wire_form

ODD = [
    *"aあ𠮷 .<>&'\"=-",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\x0b",
    "\x7f",
    "\x85",
    "\u2028",
    "\ud800",
    "</body>",
    "\n.",
]
BODIES = st.lists(st.sampled_from(ODD), max_size=120).map("".join)
SUBJECTS = st.text(st.sampled_from("aあ𠮷=?. "), min_size=1, max_size=60).map(
    lambda text: f"件{text}" if len(text) % 2 else f"x{text}"
)
SHOPS = st.builds(
    ShopSettings,
    name=st.sampled_from(["花屋", "A & B", 'the "R" shop']),
    postal_address=st.sampled_from(["", "京都市1-2", "1 O'Example St"]),
    contact=st.sampled_from(["", "https://shop.example/ask?a=1&b=2"]),
)
LINK = "https://mail.shop.example/u/k1.abc.def"


def plainly(letter: Letter) -> bytes:
    """Compose a mail step by step, with nothing kept from one to the next."""
    html, text = letter.html, letter.text
    footer = letter.footer
    assert footer is not None
    if missing_lines(html, footer):
        end = html.rfind("</body>") if "</body>" in html else len(html)
        html = html[:end] + footer.html + html[end:]
    if missing_lines(text, footer):
        text = f"{text.rstrip()}\n\n{footer.text}\n"
    boundary = f"=_{hashlib.blake2b(letter.message_id.encode(), digest_size=12).hexdigest()}"
    headers = {
        "From": mailbox(letter.sender_name, letter.sender_email, name="From"),
        "To": mailbox(letter.recipient_name, letter.recipient, name="To"),
        "Subject": unstructured(letter.subject, name="subject"),
        "Date": format_datetime(letter.sent_at.astimezone(UTC)),
        "Message-ID": f"<{letter.message_id}>",
        "Reply-To": letter.reply_to,
        "List-Id": f"<{letter.list_id}>" if letter.list_id else "",
        "List-Unsubscribe": f"<{letter.unsubscribe_url}>" if letter.unsubscribe_url else "",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if letter.unsubscribe_url else "",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    parts = [(f"text/{kind}", body) for kind, body in (("plain", text), ("html", html))]
    return (
        f"{head}\r\n" + "".join(f"--{boundary}\r\n{part(kind, body)}" for kind, body in parts) + f"--{boundary}--\r\n"
    ).encode("ascii")


def part(kind: str, body: str) -> str:
    """Write a body as one that relays leave alone."""
    tidy = re.sub("\r\n|\r|\n", "\r\n", re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", body))
    coded = b64encode(tidy.encode("utf-8", "replace")).decode()
    lines = "".join(f"{coded[at : at + 76]}\r\n" for at in range(0, len(coded), 76))
    return f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}"


@given(SHOPS, SUBJECTS, BODIES, BODIES, st.sampled_from(["ja", "en"]), st.integers(0, 10**9), st.data())
def test_quick_and_plain_composition_give_the_same_bytes(
    shop: ShopSettings, subject: str, html: str, text: str, language: str, number: int, data: st.DataObject
) -> None:
    shown = data.draw(st.sampled_from(["", LINK, shop.name, f"{shop.name}{shop.postal_address}{shop.contact}{LINK}"]))
    given_: dict[str, Any] = {
        "sender_name": data.draw(st.sampled_from(["花屋", "", "A, B"])),
        "sender_email": "shop@shop.example",
        "recipient": f"u{number}@example.com",
        "reply_to": data.draw(st.sampled_from(["", "ask@shop.example"])),
        "list_id": data.draw(st.sampled_from(["", "marketing.shop.example"])),
        "unsubscribe_url": data.draw(st.sampled_from(["", LINK])),
        "sent_at": datetime(2026, 5, 1, tzinfo=data.draw(st.sampled_from([UTC, timezone(timedelta(hours=9))]))),
    }
    letter = Letter(
        message_id=f"{number}.0@shop.example",
        subject=subject,
        html=f"<body>{html}{shown}</body>",
        text=f"{text}{shown}",
        footer=legal_footer(shop, LINK, language),
        **given_,
    )
    assert compose(letter) == plainly(letter)


def test_the_same_instant_is_written_alike_whatever_its_zone() -> None:
    moments = [datetime(2026, 5, 1, 0, tzinfo=UTC), datetime(2026, 5, 1, 9, tzinfo=timezone(timedelta(hours=9)))]
    written = [
        compose(
            Letter(
                message_id="1.0@shop.example",
                sent_at=moment,
                sender_name="",
                sender_email="shop@shop.example",
                recipient="a@example.com",
                subject="x",
                html="",
                text="",
                footer=Footer("", "", ()),
            )
        )
        for moment in moments
    ]
    assert written[0] == written[1]
    assert b"Date: Fri, 01 May 2026 00:00:00 +0000\r\n" in written[0]


@given(st.lists(st.sampled_from([b"a", b".", b"\r", b"\n", b"\r\n", b"..", b"\r\n."]), max_size=12).map(b"".join))
def test_wire_form_of_tidy_and_untidy_mails_is_one_rule(content: bytes) -> None:
    lines = re.split(b"\r\n|\r|\n", content)
    if lines[-1] == b"" and content:
        lines.pop()
    expected = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
    assert wire_form(content) == expected + b".\r\n"
