"""A held file: one holder, known by its number, and free as soon as the holder is gone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tenshu.store.lock import HeldFile, holder_of

HOLD = "import sys; from tenshu.store.lock import HeldFile; from pathlib import Path\n"
HOLD += "held = HeldFile(Path(sys.argv[1])); print(1, flush=True); input()"


def test_a_file_is_held_once_and_says_by_whom(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "lock") is None
    held = HeldFile(tmp_path / "lock")
    assert holder_of(tmp_path / "lock") == os.getpid()
    with pytest.raises(BlockingIOError):
        HeldFile(tmp_path / "lock")
    held.close()
    assert holder_of(tmp_path / "lock") is None
    HeldFile(tmp_path / "lock").close()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert holder_of(tmp_path / "lock") == holder.pid
        holder.send_signal(signal.SIGKILL)
    assert holder_of(tmp_path / "lock") is None


def test_what_a_longer_number_left_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("123456789012")
    with_lock = HeldFile(tmp_path / "lock")
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    with_lock.close()
