"""Whatever happens in whatever order, with restarts, kills and merges in between: told = what the facts say."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.collect.event import facts_frame
from tenshu.collect.facts_out import drain
from tenshu.collect.inbox import accept
from tenshu.condition import Condition, parse
from tenshu.flow import Live
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.kit.ids import fact_id
from tenshu.segment import evaluate
from tenshu.segment.saved import save_segment
from tenshu.testing.small_shop import CAST, open_small_shop, order

SEGMENTS: dict[str, dict[str, Any]] = {
    "recent": {"kind": "did", "event": "order_completed", "within": {"days": 30}},
    "quiet": {"kind": "did_not", "event": "page_viewed", "within": {"hours": 36}},
    "large": {"kind": "did", "event": "order_completed", "sum": {"field": "amount", "cmp": "gte", "value": 3000}},
    "osaka": {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "大阪府"},
    "dormant": {"kind": "rank", "by": "rank", "cmp": "is", "value": "dormant"},
}
PEOPLE = [*CAST, "X-1", "X-2"]
#: Two numbers of strangers that may turn out to be somebody's.
STRANGERS = ("X-1", "X-2")

person = st.sampled_from(PEOPLE)
back = st.integers(-200, 24 * 40)  # hours ago; some are told before they happen
act = st.one_of(
    st.tuples(st.just("order"), person, back),
    st.tuples(st.just("view"), person, back),
    st.tuples(st.just("moves"), person, back),
    st.tuples(st.just("merge"), st.sampled_from(STRANGERS), st.sampled_from([*CAST])),
    st.tuples(st.just("wait"), st.integers(1, 24 * 45), st.none()),
    st.tuples(st.just("restart"), st.booleans(), st.none()),
    st.tuples(st.just("kill"), st.sampled_from(["follow.found", "follow.kept", "follow.cleared"]), st.none()),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(act, min_size=4, max_size=14))
def test_what_was_told_adds_up_to_what_the_facts_say(acts: list[tuple[str, Any, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop, clock = open_small_shop(Path(folder) / "home")
        with shop.ledger.writing() as tx:
            for name, condition in SEGMENTS.items():
                save_segment(tx, name, {"en": name}, parse(condition), now=clock.now())
        live = _live(shop)
        _run(shop, live)
        before = _by_the_facts(shop)
        for nth, (kind, one, other) in enumerate(acts):
            if kind == "wait":
                clock.set(clock.now() + timedelta(hours=one))
            elif kind == "restart":
                if one:
                    live.save()
                live = _live(shop)
            elif kind == "kill":
                live = _killed(shop, live, one)
            else:
                _accept(shop, kind, one, other, nth)
            if nth % 3 == 0:
                _run(shop, live)
        _run(shop, live)
        _run(shop, _live(shop))
        try:
            _compare(shop, before)
        finally:
            shop.close()


def _compare(shop: Shop, before: dict[str, set[int]]) -> None:
    drain(shop.ledger, shop.warehouse)
    rows = shop.warehouse.frame(
        """
        SELECT node::BIGINT AS customer, properties->>'$.segment' AS segment, event FROM facts
        WHERE event IN ('segment_entered', 'segment_left') ORDER BY batch DESC
        """
    )
    alive = set(shop.warehouse.frame("SELECT DISTINCT customer::BIGINT AS customer FROM node_map")["customer"])
    now_in = _by_the_facts(shop)
    for name in SEGMENTS:
        inside = set(before[name])
        for customer, event in rows.filter(pl.col("segment") == name).select("customer", "event").rows():
            assert (event == "segment_left") == (customer in inside), (name, customer, event)
            inside ^= {customer}
        assert inside & alive == now_in[name], name


def _by_the_facts(shop: Shop) -> dict[str, set[int]]:
    conditions: dict[str, Condition] = {name: parse(one) for name, one in SEGMENTS.items()}
    met = evaluate(shop.warehouse, conditions, now=shop.clock.now(), zone=shop.settings.zone)
    return {name: set(met.filter(name)["customer"]) for name in SEGMENTS}


def _killed(shop: Shop, live: Live, point: str) -> Live:
    with failing(f"{point}:raise"):
        try:
            _run(shop, live)
        except ReachedFailPoint:
            return _live(shop)
    return live


def _live(shop: Shop) -> Live:
    return Live(shop, shop.settings.zone, snapshot=shop.home / "live")


def _run(shop: Shop, live: Live) -> None:
    flow.tick(shop, shop.settings, now=shop.clock.now(), address_key=shop.address_key, live=live)


def _accept(shop: Shop, kind: str, one: str, other: Any, nth: int) -> None:
    now = shop.clock.now()
    if kind == "merge":
        fact = _fact("customer_described", nth, now, '{"traits": {"country": "Japan"}}', other, ("member_no", one))
    elif kind == "order":
        fact = {**order(one, f"O-{nth}", now - timedelta(hours=other)), "received_at": now, "identifiers": _own(one)}
    elif kind == "view":
        fact = _fact("page_viewed", nth, now - timedelta(hours=other), "{}", one)
    else:
        place = "大阪府" if nth % 2 else "京都府"
        said = f'{{"traits": {{"prefecture": "{place}"}}}}'
        fact = _fact("customer_described", nth, now - timedelta(hours=other), said, one)
    accept(shop.inbox, facts_frame([fact]), source="test", received_at=now)


def _fact(event: str, nth: int, at: Any, said: str, one: str, *more: tuple[str, str]) -> dict[str, Any]:
    return {
        "fact_id": fact_id(event, nth),
        "event": event,
        "occurred_at": at,
        "received_at": at,
        "source": "test",
        "identifiers": [*_own(one), *({"kind": kind, "value": value} for kind, value in more)],
        "properties": said,
    }


def _own(one: str) -> list[dict[str, str]]:
    return [{"kind": "member_no" if one in STRANGERS else "customer_no", "value": one}]
