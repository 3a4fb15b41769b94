"""Names and addresses of people: checked before they are kept, and shown so that they can do no harm."""

import unicodedata
from typing import Final

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.kit.japanese import normalise_email

MOST_LETTERS: Final = 100
#: Categories of characters that are not letters of a name: controls, line ends, half characters, formats.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


class NameRefused(TenshuError):
    """A name that cannot be shown on a line."""

    template = N_("The name {given} cannot be kept. It takes 1 to {most} letters, without line breaks.")
    status = 422


class AddressUnusable(TenshuError):
    """Somebody was to sign in with what is no e-mail address."""

    template = N_("{given} is no e-mail address. It looks like name@example.com.")
    status = 422


def checked_name(text: str) -> str:
    """Return a name or title without blanks around it.

    Raises:
        NameRefused: it is empty, too long, or holds characters that are no letters.
    """
    name = text.strip()
    if not 0 < len(name) <= MOST_LETTERS or any(unicodedata.category(mark) in _UNSEEN for mark in name):
        raise NameRefused(given=f'"{visible(name[:MOST_LETTERS])}"', most=MOST_LETTERS)
    return name


def checked_account(text: str) -> str:
    """Return the address that somebody signs in with, as it is kept.

    Raises:
        AddressUnusable: it is no address.
    """
    account = account_of(text)
    if normalise_email(account) is None:
        raise AddressUnusable(given=f'"{visible(text[:MOST_LETTERS])}"')
    return account


def account_of(text: str) -> str:
    """Return an address as accounts are compared: whoever types capitals is the same person.

    >>> account_of(" Sato@Example.COM ")
    'sato@example.com'
    """
    return (normalise_email(text) or text.strip()).casefold()[:254]


def visible(text: str) -> str:
    r"""Return the text on one line, with what cannot be seen spelled out: nothing a log or terminal could obey.

    >>> print(visible("a\r\nb\x1b[31m"))
    a\r\nb\x1b[31m
    """
    return "".join(_spelled(mark) if unicodedata.category(mark) in _UNSEEN else mark for mark in text)


def _spelled(mark: str) -> str:
    return mark.encode("unicode_escape").decode("ascii")
