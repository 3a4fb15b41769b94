"""Each failure of a trial at its step: what is said, what is advised, what a known host adds, in both languages."""

import errno
import socket
import ssl
from typing import Any

import pytest

from tenshu.deliver.channels.email.connection import NotReady, Reply, Server, Tls
from tenshu.deliver.channels.email.hosts import HOSTS, host_of
from tenshu.deliver.channels.email.probe import STEPS, State, Step, Trial, probe
from tenshu.deliver.channels.email.probe_advice import (
    Said,
    advise_certificate,
    advise_connection,
    advise_encryption,
    advise_login,
    advise_sender,
    said,
)
from tenshu.deliver.channels.email.settings import SmtpSettings, open_channel, server_of
from tenshu.kit.i18n import _


def server(port: int = 587, tls: Tls = "starttls", **changes: Any) -> Server:
    return Server(**{"host": "mail.hanaya.jp", "port": port, "tls": tls, "username": "info@hanaya.jp", **changes})


def both(found: tuple[Said, ...]) -> tuple[str, str]:
    """Return all sentences in English and in Japanese."""
    return " ".join(one.text("en") for one in found), "".join(one.text("ja") for one in found)


def refused_by(problem: Exception, host: str = "mail.hanaya.jp") -> Trial:
    """Return a trial whose name cannot be found."""

    def resolve(_name: str) -> list[str]:
        raise problem

    return probe(server(host=host), sender="a@hanaya.jp", envelope="b@hanaya.jp", resolve=resolve)


@pytest.mark.parametrize(
    "problem",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        UnicodeError("label too long"),
    ],
)
def test_a_name_that_is_not_found_ends_the_trial_at_its_first_step(problem: Exception) -> None:
    trial = refused_by(problem)
    assert [step.name for step in trial.steps] == list(STEPS)
    assert [step.state for step in trial.steps] == ["bad"] + ["not_tried"] * 5
    first = trial.steps[0]
    assert first.said is not None
    assert first.said.text("en") == "There is no server called mail.hanaya.jp."
    assert "mail.hanaya.jp" in first.said.text("ja")
    assert "copy the name" in both(first.advice)[0]
    assert not trial.is_good


def test_a_known_hosts_login_is_no_help_while_its_name_is_wrong() -> None:
    trial = refused_by(OSError("unknown"), host="sv9999.xserver.jp")
    assert len(trial.steps[0].advice) == 1


@pytest.mark.parametrize(
    ("states", "is_good"),
    [
        (["good"] * 6, True),
        (["good", "good", "good", "left_out", "left_out", "good"], True),
        (["good", "good", "good", "good", "bad", "not_tried"], False),
        (["good"] * 5 + ["not_tried"], False),
        (["bad"] + ["not_tried"] * 5, False),
    ],
)
def test_a_trial_is_good_when_nothing_failed_and_nothing_is_open(states: list[State], *, is_good: bool) -> None:
    steps = tuple(Step(name=name, state=state) for name, state in zip(STEPS, states, strict=True))
    assert Trial(steps).is_good is is_good


@pytest.mark.parametrize("title", STEPS.values())
def test_every_step_has_a_title_in_both_languages(title: str) -> None:
    assert _(title, "ja") != _(title, "en") == title


@pytest.mark.parametrize(
    ("port", "english", "japanese"),
    [
        (25, "OP25B", "OP25B"),
        (587, "Try port 465", "465"),
        (465, "Try port 587", "587"),
        (1025, "587 (STARTTLS) or 465 (TLS)", "587"),
    ],
)
def test_a_port_that_is_closed_names_the_one_to_try(port: int, english: str, japanese: str) -> None:
    told = both(advise_connection(server(port)))
    assert english in told[0]
    assert japanese in told[1]


@pytest.mark.parametrize(
    ("port", "tls", "english", "japanese"),
    [
        (465, "starttls", "Port 465 is encrypted from the first byte: choose TLS.", "TLS"),
        (465, "none", "Port 465 is encrypted from the first byte: choose TLS.", "TLS"),
        (465, "tls", "try STARTTLS, or port 465", "STARTTLS"),
        (587, "tls", "Port 587 begins in the open and is encrypted then: choose STARTTLS.", "STARTTLS"),
        (587, "starttls", "try port 465 with TLS. Nothing is sent unencrypted.", "465"),
        (587, "none", "try TLS, or port 587", "TLS"),
        (25, "tls", "try STARTTLS, or port 465", "465"),
        (25, "starttls", "try port 465 with TLS", "465"),
        (25, "none", "try TLS, or port 587", "587"),
    ],
)
def test_every_port_with_every_encryption_is_advised(port: int, tls: Tls, english: str, japanese: str) -> None:
    told = both(advise_encryption(server(port, tls)))
    assert english in told[0]
    assert japanese in told[1]
    assert told[0] != told[1]


