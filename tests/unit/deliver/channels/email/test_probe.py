"""A trial of a mail server says step by step what worked, and at the first failure what to do."""

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tenshu.deliver.channels.email.connection import Server, Tls
from tenshu.deliver.channels.email.probe import STEPS, Resolve, Step, Trial, addresses_of, probe
from tests.unit.deliver.channels.email.mail_server import PASSWORD, USER, Conduct, mail_server, trusting
from tests.unit.deliver.channels.email.scripted import scripted

SENDER, ENVELOPE = "info@hanaya.jp", "b+test@bounce.hanaya.jp"


def here(host: str) -> list[str]:
    return ["127.0.0.1"]


def attempt(
    port: int,
    *,
    login: tuple[str, str] | None = None,
    resolve: Resolve = here,
    sender: str = SENDER,
    envelope: str = ENVELOPE,
    **changed: Any,
) -> Trial:
    username, password = login or (None, None)
    given: dict[str, Any] = {"host": "localhost", "timeout": 3.0, **changed}
    server = Server(port=port, username=username, password=password, **given)
    return probe(server, sender=sender, envelope=envelope, resolve=resolve)


def states(trial: Trial) -> list[str]:
    return [step.state for step in trial.steps]


def failure(trial: Trial) -> Step:
    (bad,) = [step for step in trial.steps if step.state == "bad"]
    assert bad.said is not None
    assert bad.advice
    return bad


def words(step: Step, language: str = "en") -> str:
    assert step.said is not None
    return " ".join([step.said.text(language), *(one.text(language) for one in step.advice)])


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_that_takes_everything_is_said_to_work(tls: Tls) -> None:
    with mail_server(Conduct(tls=tls, needs_login=True)) as server:
        trial = attempt(server.port, host="127.0.0.1", tls=tls, login=(USER, PASSWORD), context=trusting())
    assert states(trial) == ["good"] * 6
    assert trial.is_good
    assert "TLSv1.3" in words(trial.steps[3])
    assert USER in words(trial.steps[4])


def test_no_mail_is_sent_and_the_conversation_is_left_clean() -> None:
    with mail_server(Conduct()) as server:
        attempt(server.port)
        heard = [line.split(" ")[0] for line in server.heard_in_all()]
    assert heard == ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"]
    assert server.heard[1:3] == [f"MAIL FROM:<{ENVELOPE}>", f"RCPT TO:<{SENDER}>"]


def test_what_is_not_wanted_is_left_out_and_not_a_failure() -> None:
    with mail_server(Conduct()) as server:
        trial = attempt(server.port)
    assert states(trial) == ["good", "good", "good", "left_out", "left_out", "good"]
    assert trial.is_good


def test_the_older_way_to_log_in_works_too() -> None:
    with mail_server(Conduct(ways="LOGIN", needs_login=True)) as server:
        assert attempt(server.port, login=(USER, PASSWORD)).is_good


def test_each_step_is_told_as_soon_as_it_is_done() -> None:
    told: list[str] = []
    with mail_server(Conduct()) as server:
        probe(
            Server(host="localhost", port=server.port),
            sender=SENDER,
            envelope=ENVELOPE,
            resolve=here,
            on_step=lambda step: told.append(step.name),
        )
    assert told == list(STEPS)


