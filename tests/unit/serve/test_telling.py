"""The owner's loop: ticks go on whatever fails, orders are done one after the other and answered."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tenshu.kit.i18n import current_language, speaking
from tenshu.kit.progress import NoProgress, Progress
from tenshu.serve.telling import OwnerEnds, TellLoop, Work


@contextmanager
def running(loop: TellLoop) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        loop.wake()
        thread.join(30)
        assert not thread.is_alive()


def counted(times: int) -> tuple[Callable[[], None], threading.Event, list[int]]:
    """Return a tick that notes itself, and an event that is set at the so-manieth time."""
    enough, seen = threading.Event(), list[int]()

    def tick() -> None:
        seen.append(len(seen))
        if len(seen) >= times:
            enough.set()

    return tick, enough, seen


def test_it_ticks_again_and_again() -> None:
    tick, enough, _seen = counted(3)
    with running(TellLoop(tick, {}, every=0.001)):
        assert enough.wait(30)


def test_a_failing_tick_is_tried_again_and_said(caplog: pytest.LogCaptureFixture) -> None:
    tick, enough, seen = counted(2)

    def failing() -> None:
        tick()
        if len(seen) == 1:
            message = "disk full"
            raise OSError(message)

    loop = TellLoop(failing, {}, every=0.001)
    with running(loop):
        assert enough.wait(30)
    assert "a tick failed (1 in a row)" in caplog.text
    assert loop.failures == 0


def test_the_last_problem_is_kept_until_a_tick_succeeds() -> None:
    failed = threading.Event()

    def failing() -> None:
        failed.set()
        message = "disk full"
        raise OSError(message)

    loop = TellLoop(failing, {"look": lambda _progress: (loop.failures, loop.last_problem)})
    with running(loop):
        assert failed.wait(30)
        assert loop.calls()["look"](NoProgress()) == (1, "OSError: disk full")


def test_a_fatal_error_ends_the_loop() -> None:
    def fatal() -> None:
        raise MemoryError

    loop = TellLoop(fatal, {}, is_fatal=lambda problem: isinstance(problem, MemoryError))
    with pytest.raises(MemoryError):
        loop.run(threading.Event())


def test_an_order_is_done_at_once_and_answered_with_its_result() -> None:
    def add(_progress: Progress, *, one: int, other: int) -> int:
        return one + other

    loop = TellLoop(lambda: None, {"add": add}, every=600)  # the next tick is not due for long
    with running(loop):
        assert loop.calls()["add"](NoProgress(), one=1, other=2) == 3


def test_orders_are_done_one_after_the_other() -> None:
    inside, most, lock = [0], [0], threading.Lock()

    def work(_progress: Progress) -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        threading.Event().wait(0.002)
        with lock:
            inside[0] -= 1

    loop = TellLoop(None, {"work": work})
    with running(loop):
        threads = [threading.Thread(target=loop.calls()["work"], args=(NoProgress(),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1]


def test_an_order_that_fails_tells_its_giver_and_the_loop_goes_on() -> None:
    def slip(_progress: Progress) -> None:
        raise ZeroDivisionError

    orders: dict[str, Work] = {"slip": slip, "fine": lambda _progress: "fine"}
    loop = TellLoop(None, orders)
    with running(loop):
        with pytest.raises(ZeroDivisionError):
            loop.calls()["slip"](NoProgress())
        assert loop.calls()["fine"](NoProgress()) == "fine"


def test_an_order_speaks_the_language_of_its_giver() -> None:
    loop = TellLoop(None, {"language": lambda _progress: current_language()})
    with running(loop), speaking("ja"):
        assert loop.calls()["language"](NoProgress()) == "ja"


def test_what_is_told_to_a_loop_that_has_ended_is_refused() -> None:
    loop = TellLoop(None, {"work": lambda _progress: None})
    with running(loop):
        pass
    with pytest.raises(OwnerEnds):
        loop.calls()["work"](NoProgress())


def test_without_a_tick_nothing_happens_by_itself() -> None:
    loop = TellLoop(None, {"look": lambda _progress: loop.failures})
    with running(loop):
        assert loop.calls()["look"](NoProgress()) == 0
