"""Tell in which encoding a text file is written, by reading all of it in small pieces.

A byte order mark decides; else valid UTF-8 is UTF-8; else the Japanese encodings compete on the part
around the first byte that is no ASCII: fewer broken characters win, then more everyday kana and kanji.
"""

import codecs
import re
from collections import Counter
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
#: UTF-16 is looked for in so many bytes; at least this share of its characters is ASCII, and of its newlines wide.
_LOOKED_AT: Final = 16_384
_LEAST_NULS: Final = 0.06
_WIDE_ENDS: Final = 0.5
#: A UTF-8 file may hold this share of broken pieces and is still UTF-8.
_BROKEN_RATE: Final = 0.05


def find_encoding(path: Path) -> str:
    """Return the name of the file's encoding as Python spells it."""
    with path.open("rb") as handle:
        start = handle.read(_BLOCK)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    wide = without_mark(start)
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


def without_mark(start: bytes) -> str | None:
    """Return UTF-16 without a mark, which shows by its newlines and by NULs: half of each digit and comma is one.

    A NUL alone tells little: 一 (U+4E00) has one too, on the other side.
    """
    looked = start[: _LOOKED_AT & ~1]
    pairs = Counter(looked[at : at + 2] for at in range(0, len(looked) - 1, 2))
    ends = looked.count(b"\n") + looked.count(b"\r")
    for name, newlines, others, side in (
        ("utf-16-le", (b"\n\0", b"\r\0"), (b"\0\n", b"\0\r"), looked[1::2]),
        ("utf-16-be", (b"\0\n", b"\0\r"), (b"\n\0", b"\r\0"), looked[0::2]),
    ):
        wide = sum(pairs[newline] for newline in newlines)
        is_wide = wide >= max(_WIDE_ENDS * ends, 1) and not any(pairs[newline] for newline in others)
        if is_wide and side.count(0) >= max(_LEAST_NULS * len(side), 4):
            return name
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
