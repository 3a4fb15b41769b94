"""Pictures that somebody uploads: known by their bytes, never by their names, kept without what they tell on the side.

A picture is taken apart into its chunks and put together again from those that draw it. What goes is what a camera
wrote about place and person (EXIF, XMP, comments) and whatever stands behind the picture's end, where a second file
could hide. Its size is read from its head, before any program unpacks it. Nothing is decoded here.

Specifications: PNG (W3C, third edition), JPEG (ITU T.81) and Exif 2.32, GIF89a, WebP container (Google).
"""

import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

LARGEST_BYTES: Final = 5_000_000
LONGEST_SIDE: Final = 10_000
MOST_PIXELS: Final = 25_000_000
#: Below the home; served at /media/.
FOLDER: Final = "media"
TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"acTL"}
    | {b"fcTL", b"fdAT"}
)
_WEBP_KEPT: Final = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
#: Bits of VP8X that announce EXIF and XMP.
_WEBP_TOLD: Final = 0b0000_1100
_SOI, _EOI, _SOS, _EXIF = 0xD8, 0xD9, 0xDA, 0xE1
_JPEG_SIZES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
#: APP0 (JFIF), APP2 (colours), APP14 (Adobe); the others tell of the camera.
_JPEG_LEFT_OUT: Final = frozenset({*range(0xE0, 0xF0), 0xFE} - {0xE0, 0xE2, 0xEE})
_ORIENTATION: Final = 0x0112


class PictureRefused(TenshuError):
    """A file that is no picture for a mail."""

    template = N_("{name} cannot be used as a picture: {reason}. Take a PNG, JPEG, GIF or WebP file.")


class PictureTooLarge(TenshuError):
    """A picture that no mail should carry."""

    template = N_(
        "{name} is too large: {given}. A picture may have {most}. "
        "Make it smaller, about 1200 pixels wide, and try again."
    )
    status = 413


class Picture(NamedTuple):
    """A picture that may be shown.

    Attributes:
        kind: png | jpg | gif | webp.
        width, height: in pixels.
        content: its bytes, without what it told on the side.
    """

    kind: str
    width: int
    height: int
    content: bytes


def read_picture(content: bytes, *, name: str) -> Picture:
    """Return the picture in a file.

    Args:
        content: the whole file.
        name: what its sender calls it, for the error.

    Raises:
        PictureRefused: it is something else, or broken.
        PictureTooLarge: it has too many bytes or too many pixels.
    """
    shown = name.rpartition("/")[2].rpartition("\\")[2][:80]
    if len(content) > LARGEST_BYTES:
        raise PictureTooLarge(name=shown, given=f"{len(content):,} bytes", most=f"{LARGEST_BYTES:,} bytes")
    for kind, (is_this, read) in _READERS.items():
        if is_this(content):
            try:
                width, height, kept = read(content)
            except (struct.error, IndexError, ValueError) as problem:
                raise PictureRefused(name=shown, reason=str(problem)) from problem
            return _fit(Picture(kind, width, height, kept), shown)
    raise PictureRefused(name=shown, reason=ascii(content[:8])[2:-1] or "0 bytes")


def keep_picture(home: Path, picture: Picture) -> str:
    """Write the picture below the home, under a name of ours; return its address, /media/NAME."""
    name = f"{hashlib.blake2b(picture.content, digest_size=16).hexdigest()}.{picture.kind}"
    path = home / FOLDER / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(picture.content)
        unfinished.replace(path)
    return f"/{FOLDER}/{name}"


def kept_pictures(home: Path) -> list[Path]:
    """Return the files of every picture that was kept, relative to the home: what a backup has to hold as well."""
    return sorted(Path(FOLDER, found.name) for found in (home / FOLDER).glob("*") if found.suffix[1:] in TYPES)


def _fit(picture: Picture, name: str) -> Picture:
    if min(picture.width, picture.height) < 1:
        raise PictureRefused(name=name, reason=f"{picture.width} x {picture.height}")
    if max(picture.width, picture.height) > LONGEST_SIDE or picture.width * picture.height > MOST_PIXELS:
        given = f"{picture.width:,} x {picture.height:,} pixels"
        raise PictureTooLarge(name=name, given=given, most=f"{MOST_PIXELS:,} pixels")
    return picture


