"""The password of the mail server is shown nowhere, not even where a program prints what it holds."""

import logging

import pytest

from tenshu.deliver.channels.email.connection import Server
from tenshu.deliver.channels.email.settings import SmtpSettings

SECRET = "kono-himitsu-2026"
HELD = (
    Server(host="mail.example.jp", port=587, tls="starttls", username="shop", password=SECRET),
    SmtpSettings(smtp_host="mail.example.jp", smtp_port=587, smtp_username="shop", smtp_password=SECRET),
)


@pytest.mark.parametrize("held", HELD, ids=lambda one: type(one).__name__)
def test_what_is_printed_names_the_server_and_keeps_the_password(held: object) -> None:
    for written in (repr(held), str(held), f"{held}", f"{[held]}"):
        assert "mail.example.jp" in written
        assert SECRET not in written


@pytest.mark.parametrize("held", HELD, ids=lambda one: type(one).__name__)
def test_a_log_keeps_the_password(held: object, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("tenshu").warning("handing over to %s failed: %r", held, held)
    assert SECRET not in caplog.text


def test_what_is_hidden_is_still_compared() -> None:
    assert HELD[1] != SmtpSettings(smtp_host="mail.example.jp", smtp_port=587, smtp_username="shop")
