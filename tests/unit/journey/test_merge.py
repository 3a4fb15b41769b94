"""Twin walks close into one after customers were found to be one."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from tenshu.journey.advance import MOVED
from tenshu.journey.merge import twins_closed
from tests.unit.journey.examples import NOW

SCHEMA: dict[str, Any] = {
    "enrolment": pl.Int64,
    "journey": pl.String,
    "customer": pl.Int64,
    "step": pl.String,
    "visit": pl.Int64,
    "entered_at": pl.Datetime("us", "UTC"),
}


def walks(*rows: tuple[int, str, int, datetime]) -> pl.DataFrame:
    """Return active enrolments: enrolment, journey, customer, entered_at."""
    return pl.DataFrame(
        [(number, name, customer, "wait", 1, at) for number, name, customer, at in rows], schema=SCHEMA, orient="row"
    )


def test_earliest_walk_of_the_scenario_goes_on() -> None:
    closed = twins_closed(walks((1, "a", 5, NOW), (2, "a", 5, NOW - timedelta(days=1)), (3, "a", 5, NOW)), now=NOW)
    assert closed.schema == MOVED
    assert closed["enrolment"].to_list() == [1, 3]
    assert closed.select("status", "outcome", "due_at", "ended_at").unique().rows() == [("ended", "merged", None, NOW)]


def test_of_walks_begun_together_the_first_number_goes_on() -> None:
    assert twins_closed(walks((9, "a", 5, NOW), (4, "a", 5, NOW)), now=NOW)["enrolment"].to_list() == [9]


def test_other_scenarios_and_other_people_go_on() -> None:
    assert twins_closed(walks((1, "a", 5, NOW), (2, "b", 5, NOW), (3, "a", 6, NOW)), now=NOW).is_empty()


def test_closing_again_closes_nothing() -> None:
    everything = walks((1, "a", 5, NOW), (2, "a", 5, NOW))
    closed = twins_closed(everything, now=NOW)
    assert twins_closed(everything.join(closed, on="enrolment", how="anti"), now=NOW).is_empty()
