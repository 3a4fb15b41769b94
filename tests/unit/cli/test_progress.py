"""Progress goes to the error stream: plain lines where nobody looks, never between a command's figures."""

import pytest

from tenshu.cli.progress import TerminalProgress


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_the_first_and_the_last_step_are_said_and_those_between_not(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as progress:
        for done in range(1, 1001):
            progress.step("rows read", done, 1000)
    assert lines(capsys) == ["rows read: 1 / 1,000", "rows read: 1,000 / 1,000"]


def test_work_without_a_known_end_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as progress:
        progress.step("rows read", 1_234_567)
        progress.step("rows read", 1_234_568)
    assert lines(capsys) == ["rows read: 1,234,567"]


def test_each_kind_of_work_has_its_own_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as progress:
        progress.step("行を読み込み", 1, 2)
        progress.step("days rehearsed", 1, 60)
    assert lines(capsys) == ["行を読み込み: 1 / 2", "days rehearsed: 1 / 60"]


def test_a_failure_in_the_work_is_not_swallowed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), TerminalProgress() as progress:
        progress.step("rows read", 1 / 0)
    assert lines(capsys) == []
