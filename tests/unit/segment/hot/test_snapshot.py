"""A file that is whole comes back as it was; any other is as good as none."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tenshu.segment.hot import snapshot
from tenshu.segment.hot.arrays import Array

ARRAYS = {
    "numbers": np.array([1, -2, 2**62]),
    "bits": np.array([[1, 2], [3, 255]], np.uint8),
    "nothing": np.empty((0, 3), np.uint8),
    "keys": np.array([2**64 - 1], np.uint64),
}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "below" / "hot"
    snapshot.write(path, {"zone": "Asia/Tokyo"}, ARRAYS.items())
    return path


def test_what_was_written_is_read(kept: Path) -> None:
    found = snapshot.read(kept)
    assert found is not None
    said, arrays = found
    assert said == {"zone": "Asia/Tokyo"}
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].tolist() == array.tolist()
        assert arrays[name].flags.writeable


def test_a_newer_file_takes_the_place_of_an_older_one(kept: Path) -> None:
    snapshot.write(kept, "newer", [])
    assert snapshot.read(kept) == ("newer", {})
    assert [path.name for path in kept.parent.iterdir()] == ["hot"]


def test_no_file_is_none(tmp_path: Path) -> None:
    assert snapshot.read(tmp_path / "hot") is None
    assert snapshot.read(tmp_path) is None


def test_a_file_that_was_cut_anywhere_is_none(kept: Path) -> None:
    whole = kept.read_bytes()
    for length in range(0, len(whole), 7):
        kept.write_bytes(whole[:length])
        assert snapshot.read(kept) is None, length


def test_a_file_with_any_byte_changed_is_none(kept: Path) -> None:
    whole = kept.read_bytes()
    for place in range(len(whole)):
        kept.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        assert snapshot.read(kept) is None, place


def test_a_writing_that_was_interrupted_leaves_the_older_file(kept: Path) -> None:
    def broken() -> Iterator[tuple[str, Array]]:
        yield "numbers", ARRAYS["numbers"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshot.write(kept, "newer", broken())
    found = snapshot.read(kept)
    assert found is not None
    assert found[0] == {"zone": "Asia/Tokyo"}
