"""Write the header block of a mail, so that no value can add a header to it.

Python's own generator lets a whole encoded word become a header line (`Bcc:` from a first name) and folds
List-Unsubscribe into encoded words, which breaks one-click unsubscribing (RFC 8058). Here every value passes one
gate, whatever is not plain ASCII is written as RFC 2047 words cut between characters, long links are
never folded, and each finished header is read again: it must hold the name that we set and no other.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Final

from tenshu.content.header_text import HeaderRefused, header_text

#: 39 bytes make 52 characters of base64; with =?utf-8?B?, ?= and the header's name a line stays below 76.
_WORD_BYTES: Final = 39
_LONGEST_LINE: Final = 998
_PLAIN: Final = re.compile(r"[ -~]*")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_UNFIT: Final = re.compile("[^!-~ ]")
_LINE_END: Final = re.compile("\r\n|\r|\n")
_NAME_LINE: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*): (?=\S)")


def header_line(name: str, value: str) -> str:
    """Return one header with the CRLF that ends it: a line, and those that it is folded into.

    The value is ASCII by now: made by `unstructured`, `mailbox` or by tenshu itself.
    A block of them holds the headers that were set and no other, for a mail program reads each line of a block by
    itself but those that begin with a blank, and none of these begins so.

    Raises:
        HeaderRefused: the value holds what no header may hold, or would be read as several headers.
    """
    is_folded = "\r" in value
    if _UNFIT.search(value.replace("\r\n ", "") if is_folded else value):
        raise HeaderRefused(name=name, value=ascii(value[:60]), longest=_LONGEST_LINE)
    line = f"{name}: {value}\r\n"
    parts = line.split("\r\n") if is_folded else (line,)
    if names_in(line) != [name] or any(len(part) > _LONGEST_LINE for part in parts):
        raise HeaderRefused(name=name, value=ascii(line[:60]), longest=_LONGEST_LINE)
    return line


def names_in(block: str) -> list[str]:
    r"""Return the names of the headers that a mail program would read in the block.

    >>> names_in("Subject: a\r\n b\r\nTo: c@example.com\r\n")
    ['Subject', 'To']
    """
    names: list[str] = []
    for line in _LINE_END.split(block.removesuffix("\r\n")):
        if line[:1] in {" ", "\t"} and line.strip() and names:
            continue
        found = _NAME_LINE.match(line)
        names.append(found[1] if found else line)
    return names


def unstructured(value: str, *, name: str) -> str:
    """Return a text, such as a subject, as a header may hold it.

    Raises:
        HeaderRefused: it holds a control character or is too long.

    >>> unstructured("Spring sale", name="subject")
    'Spring sale'
    >>> unstructured("春のお知らせ", name="subject")
    '=?utf-8?B?5pil44Gu44GK55+l44KJ44Gb?='
    """
    safe = header_text(value, name=name)
    return _folded(safe) if _PLAIN.fullmatch(safe) else _encoded(safe)


def mailbox(display_name: str, address: str, *, name: str) -> str:
    r"""Return a name and an address, such as From holds them; the address is checked by the caller.

    >>> mailbox('Flowers "R" us', "shop@example.com", name="From")
    '"Flowers \\"R\\" us" <shop@example.com>'
    """
    safe = header_text(display_name, name=name)
    if not safe:
        return address
    if not _PLAIN.fullmatch(safe):
        return f"{_encoded(safe)}\r\n <{address}>"
    written = safe if _ATOMS.fullmatch(safe) else '"{}"'.format(safe.replace("\\", "\\\\").replace('"', '\\"'))
    return f"{written} <{address}>"


def _encoded(value: str) -> str:
    return "\r\n ".join(f"=?utf-8?B?{b64encode(piece.encode()).decode()}?=" for piece in _pieces(value))


def _pieces(value: str) -> Iterable[str]:
    """Cut a text between characters so that each piece has at most 39 bytes."""
    start, size = 0, 0
    for at, character in enumerate(value):
        length = len(character.encode())
        if size + length > _WORD_BYTES:
            yield value[start:at]
            start, size = at, 0
        size += length
    yield value[start:]


def _folded(value: str) -> str:
    """Fold a long ASCII text at single blanks, as far as that keeps lines short."""
    if len(value) <= 66:
        return value
    lines, line = [], ""
    for word in value.split(" "):
        if line and word and len(line) + len(word) > 66:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])
