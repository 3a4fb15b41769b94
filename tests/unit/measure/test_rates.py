"""Every rate has its base, and machines are told apart."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.vocabulary import (
    EMAIL_BOUNCED,
    EMAIL_CLICKED,
    EMAIL_COMPLAINED,
    EMAIL_OPENED,
    EMAIL_SENT,
    UNSUBSCRIBED,
)
from tenshu.measure.rates import Rate, answers, rates, share
from tenshu.store.warehouse import Warehouse
from tests.unit.measure.books import day, tell

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
SCANNER = "Barracuda Sentinel"
NOON = day(0.5)
LATER = day(100)


def send(warehouse: Warehouse, enrolment: int, *, journey: str = "hello", step: str = "first") -> None:
    """Record that a message went out on the first day."""
    tell(warehouse, EMAIL_SENT, enrolment, day(0), journey=journey, step=step, enrolment=enrolment, visit=1)


def hit(
    warehouse: Warehouse,
    enrolment: int,
    event: str,
    *,
    at: datetime = NOON,
    agent: str = BROWSER,
    method: str = "GET",
    journey: str = "hello",
    step: str = "first",
) -> None:
    """Record one hit on a message."""
    said = {"journey": journey, "step": step, "enrolment": enrolment, "visit": 1, "link": 0}
    tell(warehouse, event, enrolment, at, **said, user_agent=agent, method=method)


def counted(warehouse: Warehouse) -> dict[str, int]:
    """Return the messages by answer, over all scenarios."""
    found = answers(warehouse, now=LATER).group_by("answer").agg(pl.col("messages").sum())
    return dict(found.iter_rows())


def test_open_of_a_person_counts() -> None:
    warehouse = Warehouse()
    send(warehouse, 1)
    hit(warehouse, 1, EMAIL_OPENED)
    assert counted(warehouse) == {"opened": 1}


def test_message_opened_five_times_counts_once() -> None:
    warehouse = Warehouse()
    send(warehouse, 1)
    for hours in range(5):
        hit(warehouse, 1, EMAIL_OPENED, at=day(0.5) + timedelta(hours=hours))
    assert counted(warehouse) == {"opened": 1}


def test_machine_is_no_person() -> None:
    warehouse = Warehouse()
    send(warehouse, 1)
    hit(warehouse, 1, EMAIL_CLICKED, agent=SCANNER, method="HEAD")
    assert counted(warehouse) == {"clicked_by_machine": 1}


def test_person_after_a_machine_makes_it_a_person_s() -> None:
    warehouse = Warehouse()
    send(warehouse, 1)
    hit(warehouse, 1, EMAIL_CLICKED, at=day(0), agent=SCANNER, method="HEAD")
    hit(warehouse, 1, EMAIL_CLICKED, at=day(1))
    assert counted(warehouse) == {"clicked": 1}


def test_hit_that_nobody_can_tell_stands_apart() -> None:
    warehouse = Warehouse()
    send(warehouse, 1)
    hit(warehouse, 1, EMAIL_OPENED, agent="")
    assert counted(warehouse) == {"opened_unknown": 1}


def test_opens_and_clicks_are_two_answers() -> None:
    warehouse = Warehouse()
    send(warehouse, 1)
    hit(warehouse, 1, EMAIL_OPENED)
    hit(warehouse, 1, EMAIL_CLICKED, at=day(0.6))
    assert counted(warehouse) == {"opened": 1, "clicked": 1}


@pytest.mark.parametrize(
    ("event", "answer"),
    [(EMAIL_BOUNCED, "bounced"), (EMAIL_COMPLAINED, "complained"), (UNSUBSCRIBED, "unsubscribed")],
)
def test_other_answers_count_once_a_message(event: str, answer: str) -> None:
    warehouse = Warehouse()
    for enrolment in (1, 1, 2):
        hit(warehouse, enrolment, event)
    assert counted(warehouse) == {answer: 2}


def test_unsubscribing_without_a_message_belongs_to_no_scenario() -> None:
    warehouse = Warehouse()
    tell(warehouse, UNSUBSCRIBED, 1, day(1), channel="email", purpose="marketing", how="shop")
    assert counted(warehouse) == {}


def test_scenarios_and_steps_are_apart() -> None:
    warehouse = Warehouse()
    for enrolment, journey, step in ((1, "hello", "first"), (2, "hello", "second"), (3, "thanks", "first")):
        send(warehouse, enrolment, journey=journey, step=step)
        hit(warehouse, enrolment, EMAIL_OPENED, journey=journey, step=step)
    assert answers(warehouse, now=LATER).rows() == [
        ("hello", "first", "opened", 1),
        ("hello", "second", "opened", 1),
        ("thanks", "first", "opened", 1),
    ]


def test_hit_of_tomorrow_has_not_happened_yet() -> None:
    warehouse = Warehouse()
    send(warehouse, 1)
    hit(warehouse, 1, EMAIL_OPENED, at=day(2))
    assert answers(warehouse, now=day(1)).is_empty()


def test_hit_on_a_message_whose_sending_was_not_told_still_counts() -> None:
    warehouse = Warehouse()
    hit(warehouse, 1, EMAIL_OPENED)
    assert counted(warehouse) == {"opened": 1}


def test_no_answers_give_an_empty_frame_with_all_columns() -> None:
    assert answers(Warehouse(), now=LATER).columns == ["journey", "step", "answer", "messages"]


def test_rates_stand_on_what_was_sent() -> None:
    rows = pl.DataFrame(
        {"step": ["a", "b", "a"], "answer": ["opened", "opened", "clicked"], "messages": [30, 10, 5]},
        schema_overrides={"messages": pl.Int64},
    )
    found = rates(rows, sent=80, treated=share(3, 90), held_out=share(1, 10))
    assert found.opened == Rate(count=40, base=80, rate=0.5)
    assert found.clicked == Rate(count=5, base=80, rate=0.0625)
    assert found.unsubscribed == Rate(count=0, base=80, rate=0.0)
    assert found.converted == Rate(count=3, base=90, rate=3 / 90)
    assert found.converted_held_out == Rate(count=1, base=10, rate=0.1)


def test_rate_of_nothing_sent_is_not_known() -> None:
    found = rates(answers(Warehouse(), now=LATER), sent=0)
    assert found.opened == Rate(count=0, base=0, rate=None)
    assert found.converted.rate is None


HITS = st.lists(
    st.tuples(
        st.integers(1, 4),  # message
        st.sampled_from([EMAIL_OPENED, EMAIL_CLICKED]),
        st.sampled_from([BROWSER, SCANNER, ""]),  # a person, a machine, nobody can tell
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(hits=HITS)
def test_every_answered_message_is_human_unknown_or_machine_once(hits: list[tuple[int, str, str]]) -> None:
    warehouse = Warehouse()
    for enrolment in range(1, 5):
        send(warehouse, enrolment)
    for number, (enrolment, event, agent) in enumerate(hits):
        # an hour apart, so that no hit makes another one look like a machine's
        hit(warehouse, enrolment, event, at=NOON + timedelta(hours=number), agent=agent)
    assert counted(warehouse) == slowly(hits)
    warehouse.close()


def slowly(hits: list[tuple[int, str, str]]) -> dict[str, int]:
    """Count the same messages one by one."""
    found: dict[str, int] = {}
    for event, name in ((EMAIL_OPENED, "opened"), (EMAIL_CLICKED, "clicked")):
        for enrolment in range(1, 5):
            agents = {agent for message, kind, agent in hits if (message, kind) == (enrolment, event)}
            for agent, suffix in ((BROWSER, ""), ("", "_unknown"), (SCANNER, "_by_machine")):
                if agent in agents:
                    found[name + suffix] = found.get(name + suffix, 0) + 1
                    break
    return found
