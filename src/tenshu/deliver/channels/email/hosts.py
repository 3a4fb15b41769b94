"""What is known about mail hosts that shops use: which door, how one logs in, what they take, what SPF names them.

The limits are what the hosts publish as a guide; they change, so a person confirms them.
"""

from typing import Final, Literal

import msgspec

from tenshu.kit.i18n import N_


class MailHost(msgspec.Struct, frozen=True, kw_only=True):
    """A well-known host.

    Attributes:
        name: as people call it, to be translated.
        suffixes: how the names of its servers end.
        port, tls: its usual door.
        login: how one logs in there, in words.
        spf: the mechanism that names its servers; empty when it has none of its own.
        per_hour, per_day: messages that it takes, as it says itself; None = it says nothing.
    """

    name: str
    suffixes: tuple[str, ...]
    port: int
    tls: Literal["starttls", "tls"]
    login: str
    spf: str = ""
    per_hour: int | None = None
    per_day: int | None = None


_WHOLE_ADDRESS: Final = N_("The user name is the whole mail address, the password is that of its mailbox.")

HOSTS: Final = (
    MailHost(
        name="Xserver",
        suffixes=(".xserver.jp", ".xbiz.ne.jp"),
        port=465,
        tls="tls",
        login=_WHOLE_ADDRESS,
        spf="include:spf.sender.xserver.jp",
        per_hour=1_500,
        per_day=15_000,
    ),
    MailHost(
        name=N_("Sakura Rental Server"),
        suffixes=(".sakura.ne.jp",),
        port=587,
        tls="starttls",
        login=N_(
            "The server is the first domain of your contract (NAME.sakura.ne.jp), not your own domain. The user name "
            "is the whole mail address, the password is that of its mailbox."
        ),
        per_hour=400,
    ),
    MailHost(name=N_("Lolipop!"), suffixes=(".lolipop.jp",), port=465, tls="tls", login=_WHOLE_ADDRESS),
    MailHost(
        name=N_("Onamae.com"), suffixes=(".onamae.ne.jp", ".gmoserver.jp"), port=465, tls="tls", login=_WHOLE_ADDRESS
    ),
    MailHost(
        name="Gmail",
        suffixes=("smtp.gmail.com", "smtp-relay.gmail.com"),
        port=587,
        tls="starttls",
        login=N_(
            "Google takes no ordinary password here. Switch on 2-step verification for the account, make an app "
            "password (16 letters) and write that one."
        ),
        spf="include:_spf.google.com",
        per_day=500,
    ),
    MailHost(
        name=N_("Yahoo! JAPAN Mail"),
        suffixes=("smtp.mail.yahoo.co.jp",),
        port=465,
        tls="tls",
        login=N_("Mail programs must be allowed in the settings of the mailbox. The user name is the Yahoo! JAPAN ID."),
    ),
    MailHost(
        name="Microsoft 365",
        suffixes=("smtp.office365.com", "smtp-mail.outlook.com"),
        port=587,
        tls="starttls",
        login=N_('An administrator has to allow "Authenticated SMTP" for this mailbox.'),
        spf="include:spf.protection.outlook.com",
    ),
    MailHost(
        name="Amazon SES",
        suffixes=(".amazonaws.com",),
        port=587,
        tls="starttls",
        login=N_("User name and password are SMTP credentials made in the SES console, not those of the account."),
        spf="include:amazonses.com",
    ),
    MailHost(
        name="SendGrid",
        suffixes=("smtp.sendgrid.net",),
        port=587,
        tls="starttls",
        login=N_('The user name is the word "apikey", the password is an API key.'),
        spf="include:sendgrid.net",
    ),
)


def host_of(server: str) -> MailHost | None:
    """Return the well-known host that a server belongs to.

    >>> host = host_of("SV1234.xserver.jp")
    >>> host.name if host else None
    'Xserver'
    """
    name = server.strip().rstrip(".").lower()
    return next((host for host in HOSTS if any(_is_below(name, suffix) for suffix in host.suffixes)), None)


def _is_below(name: str, suffix: str) -> bool:
    return name.endswith(suffix) if suffix.startswith(".") else name == suffix
