"""One conversation with a server: greeting, encryption, login, answers."""

import base64
import socket
import ssl
from pathlib import Path

import pytest

from tenshu.deliver.channels.email.connection import Connection, ConnectionLost, NotReady, Server, Tls
from tests.unit.deliver.channels.email.scripted import encrypted, scripted

PEM = Path(__file__).parent / "localhost.pem"  # a key that guards nothing: made for these tests


def serving() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


def server(port: int, **changed: object) -> Server:
    return Server(**{"host": "127.0.0.1", "port": port, "timeout": 2.0, **changed})  # type: ignore[arg-type]


def refused(answers: list[str | None], **changed: object) -> NotReady:
    with scripted(answers) as port, pytest.raises(NotReady) as refusal:
        Connection(server(port, **changed))
    return refusal.value


def test_offers_of_the_server_are_known() -> None:
    with scripted(["220 hi", "250-mx\r\n250-pipelining\r\n250-SIZE 1000\r\n250 8BITMIME"]) as port:
        connection = Connection(server(port))
        connection.close()
    assert {"PIPELINING", "SIZE 1000", "8BITMIME"} <= connection.offers


def test_old_server_is_greeted_the_old_way() -> None:
    heard: list[bytes] = []
    with scripted(["220 hi", "502 what?", "250 mx"], heard=heard) as port:
        connection = Connection(server(port))
        connection.close()
    assert [line.split()[0] for line in heard] == [b"EHLO", b"HELO", b"QUIT"]
    assert connection.offers == frozenset()


def test_answer_of_many_lines_is_one_reply() -> None:
    with scripted(["220 hi", "250 mx", "250-one\r\n250-two\r\n250 three"]) as port:
        connection = Connection(server(port))
        reply = connection.ask("NOOP")
        connection.close()
    assert (reply.code, reply.text, reply.is_good) == (250, "one two three", True)


@pytest.mark.parametrize(
    ("code", "is_good"), [(220, True), (250, True), (354, True), (421, False), (450, False), (550, False)]
)
def test_reply_is_good_below_four_hundred(code: int, *, is_good: bool) -> None:
    with scripted(["220 hi", "250 mx", f"{code} x"]) as port:
        connection = Connection(server(port))
        assert connection.ask("NOOP").is_good is is_good
        connection.close()


@pytest.mark.parametrize(
    "answer",
    ["", "x", "25", "nonsense", "250-" + "a" * 10_000, "\r\n".join(["250-a"] * 200), "２５０ full width"],
    ids=["nothing", "a letter", "two digits", "words", "an endless line", "endless lines", "other digits"],
)
def test_what_is_no_smtp_loses_the_connection(answer: str) -> None:
    answer = answer.encode().decode("latin-1")
    with scripted(["220 hi", "250 mx", answer]) as port:
        connection = Connection(server(port))
        with pytest.raises(ConnectionLost):
            connection.ask("NOOP")
        connection.close()


def test_silence_loses_the_connection() -> None:
    with scripted(["220 hi", "250 mx", None]) as port:
        connection = Connection(server(port, timeout=0.2))
        with pytest.raises(ConnectionLost):
            connection.ask("NOOP")
        connection.close()


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (["554 not you"], "554"),
        (["421 later"], "421"),
        (["220 hi", "550 no", "550 no"], "550"),
        (["nonsense"], "connect"),
        ([], "connect"),
    ],
)
def test_server_that_does_not_want_us_is_not_ready(answers: list[str | None], code: str) -> None:
    assert refused(answers).code == code


def test_nobody_there_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_again:
        port = closed_again.getsockname()[1]
    with pytest.raises(NotReady) as refusal:
        Connection(server(port))
    assert refusal.value.code == "connect"


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_can_be_handed_over_encrypted(tls: Tls) -> None:
    trusting = ssl.create_default_context(cafile=str(PEM))
    with encrypted(serving(), is_from_the_start=tls == "tls") as (port, heard):
        connection = Connection(server(port, tls=tls, context=trusting, username="shop", password="pw"))
        assert connection.ask("NOOP").code == 250
        connection.close()
    login = base64.b64encode(b"\x00shop\x00pw")
    assert b"AUTH PLAIN " + login + b"\r\n" in heard


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_certificate_that_nobody_vouches_for_is_not_trusted(tls: Tls) -> None:
    with encrypted(serving(), is_from_the_start=tls == "tls") as (port, heard), pytest.raises(NotReady):
        Connection(server(port, tls=tls, username="shop", password="pw"))
    assert not [line for line in heard if line.startswith(b"AUTH")]


def test_wanted_encryption_is_never_given_up() -> None:
    refusal = refused(["220 hi", "250 mx"], tls="starttls", username="shop", password="pw")
    assert refusal.code == "starttls"


def test_words_slipped_in_before_the_encryption_are_refused() -> None:
    refusal = refused(["220 hi", "250-mx\r\n250 STARTTLS", "220 go\r\n250-evil\r\n250 AUTH PLAIN"], tls="starttls")
    assert refusal.code == "starttls"


def test_password_is_not_sent_in_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    monkeypatch.setattr("tenshu.deliver.channels.email.connection.LOOPBACK", frozenset())  # this machine as another
    with scripted(["220 hi", "250-mx\r\n250 AUTH PLAIN"], heard=heard) as port, pytest.raises(NotReady) as refusal:
        Connection(server(port, username="shop", password="pw"))
    assert refusal.value.code == "auth"
    assert not [line for line in heard if line.startswith(b"AUTH")]


def test_login_is_possible_the_old_way() -> None:
    heard: list[bytes] = []
    answers = ["220 hi", "250-mx\r\n250 AUTH LOGIN", "334 VXNlcg==", "334 UGFzcw==", "235 welcome"]
    with scripted(answers, heard=heard) as port:
        Connection(server(port, username="shop", password="pw")).close()
    assert heard[1:4] == [b"AUTH LOGIN\r\n", b"c2hvcA==\r\n", b"cHc=\r\n"]


def test_wrong_password_is_not_ready() -> None:
    refusal = refused(["220 hi", "250-mx\r\n250 AUTH PLAIN", "535 5.7.8 no"], username="shop", password="pw")
    assert (refusal.code, refusal.text) == ("535", "AUTH: 5.7.8 no")


@pytest.mark.parametrize("offers", ["250 mx", "250-mx\r\n250 AUTH CRAM-MD5"])
def test_server_without_a_way_to_log_in_is_not_ready(offers: str) -> None:
    assert refused(["220 hi", offers], username="shop", password="pw").code == "auth"


def test_password_stands_in_no_error() -> None:
    refusal = refused(["220 hi", "250-mx\r\n250 AUTH PLAIN", "535 no"], username="shop", password="geheim")
    assert "geheim" not in str(refusal)
