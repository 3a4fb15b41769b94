"""The table at the end says what was measured, with what it was compared and whether that is enough."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import LONG, PARTS
from benchmarks.child import ROOT, ChildFailed, measure, run_until_killed
from benchmarks.figure import Figure, middle, save, table
from benchmarks.machine import describe, durable_writes_per_second

SLOW = Figure(part="rfm", what="RFM", value=1234.5, unit="s")
FAST = Figure(
    part="mail",
    what="mails",
    value=2.5,
    unit="mails/s",
    baseline="a loop",
    baseline_value=0.5,
    ratio=5.0,
    demand=">= 5x",
    is_met=True,
    runs=[2.4, 2.5, 2.6],
    syncs=1200.4,
    peak_bytes=300_000_000,
)


def hold(megabytes: int, told: str) -> dict[str, str]:
    held = bytearray(os.urandom(1 << 20)) * megabytes
    return {"told": told, "held": str(len(held))}


def hold_in_a_child(megabytes: int) -> int:
    program = f"import time; held = bytearray(b'x' * (1 << 20)) * {megabytes}; time.sleep(0.3)"
    return subprocess.run([sys.executable, "-c", program], check=True).returncode


def fail(reason: str) -> None:
    raise LookupError(reason)


def stop_hard() -> None:
    os.kill(os.getpid(), 9)


def test_a_figure_that_stands_alone_shows_no_ratio_and_no_verdict() -> None:
    row = table([SLOW]).splitlines()[2]
    assert row.split() == ["rfm", "RFM", "1,234", "s"]


def test_a_compared_figure_shows_its_baseline_ratio_demand_and_verdict() -> None:
    row = table([SLOW, FAST]).splitlines()[3]
    for cell in ("2.5 mails/s", "0.5 mails/s a loop", "5.00x", ">= 5x", "yes", "1,200", "300 MB"):
        assert cell in row


def test_what_is_not_met_is_hard_to_overlook() -> None:
    missed = Figure(part="tick", what="tick", value=1, unit="s", demand="<= 0.5 s", is_met=False)
    assert "NO" in table([missed]).splitlines()[2].split()


def test_columns_stand_below_their_headings() -> None:
    head, rule, *rows = table([SLOW, FAST]).splitlines()
    place = head.index("figure")
    assert rule[place] == "-"
    assert rows[0][place:].startswith("1,234 s")
    assert rows[1][place:].startswith("2.5 mails/s")


def test_the_middle_of_three_runs_is_told_and_not_the_mean() -> None:
    assert middle([9.0, 1.0, 2.0]) == 2.0


def test_the_json_file_has_the_machine_and_every_run(tmp_path: Path) -> None:
    save(tmp_path / "out.json", "2 cores", [FAST])
    told = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert told["machine"] == "2 cores"
    assert told["figures"][0]["runs"] == [2.4, 2.5, 2.6]
    assert told["figures"][0]["is_met"] is True


def test_a_child_tells_its_result_and_the_most_memory_it_held() -> None:
    little = measure("tests.benchmarks.test_frame:hold", megabytes=1, told="小")
    much = measure("tests.benchmarks.test_frame:hold", megabytes=200, told="大")
    assert (little.told["told"], much.told["told"]) == ("小", "大")
    assert 150e6 < much.peak_bytes - little.peak_bytes < 450e6


def test_what_a_child_of_the_child_holds_counts_too() -> None:
    little = measure("tests.benchmarks.test_frame:hold_in_a_child", megabytes=1)
    much = measure("tests.benchmarks.test_frame:hold_in_a_child", megabytes=200)
    assert much.peak_bytes - little.peak_bytes > 150e6


def test_a_child_that_fails_says_why() -> None:
    with pytest.raises(ChildFailed, match="nothing here"):
        measure("tests.benchmarks.test_frame:fail", reason="nothing here")


def test_a_child_that_is_to_be_killed_must_not_end_otherwise() -> None:
    run_until_killed("tests.benchmarks.test_frame:stop_hard")
    with pytest.raises(ChildFailed):
        run_until_killed("tests.benchmarks.test_frame:hold", megabytes=1, told="lives")


def test_every_part_in_the_list_has_its_file() -> None:
    for module, what in (PARTS | LONG).values():
        assert what
        assert (ROOT / "benchmarks" / f"{module.replace('.', '/')}.py").exists(), module


def test_an_unknown_part_is_answered_with_the_list() -> None:
    called = [sys.executable, "benchmarks/__main__.py", "speed"]
    done = subprocess.run(called, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert all(name in done.stdout for name in PARTS)


def test_the_machine_is_told_with_its_durable_writes(tmp_path: Path) -> None:
    assert durable_writes_per_second(tmp_path) > 0
    assert "durable writes/s" in describe(tmp_path)
    assert list(tmp_path.iterdir()) == []
