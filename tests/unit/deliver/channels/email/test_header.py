"""The header block: what is set stands there, and nothing else ever does."""

from collections.abc import Sequence
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.header_text import HeaderRefused
from tenshu.deliver.channels.email.header import header_line, mailbox, names_in, unstructured


def header_block(headers: Sequence[tuple[str, str]]) -> bytes:
    return "".join(header_line(name, value) for name, value in headers).encode("ascii")


def read(value: str) -> str:
    return str(make_header(decode_header(value.replace("\r\n", ""))))


SUBJECTS = [
    "Spring sale",
    "春のお知らせ",
    "佐藤様、いつもご利用いただきありがとうございます。春の新作が入荷しましたのでご案内いたします。",
    "🌸" * 40,
    "𠮷野家 髙島屋 﨑",
    "50 % off & <more>",
    'quotes " and \\ back',
    "a = b ? c : d",
    "mixed 日本語 and English, in turn 交互に",
    "x" * 300,
    "word " * 60 + "end",
    "double  blanks   inside",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subject_is_read_as_it_was_written(subject: str) -> None:
    assert read(unstructured(subject, name="subject")) == subject.strip()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_encoded_word_is_longer_than_the_standard_allows(subject: str) -> None:
    for line in unstructured(subject, name="subject").split("\r\n "):
        assert not line.startswith("=?") or len(line) <= 75


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_encoded_word_can_be_read_by_itself(subject: str) -> None:
    for line in unstructured(subject, name="subject").split("\r\n "):
        assert "\ufffd" not in read(line)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120))
def test_any_subject_survives(subject: str) -> None:
    expected = subject.replace("=?", "= ?").strip()
    assert read(unstructured(subject, name="subject")) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hanaya", "Hanaya <shop@example.com>"),
        ("Hanaya, Tokyo", '"Hanaya, Tokyo" <shop@example.com>'),
        ('A "B" \\ C', '"A \\"B\\" \\\\ C" <shop@example.com>'),
        ("evil@example.org", '"evil@example.org" <shop@example.com>'),
        ("<v@x.example>", '"<v@x.example>" <shop@example.com>'),
        ("", "shop@example.com"),
    ],
)
def test_mailbox_writes_a_name_before_the_address(name: str, expected: str) -> None:
    assert mailbox(name, "shop@example.com", name="From") == expected


@pytest.mark.parametrize("name", ["花屋", "花屋, 東京", "a <v@x.example> 花", 'A "B"', "Hanaya; evil@example.org"])
def test_mailbox_holds_one_address_whatever_the_name(name: str) -> None:
    block = header_block([("From", mailbox(name, "shop@example.com", name="From"))])
    addresses = message_from_bytes(block, policy=policy.default)["From"].addresses
    assert [(found.display_name, found.addr_spec) for found in addresses] == [(name, "shop@example.com")]


INJECTIONS = [
    "x\r\nBcc: v@x.example",
    "x\nBcc: v@x.example",
    "x\rBcc: v@x.example",
    "x\r\n\r\n<html>",
    "x\x0bBcc: v@x.example",
    "x\x85Bcc: v@x.example",
    "x\u2028Bcc: v@x.example",
    "x\x00",
]


@pytest.mark.parametrize("value", INJECTIONS, ids=ascii)
def test_header_cannot_be_injected_through_a_subject(value: str) -> None:
    with pytest.raises(HeaderRefused):
        unstructured(value, name="subject")


@pytest.mark.parametrize("value", INJECTIONS, ids=ascii)
def test_header_cannot_be_injected_through_a_name(value: str) -> None:
    with pytest.raises(HeaderRefused):
        mailbox(value, "shop@example.com", name="From")


@pytest.mark.parametrize("value", [*INJECTIONS, "x\r\n\tfolded by a stranger", "日本", "x\r\n "], ids=ascii)
def test_block_refuses_what_was_never_encoded(value: str) -> None:
    with pytest.raises(HeaderRefused):
        header_block([("Subject", value)])


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?hi=0D=0ABcc=3A_v=40x?=",
        "=?utf-8?b?aGkNCkJjYzogdkB4?=",
        "佐藤 =?utf-8?q?hi=0D=0ABcc=3A_v=40x?=",
    ],
)
def test_encoded_word_in_a_value_is_text_even_after_being_read_and_written_again(value: str) -> None:
    block = header_block([("Subject", unstructured(value, name="subject")), ("To", "sato@example.com")])
    message = message_from_bytes(block, policy=policy.SMTP)
    again = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
    assert again.keys() == ["Subject", "To"]
    assert "Bcc" not in again


@pytest.mark.parametrize(
    ("block", "names"),
    [
        ("A: b\r\n", ["A"]),
        ("A: b\r\n c\r\nD: e\r\n", ["A", "D"]),
        ("A: b\nBcc: c\r\n", ["A", "Bcc"]),
        ("A: b\rBcc: c\r\n", ["A", "Bcc"]),
        ("A: b\r\n\r\nbody\r\n", ["A", "", "body"]),
        ("A: \r\n", ["A: "]),
        (" A: b\r\n", [" A: b"]),
        ("A: b\r\n \r\nC: d\r\n", ["A", " ", "C"]),
    ],
)
def test_names_are_read_as_the_most_careless_program_would(block: str, names: list[str]) -> None:
    assert names_in(block) == names


def test_line_longer_than_smtp_carries_is_refused() -> None:
    with pytest.raises(HeaderRefused):
        header_block([("X", "a" * 1_000)])


def test_block_ends_each_line_with_crlf() -> None:
    block = header_block([("Subject", unstructured("春" * 60, name="subject")), ("To", "a@example.com")])
    assert block.endswith(b"\r\n")
    assert b"\n" not in block.replace(b"\r\n", b"")


@settings(max_examples=300)
@given(st.text(max_size=60), st.text(max_size=60))
def test_names_of_the_block_never_change_whatever_is_merged(subject: str, sender: str) -> None:
    try:
        headers = [
            ("From", mailbox(sender, "shop@example.com", name="From")),
            ("Subject", unstructured(subject, name="subject") or "-"),
        ]
        block = header_block(headers)
    except HeaderRefused:
        return
    assert message_from_bytes(block + b"\r\n", policy=policy.compat32).keys() == ["From", "Subject"]
