"""How the shop's mail goes out: the SMTP server that it is handed over to."""

from typing import Literal

import msgspec

from tenshu.deliver.channels.email.smtp import SmtpChannel
from tenshu.store.ledger import Ledger
from tenshu.store.settings import read_setting, write_setting

#: The name of the setting.
SMTP = "smtp"


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's server.

    Attributes:
        smtp_tls: none | starttls | tls.
    """

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str = ""
    smtp_password: str = ""


def read_smtp(ledger: Ledger) -> SmtpSettings:
    """Return the server's settings."""
    return msgspec.convert(read_setting(ledger, SMTP, {}), SmtpSettings)


def write_smtp(ledger: Ledger, settings: SmtpSettings) -> None:
    """Save the server's settings."""
    with ledger.writing() as tx:
        write_setting(tx, SMTP, msgspec.to_builtins(settings))


def open_channel(settings: SmtpSettings) -> SmtpChannel:
    """Return the channel to that server."""
    return SmtpChannel(
        settings.smtp_host,
        settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username or None,
        password=settings.smtp_password or None,
    )