def test_a_name_that_nobody_knows_is_named() -> None:
    def nobody(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    trial = attempt(587, host="smtp.hanaya.jpp", resolve=nobody)
    assert states(trial) == ["bad", *["not_tried"] * 5]
    assert "smtp.hanaya.jpp" in words(failure(trial))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_found(host: str) -> None:
    assert "127.0.0.1" in addresses_of(host)


@pytest.mark.parametrize("name", ["." * 300, "a" * 70 + ".jp", "\ud800.jp"])
def test_what_can_be_no_name_fails_in_words(name: str) -> None:
    with pytest.raises((OSError, UnicodeError)):
        addresses_of(name)
    assert failure(probe(Server(host=name, port=25), sender=SENDER, envelope=ENVELOPE)).name == "name"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_closed_port_is_said_in_words_and_the_usual_ports_are_named() -> None:
    bad = failure(attempt(closed_port()))
    assert bad.name == "connected"
    assert "nobody listens there" in words(bad)
    assert "587" in words(bad)
    assert "受け付けていません" in words(bad, "ja")


@pytest.mark.parametrize(("port", "told"), [(25, "OP25B"), (587, "465"), (465, "587")])
def test_advice_about_a_port_that_does_not_answer_knows_japanese_lines(port: int, told: str) -> None:
    with socket.create_server(("127.0.0.1", 0)):
        trial = attempt(port, host="127.0.0.9", timeout=0.5)
    assert told in words(failure(trial))


def test_a_server_that_never_speaks_is_given_up() -> None:
    with mail_server(Conduct(is_silent=True)) as server:
        bad = failure(attempt(server.port, timeout=0.2))
    assert (bad.name, "no answer in time" in words(bad)) == ("greeted", True)


def test_a_server_that_is_no_mail_server_is_said_to_be_none() -> None:
    with scripted(["HTTP/1.1 400 Bad Request"]) as port:
        bad = failure(attempt(port))
    assert (bad.name, "no SMTP" in words(bad)) == ("greeted", True)


def test_a_certificate_that_nobody_has_signed_is_not_trusted() -> None:
    with mail_server(Conduct(tls="starttls")) as server:
        bad = failure(attempt(server.port, tls="starttls"))
    assert bad.name == "encrypted"
    assert "Nobody whom this machine trusts" in words(bad)


def test_a_certificate_of_another_name_asks_for_the_servers_own_name() -> None:
    with mail_server(Conduct(tls="tls")) as server:
        bad = failure(attempt(server.port, tls="tls", host="localhost", context=trusting()))
    assert bad.name == "encrypted"
    assert "sv1234.xserver.jp" in words(bad)


def test_a_server_without_encryption_is_refused_and_not_used_in_the_open() -> None:
    with mail_server(Conduct(tls="starttls", offers_starttls=False)) as server:
        bad = failure(attempt(server.port, tls="starttls", login=(USER, PASSWORD)))
        assert not any(line.startswith("AUTH") for line in server.heard)
    assert bad.name == "encrypted"
    assert "465" in words(bad)


def test_tls_on_a_port_for_starttls_is_explained() -> None:
    with mail_server(Conduct(tls="starttls")) as server:
        bad = failure(attempt(server.port, tls="tls", context=trusting()))
    assert (bad.name, "STARTTLS" in words(bad)) == ("encrypted", True)


def test_a_wrong_password_is_said_to_be_wrong_and_is_in_no_sentence() -> None:
    with mail_server(Conduct(tls="tls")) as server:
        trial = attempt(server.port, host="127.0.0.1", tls="tls", login=("hanaya", "wrong-secret"), context=trusting())
    bad = failure(trial)
    assert bad.name == "logged_in"
    assert "535" in words(bad)
    assert "whole mail address" in words(bad)
    assert not any("wrong-secret" in words(step) for step in trial.steps if step.said is not None)


def test_a_password_is_never_sent_in_the_open() -> None:
    with mail_server(Conduct(address="127.0.0.2")) as server:
        bad = failure(attempt(server.port, host="127.0.0.2", login=(USER, PASSWORD)))
        assert not any(line.startswith("AUTH") for line in server.heard)
    assert (bad.name, "never sent in the open" in words(bad)) == ("logged_in", True)


def test_a_server_that_takes_no_logins_is_named() -> None:
    with mail_server(Conduct(ways="")) as server:
        assert failure(attempt(server.port, login=(USER, PASSWORD))).name == "logged_in"


def test_a_refused_sender_names_the_address_and_the_domain_to_use() -> None:
    with mail_server(Conduct(refuses_sender="553 5.7.1 not yours")) as server:
        bad = failure(attempt(server.port, login=(USER, PASSWORD)))
        assert server.heard_in_all()[-2:] == ["RSET", "QUIT"]
    assert bad.name == "sender"
    assert "bounce.hanaya.jp" in words(bad)


def test_a_sender_that_is_refused_only_with_its_recipient_is_noticed() -> None:
    with mail_server(Conduct(refuses_recipient="550 5.7.1 relaying denied")) as server:
        bad = failure(attempt(server.port))
    assert (bad.name, SENDER in words(bad), "login first" in words(bad)) == ("sender", True, True)


def test_a_server_that_wants_a_login_first_says_so() -> None:
    with mail_server(Conduct(needs_login=True)) as server:
        assert "wants a login first" in words(failure(attempt(server.port)))


def test_a_server_that_goes_in_the_middle_is_a_failure_and_no_crash() -> None:
    for verb in ("EHLO", "MAIL", "RCPT", "RSET"):
        with mail_server(Conduct(goes_at=verb)) as server:
            assert not attempt(server.port).is_good


def test_an_address_that_smuggles_commands_is_never_said_to_a_server() -> None:
    with mail_server(Conduct()) as server:
        trial = attempt(server.port, envelope="b@x.jp>\r\nDATA\r\n<")
        assert not any(line.startswith(("DATA", "MAIL")) for line in server.heard)
    assert failure(trial).name == "sender"


def test_without_a_senders_address_the_last_step_is_left_out() -> None:
    with mail_server(Conduct()) as server:
        trial = attempt(server.port, sender="")
    assert trial.steps[-1].state == "left_out"


def test_what_a_server_says_cannot_paint_the_screen() -> None:
    with mail_server(Conduct()) as server:
        trial = attempt(server.port)
    assert "\x1b" not in words(trial.steps[2])


def test_every_sentence_is_said_in_japanese() -> None:
    with mail_server(Conduct(refuses_sender="553 no")) as server:
        trial = attempt(server.port)
    for step in trial.steps:
        if step.said is not None:
            assert words(step, "ja") != words(step, "en")


def test_a_known_host_adds_how_one_logs_in_there() -> None:
    bad = failure(attempt(closed_port(), host="smtp.gmail.com", resolve=here, timeout=0.2))
    assert "app password" in words(bad)


def test_the_tests_certificate_is_this_machines_own() -> None:
    assert trusting().verify_mode is ssl.CERT_REQUIRED
    assert (Path(__file__).parent / "localhost.pem").is_file()
