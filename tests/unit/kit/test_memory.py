"""What is freed goes back to the system."""

import gc
import subprocess
import sys

from tenshu.kit.memory import give_back


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
