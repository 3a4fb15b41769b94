"""What is dated ahead waits, and comes when its time does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenshu.segment.hot.arrays import Rows
from tenshu.segment.hot.pending import Pending


def rows(ats: list[int]) -> Rows:
    return {"node": np.arange(len(ats)), "at": np.array(ats, np.int64)}


@given(batches=st.lists(st.lists(st.integers(0, 50), max_size=6), max_size=6), stops=st.lists(st.integers(0, 60)))
def test_everything_comes_once_and_not_before_its_time(batches: list[list[int]], stops: list[int]) -> None:
    pending, waiting = Pending(), sorted(at for batch in batches for at in batch)
    for batch in batches:
        pending.add(rows(batch))
    for stop in sorted(stops):
        released = pending.release(stop)
        assert (released["at"].tolist() if released else []) == [at for at in waiting if at <= stop]
        waiting = [at for at in waiting if at > stop]


def test_nothing_waits_at_first_and_nothing_is_held() -> None:
    pending = Pending()
    pending.add(rows([]))
    assert pending.release(10**18) == {}
    assert pending.nbytes == 0


def test_an_instant_that_has_come_has_come_to_the_microsecond() -> None:
    pending = Pending()
    pending.add(rows([7]))
    assert pending.release(6) == {}
    assert pending.release(7)["at"].tolist() == [7]
