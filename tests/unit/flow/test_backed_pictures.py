"""The pictures of mails, and letters that are not finished, are in a backup and come back with it."""

from pathlib import Path

from tenshu.bootstrap import open_shop, read_templates
from tenshu.content.blocks.block import Image
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.letter import write_text
from tenshu.content.picture import keep_picture, kept_pictures, read_picture
from tenshu.content.shelf import keep, keep_draft, read_draft
from tenshu.content.template import TemplateSource
from tenshu.flow.backing import back_up
from tenshu.flow.restoring import restore_shop
from tenshu.kit.clock import SetClock
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tests.unit.content.pictures import gif, png


def test_a_letter_comes_back_with_its_picture_and_its_draft(tmp_path: Path) -> None:
    shop, _clock = open_small_shop(tmp_path / "home")
    picture = read_picture(png(), name="flower.png")
    src = keep_picture(shop.home, picture)
    text = write_text("a", "", (Image(src=src, alt="花束"),), language="ja", brand=Brand())
    source = TemplateSource(name="hello", title="花", languages={"ja": text})
    with shop.ledger.writing() as tx:
        keep(tx, source, now=MONDAY)
        keep_draft(tx, source, person=1, based_on=1, now=MONDAY)
    path, _manifest = back_up(shop, now=MONDAY)
    back = tmp_path / "back"
    restore_shop(path, back, now=MONDAY)
    shop.close()
    again = open_shop(back, clock=SetClock(MONDAY))
    assert read_templates(again)["hello"] == source
    assert (back / src.removeprefix("/")).read_bytes() == picture.content
    with again.ledger.reading() as tx:
        assert read_draft(tx, "hello", 1) is not None
    again.close()


def test_only_pictures_of_ours_are_named(tmp_path: Path) -> None:
    assert kept_pictures(tmp_path) == []
    kept = {keep_picture(tmp_path, read_picture(content, name="a")) for content in (png(), gif())}
    (tmp_path / "media" / "half.new").write_bytes(b"x")
    assert {f"/{path.as_posix()}" for path in kept_pictures(tmp_path)} == kept
