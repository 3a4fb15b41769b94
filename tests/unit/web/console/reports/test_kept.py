"""For how long a report is kept: by what it cost to build, within bounds, and never past its time."""

from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.measure.report import ShopReport
from tenshu.web.console.reports import PAGES, source
from tenshu.web.console.reports.source import FRESH_FOR, RememberedReport


class Office:
    """Builds numbered reports on a clock that is set by hand.

    Args:
        took: seconds that each report takes.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, took: float) -> None:
        self.now, self.took, self.built = 1000.0, took, 0
        monkeypatch.setattr(source, "elapsed", lambda: self.now)

    def build(self) -> ShopReport:
        self.built += 1
        self.now += self.took
        return cast("ShopReport", self.built)

    def asked_after(self, remembered: Callable[[], ShopReport], seconds: float) -> int:
        self.now += seconds
        return cast("int", remembered())


@pytest.mark.parametrize(
    ("took", "kept"),
    [
        (0.0, 1.0),  # at least a second
        (0.01, 1.0),
        (0.05, 1.0),
        (0.1, 2.0),  # twenty times what it took
        (0.5, 10.0),
        (1.0, 20.0),
        (60.0, FRESH_FOR),  # and never longer than this
    ],
)
def test_a_report_is_kept_for_as_long_as_it_is_worth(monkeypatch: pytest.MonkeyPatch, took: float, kept: float) -> None:
    office = Office(monkeypatch, took)
    remembered = RememberedReport(office.build)
    assert office.asked_after(remembered, 0) == 1
    assert office.asked_after(remembered, kept - 0.001) == 1
    assert office.asked_after(remembered, 0.002) == 2


@pytest.mark.parametrize("fresh_for", [0.0, 0.5, 3.0])
def test_who_wants_it_fresher_gets_it_fresher(monkeypatch: pytest.MonkeyPatch, fresh_for: float) -> None:
    office = Office(monkeypatch, 10.0)
    remembered = RememberedReport(office.build, fresh_for=fresh_for)
    assert office.asked_after(remembered, 0) == 1
    assert office.asked_after(remembered, fresh_for) == 1
    assert office.asked_after(remembered, 0.001) == 2


def test_the_time_that_building_takes_is_not_counted_as_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch, 30.0)
    remembered = RememberedReport(office.build)
    assert office.asked_after(remembered, 0) == 1
    assert office.asked_after(remembered, 0) == 1


@given(waits=st.lists(st.floats(0, 60), max_size=12), took=st.floats(0, 5))
def test_nobody_is_shown_a_report_that_is_older_than_it_may_be(waits: list[float], took: float) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        office = Office(monkeypatch, took)
        remembered = RememberedReport(office.build)
        built_at = office.now
        for wait in waits:
            before = office.built
            office.asked_after(remembered, wait)
            built_at = office.now if office.built > before else built_at
            assert office.now - built_at <= FRESH_FOR
        assert office.built <= len(waits)


def test_after_a_failure_the_next_reader_tries_again_and_the_report_of_before_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office, ends = Office(monkeypatch, 0.0), iter([False, True, False])

    def build() -> ShopReport:
        if next(ends):
            raise InterruptedError
        return office.build()

    remembered = RememberedReport(build)
    assert office.asked_after(remembered, 0) == 1
    with pytest.raises(InterruptedError):
        office.asked_after(remembered, 100)
    assert office.asked_after(remembered, 0) == 2


def test_everybody_who_is_signed_in_may_see_whether_it_helped() -> None:
    assert [(page.path, page.role, page.method) for page in PAGES] == [("/report", "viewer", "GET")]
