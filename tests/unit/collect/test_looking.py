"""Looking into an upload: what is seen is kept, choices show at once, a large file is seen by another process."""

import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tenshu.collect import looking
from tenshu.collect.connectors.file.looked import Looked
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.looking import NotReadable, look
from tenshu.collect.uploads import Upload, UploadGone, file_of, folder_of, keep_upload, throw_away
from tenshu.kit.i18n import speaking

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
ROWS = "会員番号,氏名,メールアドレス,趣味\n1,佐藤 花子,sato@example.jp,園芸\n2,鈴木 一郎,suzuki@example.jp,\n".encode(
    "cp932"
)


def brought(home: Path, data: bytes = ROWS, name: str = "名簿.csv") -> Upload:
    return keep_upload(home, name, io.BytesIO(data), at=NOW, by="")


def seen(home: Path, upload: Upload, *choices: Choice) -> Looked:
    return look(home, upload, zone="Asia/Tokyo", currency="JPY", choices=choices)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is large enough for a process of its own."""
    monkeypatch.setattr(looking, "ALONE_FROM", 0)


def test_an_upload_is_seen_under_its_owners_name_with_what_its_columns_mean(tmp_path: Path) -> None:
    found = seen(tmp_path, brought(tmp_path))
    assert found.name == "名簿.csv"
    assert [column.field for column in found.tables[0].columns] == ["customer_no", "full_name", "email", None]


def test_choices_are_put_over_the_guess_at_the_next_look(tmp_path: Path) -> None:
    upload = brought(tmp_path)
    choice = Choice(kind="customers", columns={"email": ["#3"]})
    assert not seen(tmp_path, upload).tables[0].missing
    assert [column.field for column in seen(tmp_path, upload, choice).tables[0].columns] == [None, None, "email", None]


def test_what_was_seen_once_is_not_read_again(tmp_path: Path) -> None:
    upload = brought(tmp_path)
    first = seen(tmp_path, upload)
    file_of(tmp_path, upload).unlink()
    assert seen(tmp_path, upload) == first
    choice = Choice(kind="customers", columns={"email": ["#3"]})
    assert seen(tmp_path, upload, choice).tables[0].rows == 2  # from the cells that were kept


def test_names_that_are_given_to_columns_are_in_the_language_of_whoever_looks(tmp_path: Path) -> None:
    upload = brought(tmp_path, "1,佐藤 花子,sato@example.jp\n2,鈴木 一郎,suzuki@example.jp\n".encode())
    with speaking("ja"):
        japanese = seen(tmp_path, upload)
    with speaking("en"):
        english = seen(tmp_path, upload)
    assert japanese.tables[0].columns[0].header != english.tables[0].columns[0].header


def test_a_large_file_is_seen_by_another_process_just_the_same(tmp_path: Path, alone: None) -> None:
    upload = brought(tmp_path)
    with speaking("ja"):
        found = seen(tmp_path, upload)
    assert [column.field for column in found.tables[0].columns] == ["customer_no", "full_name", "email", None]
    assert (folder_of(tmp_path, upload.id) / "cells-ja" / "opened.json").is_file()


def test_a_file_that_ends_the_process_that_looks_is_refused_in_words(
    tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(command: list[str], **_given: object) -> None:
        raise subprocess.CalledProcessError(-9, command)

    monkeypatch.setattr(subprocess, "run", killed)
    with pytest.raises(NotReadable) as refused:
        seen(tmp_path, brought(tmp_path))
    assert "名簿.csv" in refused.value.text("ja")
    assert "メモリー" in refused.value.text("ja")


@pytest.mark.parametrize(("data", "name"), [(b"%PDF-1.7", "領収書.pdf"), (b"PK\x03\x04broken", "壊れた.xlsx")])
def test_a_file_that_is_no_table_is_refused_by_its_owners_name_in_both_languages(
    tmp_path: Path, data: bytes, name: str
) -> None:
    upload = brought(tmp_path, data, name)
    for _again in range(2):  # what was wrong is kept as well
        with pytest.raises(NotReadable) as refused:
            seen(tmp_path, upload)
        assert name in refused.value.text("ja")
        assert name in refused.value.text("en")
        assert "file." not in refused.value.text("en").replace("the file", "")
        assert refused.value.text("ja") != refused.value.text("en")


def test_a_file_that_was_thrown_away_is_gone(tmp_path: Path) -> None:
    upload = brought(tmp_path)
    throw_away(tmp_path, upload.id)
    with pytest.raises(UploadGone):
        seen(tmp_path, upload)
