"""How the shop's mail goes out: the SMTP server that it is handed over to."""

from typing import Literal

import msgspec

from tenshu.deliver.channels.email.connection import Server
from tenshu.deliver.channels.email.smtp import SmtpChannel
from tenshu.store.ledger import Ledger
from tenshu.store.settings import read_setting, write_setting

#: The name of the setting.
SMTP = "smtp"


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's server.

    Attributes:
        smtp_host, smtp_port: where mail is handed over.
        smtp_tls: none | starttls | tls.
        smtp_username, smtp_password: what to log in with; empty = no login. The password is shown nowhere: pages,
            commands and logs say only whether there is one.
    """

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str = ""
    smtp_password: str = ""

    def __repr__(self) -> str:
        """Say everything but the password."""
        shown = {name: getattr(self, name) for name in self.__struct_fields__ if name != "smtp_password"}
        return f"SmtpSettings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def read_smtp(ledger: Ledger) -> SmtpSettings:
    """Return the server's settings."""
    return msgspec.convert(read_setting(ledger, SMTP, {}), SmtpSettings)


def write_smtp(ledger: Ledger, settings: SmtpSettings) -> None:
    """Save the server's settings."""
    with ledger.writing() as tx:
        write_setting(tx, SMTP, msgspec.to_builtins(settings))


def server_of(settings: SmtpSettings, *, timeout: float = 30.0) -> Server:
    """Return where those settings lead.

    Args:
        settings: the provider's server.
        timeout: seconds to wait for any one answer.
    """
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username or None,
        password=settings.smtp_password or None,
        timeout=timeout,
    )


def open_channel(settings: SmtpSettings) -> SmtpChannel:
    """Return the channel to that server."""
    return SmtpChannel(
        settings.smtp_host,
        settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username or None,
        password=settings.smtp_password or None,
    )
