"""An uploaded file is read and let in by jobs: in a child, once, whole or not at all, wherever it is cut off."""

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tenshu.bootstrap import Shop, open_shop
from tenshu.collect import importing
from tenshu.collect.importing import noted_imports
from tenshu.collect.tables import requests
from tenshu.collect.uploads import (
    CHECKED,
    Upload,
    folder_of,
    keep_upload,
    read_checked,
    read_entered,
    throw_away,
)
from tenshu.flow import digest_all
from tenshu.jobs.kinds import KINDS, check
from tenshu.jobs.runner import FOLDER, JobRunner, run_inline
from tenshu.kit.clock import SetClock
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.testing.copied_shop import POSTGRES
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tests.unit.jobs.homes import NOW, asked, job_of, lapse, run_until

ROWS = """会員番号,氏名,メールアドレス,メルマガ
1,佐藤 花子,sato@example.jp,○
2,鈴木 一郎,suzuki@example.jp,
3,高橋 実,壊れた,○
"""
BASIS = {"basis": "business_relation", "reason": "買った方", "by": "店主"}


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("kept") / "home"
    open_small_shop(home)[0].close()
    return home


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    home = tmp_path / "home"
    if POSTGRES in os.environ:  # a copy of the folder would share the database
        opened, _clock = open_small_shop(home)
    else:
        shutil.copytree(request.getfixturevalue("kept_home"), home)
        opened = open_shop(home, clock=SetClock(MONDAY), is_prepared=True)
    yield opened
    opened.close()


@pytest.fixture
def upload(shop: Shop) -> Upload:
    return brought(shop)


def brought(shop: Shop, data: bytes = ROWS.encode(), name: str = "名簿.csv") -> Upload:
    return keep_upload(shop.home, name, io.BytesIO(data), at=NOW, by="店主")


def given(upload: Upload, **more: Any) -> dict[str, Any]:
    return {"upload": upload.id, "zone": "Asia/Tokyo", "language": "ja", **more}


def done(shop: Shop, kind: str, told: dict[str, Any]) -> Any:
    """Have a child do a job; return the job as it ended."""
    number = asked(shop.ledger, kind, **check(kind, told))
    runner = JobRunner(shop, kinds=KINDS)
    return run_until(runner, number, lambda job: job.state in {"done", "failed"})


def waiting(shop: Shop) -> int:
    with shop.inbox.reading() as tx:
        return int(tx.value(select(func.count()).select_from(requests)))


def check_here(shop: Shop, upload: Upload) -> None:
    run_inline(shop, "stage_file", given(upload, currency="JPY"), now=NOW)


def enter_here(shop: Shop, upload: Upload, basis: dict[str, Any] | None = None) -> None:
    run_inline(shop, "enter_import", given(upload, basis=basis, by="店主"), now=NOW)


def test_a_child_reads_every_row_and_then_another_lets_the_file_in(shop: Shop, upload: Upload) -> None:
    first = done(shop, "stage_file", given(upload, currency="JPY"))
    assert (first.state, first.result) == ("done", {"upload": upload.id, "rows": 3, "silent": 1})
    checked = read_checked(shop.home, upload)
    assert checked is not None
    assert (checked.staged[0].accepted, checked.staged[0].rejects, checked.silent) == (2, {"bad_email": 1}, (1,))
    assert (waiting(shop), noted_imports(shop.ledger)) == (0, [])
    second = done(shop, "enter_import", given(upload, basis=BASIS, by="店主"))
    assert second.state == "done", second
    (noted,) = noted_imports(shop.ledger)
    assert (noted.state, noted.summary.origin.granted, noted.summary.origin.upload) == ("waiting", 1, upload.id)
    digest_all(shop, now=NOW)
    assert noted_imports(shop.ledger)[0].state == "digested"
    assert not list((shop.home / "imports").glob("*.parquet"))
    assert not (shop.home / FOLDER).exists() or not list((shop.home / FOLDER).iterdir())


def test_progress_calls_the_file_as_its_owner_does(shop: Shop, upload: Upload) -> None:
    told: list[str] = []

    class Heard:
        def step(self, text: str, _done: float, _total: float | None = None) -> None:
            told.append(text)

    run_inline(shop, "stage_file", given(upload, currency="JPY"), now=NOW, progress=Heard())
    assert any("名簿.csv" in text for text in told)
    assert not any("file.csv" in text for text in told)


