"""Tell in which encoding a text file is written, by reading all of it in small pieces.

A byte order mark decides; else valid UTF-8 is UTF-8; else the Japanese encodings compete on the part
around the first byte that is no ASCII: fewer broken characters win, then more everyday kana and kanji.
"""

import codecs
import re
from pathlib import Path
from typing import Final

_BLOCK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: In order of how often Japanese shops meet them; the first wins a draw.
_CANDIDATES: Final = ("cp932", "euc_jis_2004", "cp1252")
_EVERYDAY: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff01-\uff5e]")
_HALF_KANA: Final = re.compile("[\uff61-\uff9f]")
_WIDE_NEWLINES: Final = (b"\n\x00", b"\x00\n", b"\r\x00", b"\x00\r")
#: A UTF-8 file may hold this share of broken pieces and is still UTF-8.
_BROKEN_RATE: Final = 0.05


def find_encoding(path: Path) -> str:
    """Return the name of the file's encoding as Python spells it."""
    with path.open("rb") as handle:
        start = handle.read(_BLOCK)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    wide = _without_mark(start)
    if wide:
        return wide
    if b"\x1b$" in start:
        return "iso2022_jp_2"
    sample = _sample(path)
    return "utf-8" if sample is None else best_encoding(sample)


def best_encoding(sample: bytes) -> str:
    """Return the encoding that reads the bytes best.

    >>> best_encoding("購入履歴".encode("cp932")), best_encoding("購入履歴".encode("euc_jp"))
    ('cp932', 'euc_jis_2004')
    """
    text = sample.decode("utf-8", "replace")
    broken, wide = text.count("\ufffd"), sum(mark > "\x7f" for mark in text)
    if broken <= _BROKEN_RATE * wide:
        return "utf-8"
    return max(_CANDIDATES, key=lambda name: _score(sample, name))


def _score(sample: bytes, name: str) -> float:
    text = sample.decode(name, "replace")
    broken = text.count("\ufffd")
    strange = len(_HALF_KANA.findall(text)) * 0.5
    return len(_EVERYDAY.findall(text)) - strange - broken * 10


def _without_mark(start: bytes) -> str | None:
    """Return UTF-16 without a mark, which shows by a NUL in every other byte of its ASCII."""
    even, odd = start[0:4096:2], start[1:4096:2]
    if len(odd) < 4 or not any(newline in start for newline in _WIDE_NEWLINES):
        return None
    if odd.count(0) > 0.3 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.3 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return None


def _sample(path: Path) -> bytes | None:
    """Return up to a block from the line of the first byte that makes the file no valid UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                at = handle.tell() - len(block) + max(error.start - len(error.object) + len(block), 0)
                return _from_line_start(path, at)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _from_line_start(path, max(path.stat().st_size - _BLOCK // 2, 0))
    return None


def _from_line_start(path: Path, at: int) -> bytes:
    with path.open("rb") as handle:
        start = max(at - 4096, 0)
        handle.seek(start)
        head = handle.read(at - start)
        cut = head.rfind(b"\n") + 1
        handle.seek(start + cut)
        return handle.read(_BLOCK)
