"""Pictures that tests draw, byte by byte: small and real, large on paper only, broken, or two files in one."""

import struct
import zlib

ORIENTED = 6
SECRET = b"35.6812N 139.7671E, Sato's camera"


def png(width: int = 2, height: int = 2, *, extra: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return a PNG that says to be so large, with further chunks and something behind its end."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + b"\x2b\x3f\x73" * min(width, 64) for _ in range(min(height, 64))))
    chunks = chunk(b"IHDR", head) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks + trailer


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def jpeg(width: int = 3, height: int = 2, *, exif: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return the segments of a JPEG; no program could draw it, but its head is as real ones are."""
    jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0")
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\x34\xff\x00\x56"
    told = segment(0xE1, exif) if exif else b""
    return b"\xff\xd8" + jfif + told + segment(0xFE, SECRET) + frame + scan + b"\xff\xd9" + trailer


def segment(mark: int, body: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body


def exif(turned: int = ORIENTED, *, order: str = "<") -> bytes:
    """Return what a camera notes: how it was held, and more than anybody asked for."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(f"{order}HHHIHH", 2, 0x0112, 3, 1, turned, 0)
    entries += struct.pack(f"{order}HHII", 0x9C9D, 1, len(SECRET), 64)
    return b"Exif\0\0" + mark + struct.pack(f"{order}I", 8) + entries + bytes(8) + SECRET


def gif(width: int = 1, height: int = 1, *, trailer: bytes = b"") -> bytes:
    """Return a GIF of one frame with a comment."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    comment = b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0"
    return head + comment + frame + b"\x3b" + trailer


def webp(width: int = 5, height: int = 4, *, trailer: bytes = b"") -> bytes:
    """Return an extended WebP with notes of the camera."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    parts = riff(b"VP8X", b"\x0c\0\0\0" + size) + riff(b"VP8L", b"\x2f" + bytes(9)) + riff(b"EXIF", SECRET)
    body = b"WEBP" + parts + riff(b"XMP ", SECRET)
    return b"RIFF" + struct.pack("<I", len(body)) + body + trailer


def riff(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a WebP."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