def test_a_file_that_is_no_table_fails_with_its_own_name_and_changes_nothing(shop: Shop) -> None:
    upload = brought(shop, b"%PDF-1.7 nothing", "領収書.pdf")
    job = done(shop, "stage_file", given(upload, currency="JPY"))
    assert (job.state, job.attempt) == ("failed", 1)
    assert "領収書.pdf" in job.error.text("ja")
    assert read_checked(shop.home, upload) is None


def test_what_is_checked_lies_beside_the_file_under_no_name_of_the_sender(shop: Shop) -> None:
    upload = brought(shop, name="../../名簿.csv")
    check_here(shop, upload)
    names = {path.name for path in (folder_of(shop.home, upload.id) / CHECKED).iterdir()}
    checked = read_checked(shop.home, upload)
    assert checked is not None
    key = checked.staged[0].import_id
    assert names >= {"checked.json", f"{key}.parquet", f"{key}.rejects.csv", "silent-0.parquet"}
    assert checked.staged[0].name == "名簿.csv"


def test_a_job_for_a_file_that_was_thrown_away_fails_in_words(shop: Shop, upload: Upload) -> None:
    throw_away(shop.home, upload.id)
    job = done(shop, "stage_file", given(upload, currency="JPY"))
    assert job.error.text("ja") == "このファイルはもうありません。もう一度選んでください。"


def test_a_file_that_is_thrown_away_while_it_is_read_stays_away(shop: Shop, upload: Upload) -> None:
    number = asked(shop.ledger, "stage_file", **check("stage_file", given(upload)))
    runner = JobRunner(shop, kinds=KINDS)
    run_until(runner, number, lambda job: job.state == "running")
    throw_away(shop.home, upload.id)
    job = run_until(runner, number, lambda job: job.state in {"done", "failed"})
    assert job.state in {"done", "failed"}
    assert not (shop.home / "imports" / "uploads" / upload.id).exists()


def test_letting_in_what_was_never_checked_fails_and_changes_nothing(shop: Shop, upload: Upload) -> None:
    job = done(shop, "enter_import", given(upload, by="店主"))
    assert job.state == "failed"
    assert noted_imports(shop.ledger) == []


@pytest.mark.parametrize("point", ["jobs.claimed", "jobs.taken"])
def test_an_owner_that_dies_while_the_file_is_let_in_lets_it_in_once(shop: Shop, upload: Upload, point: str) -> None:
    check_here(shop, upload)
    number = asked(shop.ledger, "enter_import", **check("enter_import", given(upload, basis=BASIS, by="店主")))
    dying = JobRunner(shop, kinds=KINDS)
    with pytest.raises(ReachedFailPoint), failing(f"{point}:raise"):
        run_until(dying, number, lambda job: job.state in {"done", "failed"})
    lapse(shop.ledger)
    run_until(JobRunner(shop, kinds=KINDS), number, lambda job: job.state in {"done", "failed"})
    digest_all(shop, now=NOW)
    assert job_of(shop.ledger, number).state == "done"
    assert [each.state for each in noted_imports(shop.ledger)] == ["digested"]
    facts = shop.warehouse.frame("SELECT count(*) AS n FROM facts WHERE source = 'file'")["n"][0]
    assert facts == 4  # 佐藤 and 鈴木, her yes and the basis stated for him


@pytest.mark.parametrize("is_digested", [False, True])
def test_what_was_handed_over_before_a_crash_is_only_noted_afterwards(
    shop: Shop, upload: Upload, monkeypatch: pytest.MonkeyPatch, *, is_digested: bool
) -> None:
    """Cut off between the inbox and the list of imports; the tick may have taken the request in by then."""
    check_here(shop, upload)

    def cut_off(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(importing, "_note", cut_off)
        with pytest.raises(OSError, match="No space left"):
            enter_here(shop, upload)
    assert (waiting(shop), noted_imports(shop.ledger)) == (1, [])
    if is_digested:
        digest_all(shop, now=NOW)
    enter_here(shop, upload)
    assert waiting(shop) == (0 if is_digested else 1)
    digest_all(shop, now=NOW)
    assert [each.state for each in noted_imports(shop.ledger)] == ["digested"]


def test_the_same_file_let_in_again_hands_nothing_over_and_leaves_nothing(shop: Shop, upload: Upload) -> None:
    check_here(shop, upload)
    enter_here(shop, upload)
    digest_all(shop, now=NOW)
    again = brought(shop)
    check_here(shop, again)
    enter_here(shop, again)
    entered = read_entered(shop.home, again.id)
    assert entered is not None
    assert [each.is_new for each in entered.summaries] == [False]
    assert waiting(shop) == 0
    assert not list((shop.home / "imports").glob("*.parquet"))
