"""Keep merged values from becoming headers of a mail.

A subject or a sender's name is written by the shop but filled with values that customers typed.
Line breaks would start a header of their own, and an encoded word (`=?...?=`) is decoded by some
later relay into one. So control characters are refused and the opening of an encoded word is
broken, which leaves it readable as the text it is.
"""

import re
from typing import Final

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

#: C0, DEL and C1 controls, and the two Unicode line breaks.
CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Half of a character, as broken JSON and broken CSV files carry it.
SURROGATE: Final = re.compile("[\ud800-\udfff]")
LONGEST: Final = 500


class HeaderRefused(TenshuError):
    """A value that must not stand in a header."""

    template = N_(
        "{name} cannot go into a mail header: {value} holds a line break or another control character, "
        "or is longer than {longest} characters. Correct the value and try again."
    )


def header_text(value: str, *, name: str) -> str:
    r"""Return the value as it may stand in a header, stripped of spaces at its ends.

    Args:
        value: a rendered subject, a person's or a shop's name.
        name: what it is, for the error.

    Raises:
        HeaderRefused: it holds a control character, half a character, or is too long.

    >>> header_text("=?utf-8?q?hi=0D=0ABcc=3A_v=40x?=", name="subject")
    '= ?utf-8?q?hi=0D=0ABcc=3A_v=40x?='
    >>> header_text("Sato\r\nBcc: v@x", name="subject")
    Traceback (most recent call last):
    tenshu.content.header_text.HeaderRefused: subject cannot go into a mail header: 'Sato\r\nBcc: v@x' holds...
    """
    if CONTROL.search(value) or SURROGATE.search(value) or len(value) > LONGEST:
        raise HeaderRefused(name=name, value=ascii(value[:60]), longest=LONGEST)
    return value.replace("=?", "= ?").strip()
