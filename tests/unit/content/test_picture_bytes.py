"""Pictures taken apart by hand: what a head says, where a file ends, what may stand in it, and what goes."""

import struct
from pathlib import Path

import pytest

from tenshu.content.picture import (
    LARGEST_BYTES,
    LONGEST_SIDE,
    MOST_PIXELS,
    TYPES,
    PictureRefused,
    PictureTooLarge,
    keep_picture,
    kept_pictures,
    read_picture,
)
from tests.unit.content.pictures import SECRET, chunk, exif, gif, jpeg, png, riff, segment, webp

PNG_MARK = b"\x89PNG\r\n\x1a\n"
SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\x34"


def size(content: bytes) -> tuple[str, int, int]:
    """Return kind and size as read."""
    picture = read_picture(content, name="a")
    return picture.kind, picture.width, picture.height


def reason(content: bytes) -> str:
    """Return why it is refused."""
    with pytest.raises(PictureRefused) as refusal:
        read_picture(content, name="a.png")
    return str(refusal.value.given["reason"])


def frame(mark: int, width: int = 7, height: int = 5) -> bytes:
    """Return the frame header of a JPEG."""
    return segment(mark, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0")


def webp_of(*chunks: bytes) -> bytes:
    """Return a WebP of these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossy(width: int, height: int, scale: int = 0) -> bytes:
    """Return a chunk of a lossy WebP; the two upper bits of each side say how to scale it."""
    sides = struct.pack("<HH", width | scale << 14, height | scale << 14)
    return riff(b"VP8 ", b"\x30\x01\0\x9d\x01\x2a" + sides + bytes(4))


def lossless(width: int, height: int) -> bytes:
    """Return a chunk of a lossless WebP: 14 bits each for width and height less one."""
    return riff(b"VP8L", b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + bytes(5))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 10_000), (10_000, 1), (255, 256), (1200, 675)])
def test_every_kind_says_its_size_in_its_own_way(width: int, height: int) -> None:
    assert size(png(width, height)) == ("png", width, height)
    assert size(jpeg(width, height)) == ("jpg", width, height)
    assert size(gif(width, height)) == ("gif", width, height)
    assert size(webp(width, height)) == ("webp", width, height)
    assert size(webp_of(lossless(width, height))) == ("webp", width, height)
    assert size(webp_of(lossy(width, height))) == ("webp", width, height)


def test_the_scale_of_a_lossy_webp_is_no_part_of_its_size() -> None:
    assert size(webp_of(lossy(300, 200, scale=3))) == ("webp", 300, 200)


@pytest.mark.parametrize("mark", [0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCF])
def test_every_way_of_coding_a_jpeg_has_a_size(mark: int) -> None:
    assert size(b"\xff\xd8" + frame(mark) + SCAN + b"\xff\xd9") == ("jpg", 7, 5)


@pytest.mark.parametrize("mark", [0xC4, 0xC8, 0xCC], ids=["tables", "reserved", "arithmetic"])
def test_what_only_looks_like_a_frame_of_a_jpeg_has_none(mark: int) -> None:
    decoy = frame(mark, 60_000, 60_000)
    assert size(b"\xff\xd8" + decoy + frame(0xC0) + decoy + SCAN + b"\xff\xd9") == ("jpg", 7, 5)


def test_the_old_gif_is_a_gif_too() -> None:
    assert size(gif(3, 4).replace(b"GIF89a", b"GIF87a"))[0] == "gif"
    assert reason(gif(3, 4).replace(b"GIF89a", b"GIF90a")).startswith("GIF90a")


def test_a_gif_may_have_palettes_and_more_than_one_frame() -> None:
    head = b"GIF89a" + struct.pack("<HHBBB", 9, 8, 0xF7, 0, 0) + bytes(768)
    still = b"\x2c" + struct.pack("<HHHHB", 0, 0, 9, 8, 0x81) + bytes(12) + b"\x02\x03abc\x02de\0"
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    whole = head + loop + still + still + b"\x3b"
    assert size(whole + b"<?php") == ("gif", 9, 8)
    assert read_picture(whole + b"<?php", name="a").content == whole


@pytest.mark.parametrize("side", [LONGEST_SIDE, LONGEST_SIDE + 1])
def test_a_side_may_be_so_long_and_no_longer(side: int) -> None:
    if side <= LONGEST_SIDE:
        assert size(png(side, 2)) == ("png", side, 2)
        return
    with pytest.raises(PictureTooLarge, match="10,001 x 2 pixels"):
        read_picture(png(side, 2), name="a")


def test_pixels_are_counted_and_not_only_sides() -> None:
    assert MOST_PIXELS == 5_000 * 5_000
    assert size(png(5_000, 5_000)) == ("png", 5_000, 5_000)
    with pytest.raises(PictureTooLarge) as refusal:
        read_picture(png(5_001, 5_000), name="a.png")
    assert "5,001 x 5,000 pixels" in refusal.value.text("en")
    assert "25,000,000" in refusal.value.text("ja")


def test_bytes_are_counted_before_anything_is_read() -> None:
    with pytest.raises(PictureTooLarge) as refusal:
        read_picture(b"no picture at all" + bytes(LARGEST_BYTES), name="a.png")
    assert refusal.value.given["most"] == "5,000,000 bytes"


@pytest.mark.parametrize("content", [png(0, 1), png(1, 0), jpeg(0, 3), gif(3, 0), webp_of(riff(b"ALPH", b"ab"))])
def test_a_picture_without_any_size_is_none(content: bytes) -> None:
    assert " x " in reason(content)


@pytest.mark.parametrize("whole", [png(), jpeg(exif=exif()), gif()], ids=["png", "jpg", "gif"])
def test_a_picture_cut_short_anywhere_is_refused(whole: bytes) -> None:
    for end in range(len(whole)):
        with pytest.raises((PictureRefused, PictureTooLarge)):
            read_picture(whole[:end], name="a")


def test_a_webp_cut_short_is_refused_by_the_length_that_it_tells() -> None:
    whole = webp()
    for end in range(12, len(whole)):
        with pytest.raises(PictureRefused, match="ends inside"):
            read_picture(whole[:end], name="a")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PNG_MARK + chunk(b"IDAT", b"x"), "does not begin with IHDR"),
        (PNG_MARK + struct.pack(">I4s", 2**31, b"IHDR"), "ends inside a chunk"),
        (PNG_MARK + chunk(b"IHDR", bytes(12)), "does not begin with IHDR"),
        (b"\xff\xd8\xff\xe0\0\x01", "ends inside a segment"),
        (b"\xff\xd8\xff\xe0\xff\xff", "ends inside a segment"),
        (b"\xff\xd8" + frame(0xC0) + b"xx", "no segment at"),
        (b"\xff\xd8" + frame(0xC0), "no picture in it"),
        (b"\xff\xd8" + frame(0xC0) + SCAN, "ends inside the picture"),
        (gif()[:-1] + b"\x99", "an unknown block at"),
        (b"RIFF\xff\xff\xff\x7fWEBP", "ends inside the picture"),
        (webp_of(b"VP8L" + struct.pack("<I", 999)), "ends inside a chunk"),
        (b"<svg onload='x'/>", "<svg onl"),
        (b"", "0 bytes"),
        (b"\0\x01", "\\x00\\x01"),
    ],
)
def test_a_refusal_says_where_the_file_goes_wrong(content: bytes, words: str) -> None:
    assert words in reason(content)


@pytest.mark.parametrize(
    "name", ["<script>.png", "../../etc/passwd", "C:\\Users\\sato\\a.png", "a" * 500, "写真.heic", ""]
)
def test_a_refusal_names_the_file_and_not_where_it_lay(name: str) -> None:
    with pytest.raises(PictureRefused) as refusal:
        read_picture(b"x", name=name)
    shown = str(refusal.value.given["name"])
    assert len(shown) <= 80
    assert "/" not in shown
    assert "\\" not in shown


@pytest.mark.parametrize("turned", range(2, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_way_to_hold_a_camera_is_kept_and_nothing_else_of_its_note(turned: int, order: str) -> None:
    kept = read_picture(jpeg(exif=exif(turned, order=order)), name="a").content
    assert kept.count(b"Exif\0\0") == 1
    assert struct.unpack_from("<H", kept, kept.index(b"Exif\0\0") + 24) == (turned,)
    assert SECRET not in kept
    assert len(kept) < len(jpeg(exif=exif(turned, order=order)))


def test_of_two_notes_the_first_that_says_something_counts() -> None:
    notes = segment(0xE1, exif(1)) + segment(0xE1, exif(6)) + segment(0xE1, exif(3))
    kept = read_picture(b"\xff\xd8" + notes + frame(0xC0) + SCAN + b"\xff\xd9", name="a").content
    assert struct.unpack_from("<H", kept, kept.index(b"Exif\0\0") + 24) == (6,)


@pytest.mark.parametrize("mark", [*range(0xE3, 0xEE), 0xE1, 0xEF, 0xFE])
def test_what_a_program_notes_beside_a_jpeg_goes(mark: int) -> None:
    whole = b"\xff\xd8" + segment(mark, SECRET) + frame(0xC0) + SCAN + b"\xff\xd9"
    assert SECRET not in read_picture(whole, name="a").content


@pytest.mark.parametrize("mark", [0xE0, 0xE2, 0xEE, 0xDB, 0xC4, 0xDD])
def test_what_draws_a_jpeg_stays(mark: int) -> None:
    whole = b"\xff\xd8" + segment(mark, b"0123456789") + frame(0xC0) + SCAN + b"\xff\xd9"
    assert read_picture(whole, name="a").content == whole


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"prVt", b"caBX"])
def test_what_a_program_notes_in_a_png_goes(kind: bytes) -> None:
    assert read_picture(png(extra=chunk(kind, SECRET)), name="a").content == png()


@pytest.mark.parametrize("kind", [b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"iCCP", b"pHYs", b"acTL", b"fcTL", b"fdAT"])
def test_what_draws_a_png_stays(kind: bytes) -> None:
    whole = png(extra=chunk(kind, b"abc"))
    assert read_picture(whole, name="a").content == whole


def test_a_webp_no_longer_announces_what_was_taken_out() -> None:
    size_of_it = (9).to_bytes(3, "little") * 2
    told = webp_of(riff(b"VP8X", b"\x3e\0\0\0" + size_of_it), lossless(10, 10), riff(b"XMP ", SECRET))
    clean = webp_of(riff(b"VP8X", b"\x32\0\0\0" + size_of_it), lossless(10, 10))
    assert read_picture(told, name="a").content == clean


def test_a_second_file_inside_or_behind_a_picture_is_gone() -> None:
    archive, page = b"PK\x03\x04" + bytes(40), b"<html><script>alert(1)</script>"
    for content in (
        png(extra=chunk(b"zzZz", archive + page), trailer=archive),
        jpeg(exif=archive + page, trailer=page + archive),
        gif(trailer=archive + page),
        webp_of(riff(b"JUNK", archive + page), lossless(2, 2)) + archive,
    ):
        kept = read_picture(content, name="a").content
        assert b"PK\x03\x04" not in kept
        assert b"<script>" not in kept


def test_the_first_bytes_decide_and_never_the_name_or_a_later_picture() -> None:
    assert size(png() + jpeg())[0] == "png"
    assert size(jpeg(trailer=png()))[0] == "jpg"
    assert reason(b" " + png()).startswith(" ")
    assert reason(b"\xef\xbb\xbf" + gif())


def test_kept_pictures_are_listed_for_the_backup_and_nothing_else_is(tmp_path: Path) -> None:
    assert kept_pictures(tmp_path) == []
    addresses = {keep_picture(tmp_path, read_picture(one, name="a")) for one in (png(), jpeg(), gif(), webp())}
    for stray in ("notes.txt", "half.new", ".hidden"):
        (tmp_path / "media" / stray).write_bytes(b"x")
    listed = kept_pictures(tmp_path)
    assert {f"/{path.as_posix()}" for path in listed} == addresses
    assert listed == sorted(listed)
    assert {path.suffix[1:] for path in listed} == set(TYPES)


def test_the_same_picture_out_of_two_files_is_kept_once(tmp_path: Path) -> None:
    first = keep_picture(tmp_path, read_picture(png(), name="a"))
    told = png(extra=chunk(b"tEXt", SECRET), trailer=b"x")
    assert keep_picture(tmp_path, read_picture(told, name="b")) == first
    assert len(list((tmp_path / "media").iterdir())) == 1
