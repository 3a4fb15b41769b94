"""`tenshu undo` at a terminal: the list, a mistake taken back, and what cannot be."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenshu.cli.main import cli
from tests.integration.owner import write_purchases, write_roster


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--language", "en", *arguments])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A shop that has imported its customers and, by mistake, a file of purchases."""
    roster = write_roster(tmp_path / "customers.xlsx")
    mistake = write_purchases(
        tmp_path / "mistake.csv",
        [[f"9{nth}", "F-1", "花束", "1", "2026/03/01", "1,000円", f"X-{nth}"] for nth in range(5)],
    )
    assert run("import", str(roster), str(mistake), "--home", str(tmp_path / "shop"), "--yes").exit_code == 0
    return tmp_path / "shop"


def listed(home: Path) -> dict[str, dict[str, object]]:
    found = home.parent / "list.json"
    assert run("undo", "--home", str(home), "--json", str(found)).exit_code == 0
    return {row["name"]: row for row in json.loads(found.read_text())}


def test_mistaken_file_is_taken_back_and_can_be_imported_again(home: Path, tmp_path: Path) -> None:
    before = listed(home)
    assert {row["can_undo"] for row in before.values()} == {True}
    mistake = str(before["mistake.csv"]["import_id"])
    done = run("undo", mistake[:10], "--home", str(home), "--yes")
    assert done.exit_code == 0, done.output
    assert "mistake.csv is undone: 5 facts and 5 customers are gone." in done.output
    after = listed(home)
    assert after["mistake.csv"]["undone_at"] is not None
    assert after["customers.xlsx"]["can_undo"] is True
    assert "undone on" in run("undo", "--home", str(home)).output
    again = run("import", str(tmp_path / "mistake.csv"), "--home", str(home), "--yes")
    assert "5 rows, 5 taken" in again.output


def test_nothing_is_taken_back_without_a_yes(home: Path) -> None:
    mistake = str(listed(home)["mistake.csv"]["import_id"])
    asked = CliRunner().invoke(cli, ["--language", "en", "undo", mistake, "--home", str(home)], input="n\n")
    assert "Take back everything that mistake.csv told?" in asked.output
    assert listed(home)["mistake.csv"]["undone_at"] is None


@pytest.mark.parametrize("name", ["nothing", ""])
def test_import_that_no_name_or_more_than_one_begins_with_is_refused(name: str, home: Path) -> None:
    refused = run("undo", name, "--home", str(home), "--yes")
    assert refused.exit_code == 1
    assert "List them with: tenshu undo" in refused.output
