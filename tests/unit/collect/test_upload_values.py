"""An upload's name, ends and sizes at their borders, and the states beside it as they are written and read."""

import io
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.connectors.file.stage import StagedImport
from tenshu.collect.importing import ImportSummary, Origin
from tenshu.collect.uploads import (
    CHECKED,
    FOLDER,
    KEPT_FOR,
    Checked,
    Entered,
    Upload,
    UploadEmpty,
    UploadGone,
    UploadTooLarge,
    file_of,
    folder_of,
    get,
    keep_upload,
    known_suffixes,
    list_uploads,
    mark_entered,
    put,
    read_checked,
    read_entered,
    read_upload,
    save_upload,
    shown_name,
    sweep,
    throw_away,
)

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
CHOICE = Choice(sheet="名簿", kind="customers", columns={"email": ["メール"]}, options={"year": "2026"})


def kept(home: Path, name: str = "名簿.csv", data: bytes = b"a\n1\n", **given_limits: int) -> Upload:
    return keep_upload(home, name, io.BytesIO(data), at=NOW, by="店主", **given_limits)


def staged(folder: Path) -> StagedImport:
    return StagedImport(
        import_id="0" * 32,
        name="名簿.csv",
        kind="customers",
        mapping={"email": ["メール"]},
        confidence={"": 0.9, "email": 1.0},
        sheets=[""],
        facts_path=folder / "facts.parquet",
        rejects_path=folder / "rejects.csv",
        received_at=NOW,
        rows=3,
        accepted=2,
        rejects={"no_identifier": 1},
        repeats=0,
        facts=4,
        events={"customer_described": 2},
    )


def summary(**changed: object) -> ImportSummary:
    given_values = {"import_id": "0" * 32, "name": "名簿.csv", "kind": "customers", "is_new": True, "rows": 3}
    counts = {"accepted": 2, "rejects": {"no_identifier": 1}, "repeats": 0, "facts": 4, "events": {}}
    return msgspec.convert({**given_values, **counts, "rejects_file": None, **changed}, ImportSummary)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("顧客名簿.xlsx", "顧客名簿.xlsx"),
        ("C:\\Users\\店主\\名簿.csv", "名簿.csv"),
        ("/home/me/list.csv", "list.csv"),
        ("~/list.csv", "list.csv"),
        ("  list.csv  ", "list.csv"),
        ("list", "list"),
        (".csv", ".csv"),
        ("a\tb\nc.csv", "abc.csv"),
        ("\u202efdp.csv", "fdp.csv"),
        ("\ufeff名簿.csv", "名簿.csv"),
        ("か\u3099.csv", "が.csv"),
        ("...", "?"),
        ("a/", "a"),
        ("\x00\x01", "?"),
    ],
)
def test_a_name_is_shown_as_its_sender_knows_it(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize(("length", "is_cut"), [(115, False), (116, False), (117, True), (1_000, True)])
def test_a_long_name_is_cut_in_its_middle_and_keeps_its_end(length: int, *, is_cut: bool) -> None:
    shown = shown_name("名" * length + ".csv")
    assert ("…" in shown) is is_cut
    assert len(shown) <= 120
    assert shown.endswith(".csv")


@pytest.mark.parametrize("name", ["a" * 500, "a." + "b" * 500, "." * 500 + "x", "名" * 200 + " .xlsx"])
def test_a_name_without_a_proper_end_is_cut_as_well(name: str) -> None:
    assert 1 <= len(shown_name(name)) <= 120


@given(st.text(max_size=60), st.sampled_from([*known_suffixes()]))
def test_a_name_that_is_shown_has_no_folder_in_it_and_nothing_unseen(stem: str, suffix: str) -> None:
    shown = shown_name(stem + suffix.upper())
    assert Path(shown).name == shown
    assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs"} for each in shown)


@pytest.mark.parametrize("suffix", [*known_suffixes(), ".CSV", ".XLSX"])
def test_a_known_end_is_kept_in_small_letters(tmp_path: Path, suffix: str) -> None:
    assert file_of(tmp_path, kept(tmp_path, f"名簿{suffix}")).name == f"file{suffix.lower()}"


@pytest.mark.parametrize("name", ["名簿", "名簿.exe", "名簿.csv.sh", "名簿.csv ..", "名簿.html", ".csv"])
def test_any_other_end_is_left_off(tmp_path: Path, name: str) -> None:
    assert file_of(tmp_path, kept(tmp_path, name)).name == "file"


def test_a_form_offers_the_ends_that_are_read_and_each_once() -> None:
    assert list(known_suffixes())[:2] == [".xlsx", ".xlsm"]
    assert {".csv", ".xls", ".ods", ".parquet"} <= known_suffixes().keys()
    assert all(suffix == suffix.lower() for suffix in known_suffixes())


@pytest.mark.parametrize("size", [1, 999, 1_000])
def test_a_file_of_the_full_size_is_taken(tmp_path: Path, size: int) -> None:
    assert kept(tmp_path, data=b"x" * size, most=1_000).size == size


def test_one_byte_more_is_refused_with_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UploadTooLarge) as refused:
        kept(tmp_path, data=b"x" * 2_000_001, most=2_000_000)
    assert refused.value.status == 413
    for language in ("ja", "en"):
        assert "名簿.csv" in refused.value.text(language)
        assert "2 MB" in refused.value.text(language).replace("2MB", "2 MB")
        assert "tenshu import" in refused.value.text(language)
    assert not list((tmp_path / FOLDER).iterdir())


