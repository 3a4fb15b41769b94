"""What is freed goes back to the system."""

import gc
import subprocess
import sys

import pytest

from tenshu.kit.memory import give_back, untouched_code


class _Round:
    """Hangs together with itself."""

    alive = 0

    def __init__(self) -> None:
        self.own = self
        _Round.alive += 1

    def __del__(self) -> None:
        _Round.alive -= 1


def test_what_hangs_together_in_circles_is_freed() -> None:
    gc.disable()
    try:
        for _ in range(10):
            _Round()
        assert _Round.alive == 10
        give_back()
        assert _Round.alive == 0
    finally:
        gc.enable()


def test_a_system_without_such_a_call_is_no_matter() -> None:
    source = "import sys; sys.platform = 'darwin'; from tenshu.kit.memory import give_back; give_back()\n"
    source += "from tenshu.serve.lean import LEAN, begin_lean; begin_lean(); assert '_RJEM_MALLOC_CONF' not in LEAN"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0


def mapping(name: str, *, rights: str = "r-xp", own: int = 0, swapped: int = 0) -> list[str]:
    head = f"7f0000001000-7f0000003000 {rights} 00000000 fe:00 260386                     {name}"
    told = ["Rss: 8 kB", f"Anonymous: {own} kB", f"Swap: {swapped} kB", "VmFlags: rd ex mr mw me"]
    return [f"{line}\n" for line in [head, *told]]


def test_code_that_is_as_its_file_has_it_can_be_read_again() -> None:
    both = mapping("/usr/lib/libc.so.6") + mapping("/site-packages/polars/_polars_runtime.abi3.so")
    assert list(untouched_code(both)) == [(0x7F0000001000, 0x7F0000003000)] * 2


@pytest.mark.parametrize(
    "told",
    [
        mapping("/usr/lib/libc.so.6", own=4),
        mapping("/usr/lib/libc.so.6", swapped=4),
        mapping("/usr/lib/libc.so.6", rights="rw-p"),
        mapping("/usr/lib/libc.so.6", rights="r-xs"),
        mapping("/usr/bin/python3.11"),
        mapping("/memfd:code (deleted)"),
        mapping("[vdso]"),
        mapping(""),
        [],
    ],
)
def test_what_is_the_processes_own_or_no_library_is_left_alone(told: list[str]) -> None:
    assert list(untouched_code(told + mapping("/usr/lib/liblast.so"))) == [(0x7F0000001000, 0x7F0000003000)]


_WORKING = """
import polars, duckdb
from tenshu.kit.memory import give_back

def work():
    return polars.DataFrame({"a": [1, 2]}).sum().item(), duckdb.sql("SELECT 3").fetchone()[0]

def of_files():
    with open("/proc/self/status") as told:
        return next(int(line.split()[1]) for line in told if line.startswith("RssFile"))

assert work() == (3, 3)
before = of_files()
give_back()
assert of_files() < before / 2
assert work() == (3, 3)
"""


def test_a_process_goes_on_after_its_code_was_dropped() -> None:
    told = subprocess.run([sys.executable, "-c", _WORKING], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
