"""A scenario's steps have an order inside a tick."""

from hypothesis import given
from hypothesis import strategies as st

from tenshu.journey.grammar import Exit, Journey, Send, Wait
from tenshu.journey.graph import exits_of, reachable_from, running_order
from tests.unit.journey.examples import journey


def chain(targets: list[int], waits: set[int]) -> Journey:
    """Return unchecked steps s0.. each leading to one other, some of them waits."""
    steps = {
        f"s{index}": Wait(days=1, next=f"s{target}")
        if index in waits
        else Send(channel="email", template="t", next=f"s{target}")
        for index, target in enumerate(targets)
    }
    base = journey()
    return Journey(
        tenshu="journey/1",
        name="chain",
        title=base.title,
        entry=base.entry,
        goal=base.goal,
        review_on=base.review_on,
        first_step="s0",
        steps=dict(steps),
    )


def test_step_runs_after_all_that_lead_to_it_without_a_wait() -> None:
    order, circle = running_order(journey())
    assert circle == []
    assert order.index("asked") < order.index("draw") < order.index("again") < order.index("end")
    assert sorted(order) == sorted(journey().steps)


def test_exits_name_their_place() -> None:
    assert exits_of(journey().steps["asked"]) == [
        ("cases[0].next", "again"),
        ("cases[1].next", "end"),
        ("otherwise", "draw"),
    ]
    assert exits_of(Exit()) == []


def test_a_tick_ends_at_waits() -> None:
    assert reachable_from(journey(), ["hello"], past_waits=False) == {"hello", "wait"}
    assert reachable_from(journey(), ["hello"]) == set(journey().steps)
    assert reachable_from(journey(), ["unknown"]) == set()


@given(st.data())
def test_there_is_an_order_exactly_when_every_circle_has_a_wait(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 8))
    targets = data.draw(st.lists(st.integers(0, size - 1), min_size=size, max_size=size))
    waits = data.draw(st.sets(st.integers(0, size - 1)))
    order, circle = running_order(chain(targets, waits))

    def goes_round(start: int) -> bool:
        step = start
        for _ in range(size + 1):
            if step in waits:
                return False
            step = targets[step]
        return True

    assert bool(circle) == any(goes_round(start) for start in range(size))
    assert len(order) == len(set(order))
    for index, step in enumerate(circle):
        following = circle[(index + 1) % len(circle)]
        assert (f"s{targets[int(step[1:])]}") == following