def test_an_empty_file_and_a_lost_one_are_said_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(UploadEmpty) as empty:
        kept(tmp_path, data=b"")
    with pytest.raises(UploadGone) as gone:
        read_upload(tmp_path, "0" * 16)
    assert gone.value.status == 404
    for error in (empty.value, gone.value):
        assert error.text("ja") != error.text("en")


def test_a_sender_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError(size)

    with pytest.raises(ConnectionResetError):
        keep_upload(tmp_path, "a.csv", Broken(), at=NOW, by="")
    assert not list((tmp_path / FOLDER).iterdir())


def test_two_files_of_one_name_are_two_uploads(tmp_path: Path) -> None:
    first, second = kept(tmp_path), kept(tmp_path, data=b"other")
    assert first.id != second.id
    assert file_of(tmp_path, first).read_bytes() != file_of(tmp_path, second).read_bytes()
    throw_away(tmp_path, first.id)
    assert list_uploads(tmp_path) == [second]


def test_what_a_person_chose_is_kept_with_the_upload(tmp_path: Path) -> None:
    upload = msgspec.structs.replace(kept(tmp_path), choices=(CHOICE,), check_job=7, enter_job=8)
    save_upload(tmp_path, upload)
    assert read_upload(tmp_path, upload.id) == upload


def test_an_instant_of_another_zone_is_the_same_instant_when_it_is_read(tmp_path: Path) -> None:
    at = NOW.astimezone(timezone(timedelta(hours=9)))
    upload = keep_upload(tmp_path, "a.csv", io.BytesIO(b"x"), at=at, by="")
    assert read_upload(tmp_path, upload.id).at == NOW


def test_what_was_checked_comes_back_with_the_paths_of_its_files(tmp_path: Path) -> None:
    upload = msgspec.structs.replace(kept(tmp_path), choices=(CHOICE,))
    folder = folder_of(tmp_path, upload.id) / CHECKED
    folder.mkdir()
    checked = Checked(staged=(staged(folder),), silent=(2,), choices=(CHOICE,))
    put(folder / "checked.json", checked)
    assert read_checked(tmp_path, upload) == checked


@pytest.mark.parametrize(
    "other",
    [
        None,
        (),
        (msgspec.structs.replace(CHOICE, sheet="別"),),
        (msgspec.structs.replace(CHOICE, options={}),),
        (CHOICE, CHOICE),
    ],
)
def test_any_other_choice_asks_for_a_check_of_its_own(tmp_path: Path, other: tuple[Choice, ...] | None) -> None:
    upload = kept(tmp_path)
    folder = folder_of(tmp_path, upload.id) / CHECKED
    folder.mkdir()
    put(folder / "checked.json", Checked(staged=(), silent=(), choices=(CHOICE,)))
    assert read_checked(tmp_path, msgspec.structs.replace(upload, choices=other)) is None


def test_what_was_let_in_is_told_kind_by_kind(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    origin = Origin(by="店主", upload=upload.id, basis="opt_in", reason="店頭", granted=2)
    entered = Entered(summaries=(summary(origin=origin), summary(kind="purchases", is_new=False)), at=NOW)
    assert read_entered(tmp_path, upload.id) is None
    mark_entered(tmp_path, upload.id, entered)
    assert read_entered(tmp_path, upload.id) == entered


def test_letting_in_twice_keeps_the_last_word_and_still_no_file(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    for hours in (0, 1):
        mark_entered(tmp_path, upload.id, Entered(summaries=(), at=NOW + timedelta(hours=hours)))
    found = read_entered(tmp_path, upload.id)
    assert found is not None
    assert found.at == NOW + timedelta(hours=1)
    assert not file_of(tmp_path, upload).exists()


@pytest.mark.parametrize("kind", [Checked, Entered, Upload])
@pytest.mark.parametrize("said", [b"", b"{", b"[]", b"null", b'{"at": "yesterday"}', b"\xff\xfe"])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, kind: type, said: bytes) -> None:
    path = tmp_path / "state.json"
    assert get(path, kind) is None
    path.write_bytes(said)
    assert get(path, kind) is None


def test_writing_a_state_leaves_one_file(tmp_path: Path) -> None:
    for size in (10_000, 1):
        put(tmp_path / "state.json", {"text": "名" * size})
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    assert get(tmp_path / "state.json", dict) == {"text": "名"}


def test_a_value_that_cannot_be_written_leaves_the_old_one_and_nothing_half(tmp_path: Path) -> None:
    put(tmp_path / "state.json", [1])
    with pytest.raises(UnicodeEncodeError):
        put(tmp_path / "state.json", ["\ud800"])
    assert get(tmp_path / "state.json", list) == [1]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(("late", "swept"), [(-1, 0), (0, 0), (1, 1)])
def test_an_upload_is_kept_to_the_last_second_of_its_time(tmp_path: Path, late: int, swept: int) -> None:
    aged = kept(tmp_path)
    assert sweep(tmp_path, now=NOW + KEPT_FOR + timedelta(seconds=late)) == swept
    assert len(list_uploads(tmp_path)) == 1 - swept
    assert (tmp_path / FOLDER / aged.id).exists() == (swept == 0)
