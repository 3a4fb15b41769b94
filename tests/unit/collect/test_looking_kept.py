"""What was seen of an upload is kept for whoever looks the same way, and whoever looks otherwise sees anew."""

import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenshu.collect import looking
from tenshu.collect.connectors.file.errors import FileRefused
from tenshu.collect.connectors.file.looked import Looked
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.looking import TOO_MUCH, NotReadable, _Order, look, main
from tenshu.collect.uploads import Upload, file_of, folder_of, get, keep_upload, put
from tenshu.kit.i18n import LANGUAGES, speaking

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
ROWS = "会員番号,氏名,メールアドレス\n1,佐藤 花子,sato@example.jp\n".encode()
CHOICE = Choice(kind="customers", columns={"email": ["メールアドレス"]})
ORDER = _Order(zone="Asia/Tokyo", currency="JPY", at=NOW, language="ja", choices=(CHOICE,))


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    return keep_upload(tmp_path, "名簿.csv", io.BytesIO(ROWS), at=NOW, by="")


def looks(home: Path, upload: Upload) -> list[str]:
    return sorted(path.name for path in folder_of(home, upload.id).glob("looked-*.json"))


def seen(home: Path, upload: Upload, *choices: Choice, zone: str = "Asia/Tokyo") -> Looked:
    return look(home, upload, zone=zone, currency="JPY", choices=choices)


@pytest.mark.parametrize(
    "changed",
    [
        {"zone": "Europe/London"},
        {"currency": "GBP"},
        {"at": NOW + timedelta(days=1)},
        {"language": "en"},
        {"choices": ()},
        {"choices": (msgspec.structs.replace(CHOICE, columns={}),)},
        {"choices": (msgspec.structs.replace(CHOICE, options={"tax": "excluded"}),)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_other_way_of_looking_has_a_key_of_its_own(changed: dict[str, Any]) -> None:
    assert msgspec.structs.replace(ORDER, **changed).key != ORDER.key
    assert msgspec.structs.replace(ORDER).key == ORDER.key


def test_a_key_can_be_the_name_of_a_file() -> None:
    assert len(ORDER.key) == 16
    assert set(ORDER.key) <= set("0123456789abcdef")


def test_looking_twice_the_same_way_is_one_look(tmp_path: Path, upload: Upload) -> None:
    assert seen(tmp_path, upload) == seen(tmp_path, upload)
    assert len(looks(tmp_path, upload)) == 1


def test_looking_another_way_is_another_look_and_both_stay(tmp_path: Path, upload: Upload) -> None:
    first = seen(tmp_path, upload)
    seen(tmp_path, upload, CHOICE)
    seen(tmp_path, upload, zone="Europe/London")
    assert len(looks(tmp_path, upload)) == 3
    assert seen(tmp_path, upload) == first


def test_a_look_that_was_written_by_another_version_is_looked_anew(tmp_path: Path, upload: Upload) -> None:
    first = seen(tmp_path, upload)
    (name,) = looks(tmp_path, upload)
    (folder_of(tmp_path, upload.id) / name).write_text('{"looked": 1}')
    assert seen(tmp_path, upload) == first


def test_cells_that_are_kept_half_are_read_anew_from_the_file(tmp_path: Path, upload: Upload) -> None:
    with speaking("ja"):
        seen(tmp_path, upload)
        (folder_of(tmp_path, upload.id) / "cells-ja" / "opened.json").unlink()
        assert seen(tmp_path, upload, CHOICE).tables[0].rows == 1
    assert (folder_of(tmp_path, upload.id) / "cells-ja" / "opened.json").is_file()


def test_a_look_changes_nothing_of_the_file(tmp_path: Path, upload: Upload) -> None:
    seen(tmp_path, upload)
    assert file_of(tmp_path, upload).read_bytes() == ROWS


def test_the_other_process_writes_what_this_one_would_have_seen(tmp_path: Path, upload: Upload) -> None:
    folder = folder_of(tmp_path, upload.id)
    put(folder / f"order-{ORDER.key}.json", ORDER)
    main([str(tmp_path), upload.id, ORDER.key])
    found = get(folder / f"seen-{ORDER.key}.json", looking._Seen)
    assert found is not None
    assert found.wrong is None
    with speaking("ja"):
        assert found.looked == seen(tmp_path, upload, CHOICE)


def test_the_other_process_is_this_program_and_is_given_no_cell(
    tmp_path: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(looking, "ALONE_FROM", 0)
    monkeypatch.setattr("subprocess.run", lambda command, **_given: called.append(command))
    with pytest.raises(NotReadable):  # it wrote nothing
        seen(tmp_path, upload)
    assert called[0][:4] == [sys.executable, "-m", "tenshu.collect.looking", str(tmp_path)]
    assert called[0][4] == upload.id
    assert len(called[0]) == 6


def test_a_file_of_the_border_is_still_seen_here(
    tmp_path: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "ALONE_FROM", len(ROWS))
    monkeypatch.delattr("subprocess.run")
    assert seen(tmp_path, upload).tables


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_wrong_is_said_in_the_language_of_whoever_reads_it(language: str) -> None:
    wrong = NotReadable(said=TOO_MUCH, name="名簿{a}.xlsx")
    said = wrong.text(language)
    assert "名簿{a}.xlsx" in said
    assert "CSV" in said
    with speaking(language):
        assert str(wrong) == said


def test_a_file_that_cannot_be_looked_into_is_a_refused_file() -> None:
    assert issubclass(NotReadable, FileRefused)
    assert NotReadable(said=TOO_MUCH, name="x").text("ja") != NotReadable(said=TOO_MUCH, name="x").text("en")


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_was_wrong_is_kept_and_the_file_is_not_opened_again(tmp_path: Path, data: bytes) -> None:
    upload = keep_upload(tmp_path, "x.xlsx", io.BytesIO(data), at=NOW, by="")
    with pytest.raises(NotReadable) as first:
        seen(tmp_path, upload)
    file_of(tmp_path, upload).unlink()
    with pytest.raises(NotReadable) as again:
        seen(tmp_path, upload)
    assert again.value.given == first.value.given
    assert "file.xlsx" not in str(again.value)