def _png(content: bytes) -> tuple[int, int, bytes]:
    made, at, size = [_PNG], len(_PNG), (0, 0)
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise ValueError("the file ends inside a chunk")
        if at == len(_PNG):
            if kind != b"IHDR" or length != 13:
                raise ValueError("it does not begin with IHDR")
            size = struct.unpack_from(">II", content, at + 8)
        if kind in _PNG_KEPT:
            made.append(content[at:end])
        if kind == b"IEND":
            return size[0], size[1], b"".join(made)
        at = end


def _gif(content: bytes) -> tuple[int, int, bytes]:
    width, height = struct.unpack_from("<HH", content, 6)
    end = _gif_end(content)
    return width, height, content[:end]


def _gif_end(content: bytes) -> int:
    """Return where the GIF ends: behind its trailer, past all its blocks."""
    at = 13 + _palette(content[10])
    while True:
        mark = content[at]
        if mark == 0x3B:
            return at + 1
        if mark == 0x21:
            at = _behind_blocks(content, at + 2)
        elif mark == 0x2C:
            at = _behind_blocks(content, at + 11 + _palette(content[at + 9]))
        else:
            raise ValueError(f"an unknown block at {at}")


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1


def _jpeg(content: bytes) -> tuple[int, int, bytes]:
    made, size, turned, end = [b"\xff\xd8"], (0, 0), 1, len(content)
    for mark, at, after in _segments(content):
        if mark in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            size = (width, height)
        if mark == _EXIF and turned == 1:
            turned = _turned(content[at + 4 : after])
        if mark == _SOS:
            end = content.find(b"\xff\xd9", after)
            made.append(content[at : end + 2 if end >= 0 else len(content)])
            break
        if mark not in _JPEG_LEFT_OUT:
            made.append(content[at:after])
    else:
        raise ValueError("there is no picture in it")
    if end < 0:
        raise ValueError("the file ends inside the picture")
    if turned != 1:
        made.insert(1, _exif(turned))
    return size[0], size[1], b"".join(made)


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each segment before the picture itself: its mark, where it begins, where the next one does."""
    at = 2
    while at < len(content):
        if content[at] != 0xFF:
            raise ValueError(f"no segment at {at}")
        mark = content[at + 1]
        (length,) = struct.unpack_from(">H", content, at + 2)
        after = at + 2 + length
        if length < 2 or after > len(content):
            raise ValueError("the file ends inside a segment")
        yield mark, at, after
        at = after


def _turned(exif: bytes) -> int:
    """Return how the camera was held, 1 to 8, as its note says; 1 when it says nothing that can be read."""
    if not exif.startswith(b"Exif\0\0"):
        return 1
    order = {b"II": "<", b"MM": ">"}.get(exif[6:8])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", exif, 10)
        (count,) = struct.unpack_from(f"{order}H", exif, 6 + first)
        for entry in range(min(count, 100)):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", exif, 8 + first + 12 * entry)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _exif(turned: int) -> bytes:
    """Return a note that says nothing but how the camera was held."""
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _webp(content: bytes) -> tuple[int, int, bytes]:
    (length,) = struct.unpack_from("<I", content, 4)
    end = 8 + length
    if end > len(content):
        raise ValueError("the file ends inside the picture")
    made, at, size = [], 12, (0, 0)
    while at + 8 <= end:
        kind, inside = struct.unpack_from("<4sI", content, at)
        after = at + 8 + inside + inside % 2
        chunk = content[at:after]
        if at + 8 + inside > end:
            raise ValueError("the file ends inside a chunk")
        size = size if size != (0, 0) else _webp_size(kind, chunk)
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_TOLD]) + chunk[9:]
        if kind in _WEBP_KEPT:
            made.append(chunk)
        at = after
    body = b"WEBP" + b"".join(made)
    return size[0], size[1], b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_size(kind: bytes, chunk: bytes) -> tuple[int, int]:
    """Return width and height as the first chunk tells them; (0, 0) when it is another kind of chunk."""
    if kind == b"VP8X":
        return 1 + int.from_bytes(chunk[12:15], "little"), 1 + int.from_bytes(chunk[15:18], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(chunk[9:13], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", chunk, 14)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


_Reader = Callable[[bytes], tuple[int, int, bytes]]
_READERS: Final[dict[str, tuple[Callable[[bytes], bool], _Reader]]] = {
    "png": (lambda content: content.startswith(_PNG), _png),
    "jpg": (lambda content: content.startswith(b"\xff\xd8\xff"), _jpeg),
    "gif": (lambda content: content[:6] in {b"GIF87a", b"GIF89a"}, _gif),
    "webp": (lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP", _webp),
}
