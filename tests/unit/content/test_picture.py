"""Pictures are known by their bytes, told apart from everything else, and kept without what they tell on the side."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.picture import (
    LARGEST_BYTES,
    PictureRefused,
    PictureTooLarge,
    keep_picture,
    read_picture,
)
from tests.unit.content.pictures import ORIENTED, SECRET, chunk, exif, gif, jpeg, png, riff, webp

HTML = b"<html><script>alert(document.cookie)</script></html>"
PHP = b"<?php system($_GET['x']); ?>"


@pytest.mark.parametrize(
    ("content", "kind", "width", "height"),
    [(png(20, 10), "png", 20, 10), (jpeg(30, 20), "jpg", 30, 20), (gif(7, 8), "gif", 7, 8), (webp(5, 4), "webp", 5, 4)],
)
def test_each_kind_is_known_by_its_bytes_whatever_it_is_called(
    content: bytes, kind: str, width: int, height: int
) -> None:
    picture = read_picture(content, name="holiday.exe")
    assert (picture.kind, picture.width, picture.height) == (kind, width, height)


@pytest.mark.parametrize("content", [png(), jpeg(), gif(), webp()], ids=["png", "jpg", "gif", "webp"])
def test_what_stands_behind_the_end_is_left_out(content: bytes) -> None:
    clean = read_picture(content, name="a").content
    for hidden in (HTML, PHP, b"PK\x03\x04", b"\0" * 1000):
        assert read_picture(content + hidden, name="a").content == clean


@pytest.mark.parametrize(
    "content",
    [
        png(extra=chunk(b"tEXt", b"Comment\0" + SECRET) + chunk(b"eXIf", SECRET) + chunk(b"iTXt", SECRET)),
        jpeg(exif=exif()),
        webp(),
    ],
    ids=["png", "jpg", "webp"],
)
def test_what_a_camera_wrote_is_left_out(content: bytes) -> None:
    assert SECRET in content
    assert SECRET not in read_picture(content, name="a").content


@pytest.mark.parametrize("order", ["<", ">"])
def test_how_the_camera_was_held_is_kept_so_that_pictures_stand_upright(order: str) -> None:
    kept = read_picture(jpeg(exif=exif(order=order)), name="a").content
    note = kept[kept.index(b"Exif\0\0") :]
    assert struct.unpack_from("<HHIH", note, 16) == (0x0112, 3, 1, ORIENTED)
    assert read_picture(kept, name="a").content == kept


@pytest.mark.parametrize("turned", [1, 0, 9, 65_535])
def test_an_upright_or_unheard_of_orientation_needs_no_note(turned: int) -> None:
    assert b"Exif" not in read_picture(jpeg(exif=exif(turned)), name="a").content


@pytest.mark.parametrize(
    "note", [b"Exif\0\0", b"Exif\0\0XX*\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"http://ns.adobe.com/xap"]
)
def test_a_note_that_cannot_be_read_is_no_reason_to_refuse(note: bytes) -> None:
    assert read_picture(jpeg(exif=note), name="a").width == 3


@pytest.mark.parametrize("content", [png(), jpeg(exif=exif()), gif(), webp()], ids=["png", "jpg", "gif", "webp"])
def test_a_cleaned_picture_is_clean(content: bytes) -> None:
    clean = read_picture(content, name="a").content
    assert read_picture(clean, name="a").content == clean


@pytest.mark.parametrize(
    "content",
    [
        png(50_000, 50_000),
        png(2**31, 2**31),
        png(10_001, 1),
        jpeg(65_535, 65_535),
        gif(65_535, 65_535),
        webp(2**24, 2**24),
    ],
    ids=["png flood", "png 2^31", "png long", "jpg", "gif", "webp"],
)
def test_a_flood_of_pixels_is_refused_before_anybody_unpacks_it(content: bytes) -> None:
    assert len(content) < 10_000
    with pytest.raises(PictureTooLarge) as refusal:
        read_picture(content, name="a.png")
    assert "pixels" in refusal.value.text("en")


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PictureTooLarge) as refusal:
        read_picture(png() + bytes(LARGEST_BYTES), name="a.png")
    assert refusal.value.status == 413


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML,
        PHP,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        b"BM\x00\x00",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"x"),
        png()[:40],
        png(0, 5),
        b"\xff\xd8\xff",
        jpeg()[:30],
        b"\xff\xd8\xff\xd9",
        b"GIF89a" + HTML,
        gif()[:20],
        b"RIFF\xff\xff\xff\x7fWEBP",
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\x10\0\0\0WEBP" + riff(b"EXIF", b"abcd"),
        b"RIFF\x0c\0\0\0WAVEfmt " + bytes(4),
    ],
)
def test_everything_else_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(PictureRefused) as refusal:
        read_picture(content, name="../../evil/<b>.png")
    assert "<b>.png" in refusal.value.text("ja")
    assert "../" not in refusal.value.text("ja")


@settings(max_examples=200, deadline=None)
@given(start=st.sampled_from([png(), jpeg(exif=exif()), gif(), webp()]), data=st.data())
def test_broken_pictures_are_refused_and_break_nothing(start: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(start) - 1))
    broken = start[:at] + data.draw(st.binary(max_size=8)) + start[at + data.draw(st.integers(0, 8)) :]
    try:
        picture = read_picture(broken, name="a")
    except (PictureRefused, PictureTooLarge):
        return
    assert picture.width * picture.height > 0
    assert len(picture.content) <= len(broken) + 64


def test_a_picture_is_kept_under_a_name_of_ours_and_only_once(tmp_path: Path) -> None:
    picture = read_picture(png(), name="../../etc/passwd")
    address = keep_picture(tmp_path, picture)
    assert keep_picture(tmp_path, picture) == address
    assert address.startswith("/media/")
    assert address.endswith(".png")
    (kept,) = (tmp_path / "media").iterdir()
    assert address == f"/media/{kept.name}"
    assert kept.read_bytes() == picture.content


def test_other_pictures_get_other_names(tmp_path: Path) -> None:
    names = {keep_picture(tmp_path, read_picture(png(size, 2), name="a")) for size in (1, 2, 3)}
    assert len(names) == 3
