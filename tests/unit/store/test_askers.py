"""Something is done only while nobody asks, and whoever comes meanwhile waits for its end."""

import threading

import pytest

from tenshu.store.askers import Askers


def test_nobody_asks_before_the_first_and_after_the_last() -> None:
    askers = Askers()
    with askers.nobody() as is_quiet:
        assert is_quiet
    with askers.one_more():
        pass
    with askers.nobody() as is_quiet:
        assert is_quiet


def test_while_one_asks_it_is_never_quiet_and_nobody_waits() -> None:
    askers = Askers()
    with askers.one_more(), askers.one_more():  # again by the same thread
        with askers.nobody() as is_quiet:
            assert not is_quiet
        with askers.one_more():
            pass
    with askers.nobody() as is_quiet:
        assert is_quiet


def test_one_who_failed_asks_no_longer() -> None:
    askers = Askers()
    with pytest.raises(ZeroDivisionError), askers.one_more():
        _ = 1 // 0
    with askers.nobody() as is_quiet:
        assert is_quiet


def test_whoever_comes_while_something_is_done_waits_for_its_end() -> None:
    askers, told = Askers(), []

    def ask() -> None:
        with askers.one_more():
            told.append("asked")

    with askers.nobody() as is_quiet:
        assert is_quiet
        coming = [threading.Thread(target=ask) for _ in range(3)]
        for one in coming:
            one.start()
        coming[0].join(0.05)
        told.append("done")
    for one in coming:
        one.join(10)
    assert told == ["done", "asked", "asked", "asked"]
