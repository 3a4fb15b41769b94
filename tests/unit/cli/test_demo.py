"""`tenshu demo` never touches a folder that is somebody's shop, and writes figures that tell before from after."""

import json
from pathlib import Path
from typing import Any

import pytest

from tenshu.cli.demo import as_json
from tenshu.measure.customers import Totals
from tenshu.rehearse.rehearsal import Rehearsed
from tests.unit.cli.terminal import refusal
from tests.unit.web.cast import sample_report


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_shops_home_is_refused_and_left_as_it_is(small_home: Path, language: str) -> None:
    before = contents(small_home)
    said = refusal("demo", "--home", small_home, "--no-serve", language=language)
    assert str(small_home) in said
    assert ("holds something that is no demo" in said) == (language == "en")
    assert contents(small_home) == before


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"a beach")
    assert "Give an empty or a new folder with --home." in refusal("demo", "--home", tmp_path, "--no-serve")
    assert contents(tmp_path) == {"holiday.jpg": b"a beach"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file")
    assert "could not be read or written: Not a directory" in refusal("demo", "--home", tmp_path / "demo", "--no-serve")


def rehearsed(**changes: Any) -> Rehearsed:
    report = sample_report()
    given = {
        "imported": Totals(customers=4, known_customers=5, orders=6, revenue=7),
        "first_decile": report.deciles[0],
        "report": report,
        "rejects": {"bad_date": 2},
        "mails": [("m1", "a@example.com"), ("m2", "b@example.com")],
    }
    return Rehearsed(**{**given, **changes})


def test_the_figures_before_the_first_day_and_at_the_end_are_told_apart() -> None:
    found = json.loads(as_json(rehearsed()))
    report = sample_report()
    assert [found[one] for one in ("customers", "known_customers", "orders", "revenue")] == [4, 5, 6, 7]
    assert found["at_the_end"] == {"customers": 4338, "orders": 18532, "revenue": report.revenue}
    assert (found["currency"], found["rejects"]) == ("GBP", {"bad_date": 2})
    assert [one["name"] for one in found["outreaches"]] == [one.name for one in report.outreaches]


def test_a_mail_that_arrived_twice_would_show() -> None:
    assert json.loads(as_json(rehearsed()))["mailbox"] == {"mails": 2, "message_ids": 2}
    twice = [("m1", "a@example.com"), ("m1", "a@example.com")]
    assert json.loads(as_json(rehearsed(mails=twice)))["mailbox"] == {"mails": 2, "message_ids": 1}


def test_the_same_rehearsal_is_the_same_bytes() -> None:
    assert as_json(rehearsed()) == as_json(rehearsed())
    assert as_json(rehearsed()).endswith(b"}\n")
