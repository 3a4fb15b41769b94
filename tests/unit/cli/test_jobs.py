"""`tenshu jobs`: ask, list and cancel beside whoever has the shop open, or do it here."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, open_shop
from tenshu.jobs.queue import Reason, Step, fail, next_job, read_job, tell_progress
from tenshu.testing.small_shop import MONDAY
from tests.unit.cli.terminal import refusal, told


@pytest.fixture
def served(small_home: Path) -> Iterator[Shop]:
    """Return the shop, open in this process as it is in one that serves it."""
    shop = open_shop(small_home, access="own")
    yield shop
    shop.close()


def listed(home: Path, tmp_path: Path) -> list[dict[str, object]]:
    told("jobs", "list", "--home", home, "--json", tmp_path / "jobs.json")
    found: list[dict[str, object]] = json.loads((tmp_path / "jobs.json").read_text())
    return found


def squeezed(table: str) -> str:
    """Return the words of a table's last column without the lines between them."""
    rows = [line.strip("│ ").split("│")[-1].strip() for line in table.splitlines() if line.startswith("│")]
    return "".join(rows)


def test_a_job_is_asked_for_while_the_shop_is_open_elsewhere(served: Shop, tmp_path: Path) -> None:
    said = told("jobs", "start", "export", "--home", served.home)
    assert said.startswith("Job 1 waits.")
    (job,) = listed(served.home, tmp_path)
    assert (job["kind"], job["state"], job["given"]) == ("export", "waiting", {"format": "csv", "folder": ""})
    assert job["asked_at"] == "2026-06-01T03:00:00Z"


def test_the_list_says_how_far_a_job_is(served: Shop) -> None:
    told("jobs", "start", "fit_bought_together", "--home", served.home)
    with served.ledger.writing() as tx:
        job = next_job(tx, "a", now=MONDAY)
        assert job is not None
        tell_progress(tx, job, Step("tables exported", 1_234, 5_000))
    said = told("jobs", "list", "--home", served.home)
    assert "at work" in said
    assert "1,234 / 5,000" in said
    assert "実行中" in told("jobs", "list", "--home", served.home, language="ja")
    assert "書き出した表" in squeezed(told("jobs", "list", "--home", served.home, language="ja"))


def test_the_list_says_why_a_job_failed_in_the_readers_language(served: Shop) -> None:
    told("jobs", "start", "export", "--home", served.home)
    with served.ledger.writing() as tx:
        job = next_job(tx, "a", now=MONDAY)
        assert job is not None
        fail(
            tx,
            job,
            Reason("There is no job {number}. List them with: tenshu jobs list --home HOME", {"number": "9"}),
            now=MONDAY,
        )
    assert "There is no" in told("jobs", "list", "--home", served.home)
    assert "ジョブ9はありません" in squeezed(told("jobs", "list", "--home", served.home, language="ja"))


def test_the_list_holds_the_newest(served: Shop, tmp_path: Path) -> None:
    for _ in range(3):
        told("jobs", "start", "export", "--home", served.home)
    assert [job["number"] for job in listed(served.home, tmp_path)] == [3, 2, 1]
    said = told("jobs", "list", "--home", served.home, "--limit", "1")
    assert " 3 " in said
    assert " 2 " not in said


def test_a_waiting_job_is_cancelled_once(served: Shop, tmp_path: Path) -> None:
    told("jobs", "start", "export", "--home", served.home)
    assert told("jobs", "cancel", "1", "--home", served.home).strip() == "Job 1 is cancelled."
    assert told("jobs", "cancel", "1", "--home", served.home).strip() == "Job 1 had ended before."
    assert [job["state"] for job in listed(served.home, tmp_path)] == ["cancelled"]


def test_a_job_that_is_not_there_is_named(served: Shop) -> None:
    assert refusal("jobs", "cancel", "9", "--home", served.home).startswith("There is no job 9.")


def test_an_unknown_kind_and_what_a_kind_does_not_take_are_refused(served: Shop, tmp_path: Path) -> None:
    assert "There are: fit_bought_together, export" in refusal("jobs", "start", "bake", "--home", served.home)
    assert "takes no" in refusal("jobs", "start", "fit_bought_together", "--format", "csv", "--home", served.home)
    assert listed(served.home, tmp_path) == []


def test_a_job_is_done_here_when_nobody_has_the_shop_open(small_home: Path, tmp_path: Path) -> None:
    said = told("jobs", "start", "export", "--home", small_home, "--folder", tmp_path / "out", "--here")
    assert "done" in said
    assert (tmp_path / "out" / "customers.csv").read_text("utf-8-sig").count("\n") == 6


def test_the_files_may_be_parquet(small_home: Path, tmp_path: Path) -> None:
    arguments = ("--folder", tmp_path / "out", "--format", "parquet", "--here")
    told("jobs", "start", "export", "--home", small_home, *arguments)
    assert (tmp_path / "out" / "customers.parquet").is_file()


def test_a_folder_is_meant_from_where_one_stands(
    small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told("jobs", "start", "export", "--home", small_home, "--folder", "here")
    shop = open_shop(small_home)
    with shop.ledger.reading() as tx:
        assert read_job(tx, 1).given["folder"] == str(tmp_path / "here")
    shop.close()


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "There is no shop" in refusal("jobs", "list", "--home", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