@pytest.mark.parametrize(
    ("codes", "english"),
    [
        ((9, 10), "It has run out, or is not valid yet. Check this machine's clock"),
        ((18, 19, 20, 21), "Nobody whom this machine trusts has signed it."),
        ((62, 64), "It is made out to another name than mail.hanaya.jp."),
        ((0, 1, 23, 79), "Check the server's name mail.hanaya.jp with your provider."),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_by_its_number(codes: tuple[int, ...], english: str) -> None:
    for code in codes:
        problem = ssl.SSLCertVerificationError(1, "refused")
        problem.verify_code = code
        told = both(advise_certificate(server(), problem))
        assert told[0].startswith(english)
        assert told[1] != told[0]


@pytest.mark.parametrize(
    ("code", "tls", "username", "sentences"),
    [
        ("auth", "none", "info@hanaya.jp", ["never sent in the open"]),
        ("auth", "starttls", "info@hanaya.jp", ["takes no login here"]),
        ("auth", "tls", "hanaya", ["takes no login here"]),
        ("535", "tls", "info@hanaya.jp", ["name or password is wrong"]),
        ("535", "tls", "hanaya", ["name or password is wrong", "the whole mail address"]),
        ("454", "starttls", None, ["name or password is wrong", "the whole mail address"]),
    ],
)
def test_a_login_that_was_refused_is_explained(code: str, tls: Tls, username: str | None, sentences: list[str]) -> None:
    found = advise_login(server(tls=tls, username=username), NotReady(code, "AUTH"))
    assert len(found) == len(sentences)
    for one, words in zip(found, sentences, strict=True):
        assert words in one.text("en")
        assert one.text("ja") != one.text("en")


@pytest.mark.parametrize(
    ("code", "username", "sender", "envelope", "english"),
    [
        (530, "u", "a@hanaya.jp", "b@other.jp", "wants a login first"),
        (535, "u", "a@hanaya.jp", "a@hanaya.jp", "wants a login first"),
        (554, None, "a@hanaya.jp", "b@other.jp", "wants a login first"),
        (
            554,
            "u",
            "a@hanaya.jp",
            "b@other.jp",
            "Make other.jp one of them, or let undeliverable mail return to hanaya.jp",
        ),
        (550, "u", "a@hanaya.jp", "bounce@hanaya.jp", "belongs to the account you log in with"),
        (0, "u", "a@hanaya.jp", "a@hanaya.jp", "belongs to the account you log in with"),
    ],
)
def test_a_sender_that_was_refused_is_explained(
    code: int, username: str | None, sender: str, envelope: str, english: str
) -> None:
    told = both(advise_sender(server(username=username), Reply(code, "no"), sender, envelope))
    assert english in told[0]
    assert told[1] != told[0]


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_how_one_logs_in_at_a_host_is_a_sentence_of_its_language(host: Any, language: str) -> None:
    told = said("At {name}: {login}", name=host.name, login=host.login).text(language)
    assert _(host.name, language) in told
    assert _(host.login, language) in told


@pytest.mark.parametrize("value", ["", 587, None, "no such sentence {x}"])
def test_what_is_no_sentence_stays_as_it_is(value: object) -> None:
    assert said("At {name}: {login}", name="x", login=value).text("en") == f"At x: {value}"


@pytest.mark.parametrize(
    ("settings", "username", "password"),
    [
        (SmtpSettings(), None, None),
        (SmtpSettings(smtp_username="u"), "u", None),
        (SmtpSettings(smtp_username="u", smtp_password="secret"), "u", "secret"),
        (SmtpSettings(smtp_password="secret"), None, "secret"),
    ],
)
def test_an_empty_field_is_nothing_to_log_in_with(
    settings: SmtpSettings, username: str | None, password: str | None
) -> None:
    found = server_of(settings, timeout=3)
    assert (found.username, found.password, found.timeout) == (username, password, 3)
    assert (found.host, found.port, found.tls) == ("127.0.0.1", 25, "none")
    assert "secret" not in repr(open_channel(settings))


@pytest.mark.parametrize("name", ["sv1.xserver.jp", "SMTP.GMAIL.COM.", " smtp.office365.com"])
def test_a_host_is_known_however_its_name_is_typed(name: str) -> None:
    known = host_of(name)
    assert known is not None
    assert known == host_of(name.strip().lower().rstrip("."))
