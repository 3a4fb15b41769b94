"""What a refusal means: advice names another way than the one that failed."""

import ssl

import pytest

from tenshu.deliver.channels.email.connection import NotReady, Reply, Server, Tls
from tenshu.deliver.channels.email.probe_advice import (
    Said,
    advise_certificate,
    advise_connection,
    advise_encryption,
    advise_login,
    advise_sender,
    said,
)

TLS: tuple[Tls, ...] = ("none", "starttls", "tls")


def server(port: int = 587, tls: Tls = "starttls", username: str | None = "info@hanaya.jp") -> Server:
    return Server(host="mail.hanaya.jp", port=port, tls=tls, username=username, password="x")


def told(found: tuple[Said, ...]) -> str:
    assert found
    assert all(one.text("ja") != one.text("en") for one in found)
    return " ".join(one.text("en") for one in found)


@pytest.mark.parametrize("port", [25, 465, 587, 2525, 110])
def test_a_port_that_is_closed_is_answered_with_another(port: int) -> None:
    words = told(advise_connection(server(port)))
    assert any(str(other) in words for other in (465, 587) if other != port)


@pytest.mark.parametrize(
    ("port", "tls", "right"),
    [(465, "starttls", "choose TLS"), (465, "none", "choose TLS"), (587, "tls", "choose STARTTLS")],
)
def test_a_usual_port_names_its_encryption(port: int, tls: Tls, right: str) -> None:
    assert right in told(advise_encryption(server(port, tls)))


@pytest.mark.parametrize("tls", TLS)
@pytest.mark.parametrize("port", [25, 465, 587, 2525])
def test_nobody_is_ever_told_to_give_up_encryption(port: int, tls: Tls) -> None:
    words = told(advise_encryption(server(port, tls)))
    assert "none" not in words
    assert "TLS" in words


@pytest.mark.parametrize(
    ("code", "word"), [(62, "another name"), (64, "another name"), (10, "run out"), (9, "run out"), (18, "signed")]
)
def test_openssls_numbers_become_words(code: int, word: str) -> None:
    problem = ssl.SSLCertVerificationError(1, "refused")
    problem.verify_code = code
    assert word in told(advise_certificate(server(), problem))


def test_an_unknown_number_still_says_what_to_check() -> None:
    problem = ssl.SSLCertVerificationError(1, "refused")
    problem.verify_code = 77
    assert "mail.hanaya.jp" in told(advise_certificate(server(), problem))


def test_a_user_name_without_an_address_is_doubted() -> None:
    refused = NotReady("535", "AUTH: no")
    assert "whole mail address" in told(advise_login(server(username="hanaya"), refused))
    assert "whole mail address" not in told(advise_login(server(), refused))


def test_a_server_without_logins_is_told_apart_from_a_wrong_password() -> None:
    assert "takes no login" in told(advise_login(server(), NotReady("auth", "none offered")))
    assert "in the open" in told(advise_login(server(tls="none"), NotReady("auth", "encrypt first")))


@pytest.mark.parametrize(
    ("code", "username", "envelope", "word"),
    [
        (530, "info@hanaya.jp", "b@hanaya.jp", "wants a login"),
        (550, None, "b@hanaya.jp", "wants a login"),
        (553, "info@hanaya.jp", "b@bounce.hanaya.jp", "bounce.hanaya.jp"),
        (553, "info@hanaya.jp", "b@hanaya.jp", "belongs to the account"),
    ],
)
def test_a_refused_sender_is_explained_by_what_differs(
    code: int, username: str | None, envelope: str, word: str
) -> None:
    found = advise_sender(server(username=username), Reply(code, "no"), "info@hanaya.jp", envelope)
    assert word in told(found)


def test_a_sentence_inside_a_sentence_is_said_in_the_same_language() -> None:
    both = said("At {name}: {login}", name="Gmail", login="Log in")
    assert both.text("en") == "At Gmail: Log in"
    assert both.text("ja") == "Gmailの場合: ログインする"


def test_what_a_server_says_with_braces_in_it_is_only_text() -> None:
    odd = said("The login was refused: {answer}", answer="535 {user} {0}")
    assert odd.text("en") == "The login was refused: 535 {user} {0}"
