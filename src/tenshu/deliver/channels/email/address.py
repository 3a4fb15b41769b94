"""Which addresses a mail may be handed over to.

Strict on purpose: one plain address, no quotes, no blanks, nothing that a server could read as a second
recipient or as a command. Addresses of old Japanese mobile phones with two dots in a row or a dot before the @
break the standard and are still in use, so they pass.
"""

import re
from typing import Final

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

#: atext and dots of RFC 5322 in the local part (64 at most); a host name of letters, digits and hyphens.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{3,189}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z"
)


class AddressRefused(TenshuError):
    """An address that no mail may be handed over to."""

    template = N_(
        "{address} is not an address that mail can be sent to. Give one plain address such as name@example.com."
    )


def is_address(value: str) -> bool:
    r"""Return whether mail may be sent there.

    >>> is_address("sato..taro.@docomo.example"), is_address("a@x.jp>\r\nRCPT TO:<v@x"), is_address("a@x.jp,b@x.jp")
    (True, False, False)
    """
    return _ADDRESS.match(value) is not None


def checked_address(value: str) -> str:
    """Return the address.

    Raises:
        AddressRefused: mail may not be sent there.
    """
    if not is_address(value):
        raise AddressRefused(address=ascii(value[:80]))
    return value
