"""Whatever happens in a shop, the columns that are kept are those of a fresh look: facts, merges, undo, the clock."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.condition import parse
from tenshu.kit.ids import fact_id
from tenshu.know.publish import publish_ranks
from tenshu.segment import probe as probing
from tenshu.segment.evaluate import read_these
from tenshu.segment.features import TraitFeature, features
from tenshu.segment.probe import Probe
from tenshu.testing import small_shop as cast
from tests.unit.copies import copied
from tests.unit.flow.imports import bring

ZONE = "Asia/Tokyo"
CONDITIONS = [
    {"kind": "did", "event": "order_completed", "within": {"days": 30}},
    {"kind": "did", "event": "product_purchased", "sum": {"field": "amount", "cmp": "gte", "value": 2000}},
    {"kind": "did", "event": "journey_entered", "within": {"hours": 5}},
    {"kind": "rank", "by": "decile", "cmp": "lte", "value": 3},
]
WANTED = [*features([parse(one) for one in CONDITIONS]).values(), TraitFeature("email"), TraitFeature("last_name")]
NUMBERS = ["S-1", "S-2", "P-0", "P-1", "N-1", "N-2"]


def described(number: str, hours: int, **traits: str) -> dict[str, Any]:
    at = cast.MONDAY + timedelta(hours=hours)
    pairs = ", ".join(f'"{name}": "{value}"' for name, value in traits.items())
    return {
        "fact_id": fact_id("described", number, hours, pairs), "event": "customer_described", "occurred_at": at,
        "received_at": at, "source": "form", "identifiers": [{"kind": "customer_no", "value": number}],
        "properties": f'{{"traits": {{{pairs}}}}}',
    }  # fmt: skip


def linked(one: str, other: str) -> dict[str, Any]:
    """Return a fact that says that two numbers have one address."""
    told = described(one, -3, last_name="同一人物")
    mail = {"kind": "email", "value": f"{other.lower()}@example.com"}
    return told | {"fact_id": fact_id("linked", one, other), "identifiers": [*told["identifiers"], mail]}


_STEPS = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(NUMBERS), st.integers(-900, 20)),
    st.tuples(st.just("name"), st.sampled_from(NUMBERS), st.integers(-90, 20)),
    st.tuples(st.just("link"), st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)),
    st.tuples(st.just("clock"), st.just(""), st.integers(-30, 30)),
    st.tuples(st.just("publish"), st.just(""), st.just(0)),
    st.tuples(st.just("tick"), st.just(""), st.just(0)),
)


def do(shop: Shop, step: tuple[str, str, Any], nth: int) -> None:
    kind, number, value = step
    if kind == "order":
        cast.tell(shop, [cast.order(number, f"{number}-{nth}", cast.MONDAY + timedelta(hours=value), amount=900 * nth)])
    elif kind == "name":
        cast.tell(shop, [described(number, value, last_name=f"名{nth}")])
    elif kind == "link":
        cast.tell(shop, [linked(number, value)])
    elif kind == "publish":
        publish_ranks(shop.warehouse, now=cast.MONDAY, zone=ZONE)
    elif kind == "tick":
        cast.start(shop, f"hello-{nth}")
        cast.tick(shop)
        cast.tick(shop)


def _make(home: Path) -> Shop:
    shop, _clock = cast.open_small_shop(home, people=9)
    cast.add_template(shop)
    return shop


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(_STEPS, min_size=1, max_size=5))
def test_what_is_kept_is_what_a_fresh_look_sees(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, Any]]
) -> None:
    shop = copied(tmp_path_factory.mktemp("noticed") / "home", "noticed", _make)
    kept, now = Probe(shop.warehouse, shop.ledger), cast.MONDAY
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "MANY", 2.0)
        for nth, step in enumerate([("clock", "", 0), *steps]):
            do(shop, step, nth)
            now += timedelta(hours=step[2] if step[0] == "clock" else 0)
            fresh = Probe(shop.warehouse).columns(WANTED, now=now, zone=ZONE)
            assert kept.columns(WANTED, now=now, zone=ZONE).equals(fresh), step
    shop.close()


def test_an_import_that_is_undone_leaves_nothing(tmp_path: Path) -> None:
    """Also where every fact of it was told again by a later one, so that as many are left as before."""
    shop = copied(tmp_path / "home", "noticed", _make)
    now = shop.clock.now()
    first = bring(shop, "one", [described("N-1", -9, last_name="前"), described("N-2", -9, last_name="前")], at=now)
    flow.digest_all(shop, now=now)
    again = [
        fact | {"properties": '{"traits": {"last_name": "後"}}'} for fact in (described("N-1", -9, last_name="前"),)
    ]
    bring(shop, "two", again, at=now)
    flow.digest_all(shop, now=now)
    kept = Probe(shop.warehouse, shop.ledger)
    before = kept.columns(WANTED, now=now, zone=ZONE)
    flow.undo_import(shop, first, now)
    after = kept.columns(WANTED, now=now, zone=ZONE)
    assert after.equals(Probe(shop.warehouse).columns(WANTED, now=now, zone=ZONE))
    assert len(after) == len(before) - 1
    shop.close()


def test_few_changed_customers_are_read_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = copied(tmp_path / "home", "noticed", _make)
    kept, now = Probe(shop.warehouse, shop.ledger), shop.clock.now()
    kept.columns(WANTED, now=now, zone=ZONE)
    asked: list[int | None] = []

    def watched(*given: Any, **named: Any) -> Any:
        asked.append(None if named["customers"] is None else len(named["customers"]))
        return read_these(*given, **named)

    monkeypatch.setattr(probing, "read_these", watched)
    kept.columns(WANTED, now=now, zone=ZONE)
    assert asked == []
    kept.columns(WANTED, now=now + timedelta(seconds=1), zone=ZONE)
    assert asked == [None], "only the window of hours, which moves with the clock"
    cast.tell(shop, [cast.order("S-1", "S-1-new", now)])
    kept.columns(WANTED, now=now + timedelta(seconds=1), zone=ZONE)
    assert asked[1:] == [1]
    shop.close()
