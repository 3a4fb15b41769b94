"""A disk that is full: what was accepted survives, what is refused is said, and work goes on by itself."""

from pathlib import Path

import pytest
from benchmarks.crash import full_disk
from benchmarks.crash.found import Found

from tests.faults.test_kills import kept


def looked_at(found: Found) -> Found:
    """Leave the test out, and say why, where no small disk may be mounted."""
    if found.note.startswith("left out"):
        pytest.skip(found.note)
    return found


def test_facts_that_were_accepted_survive_and_new_ones_come_in_once_there_is_space(tmp_path: Path) -> None:
    found = looked_at(full_disk.while_telling(tmp_path))
    assert kept(found)
    assert found.things > 0
    assert "full" in found.note


def test_mails_go_on_by_themselves_once_there_is_space(tmp_path: Path) -> None:
    found = looked_at(full_disk.while_sending(tmp_path, people=200))
    assert kept(found)
    assert found.note == "went on by itself"
    assert found.in_doubt == 0
