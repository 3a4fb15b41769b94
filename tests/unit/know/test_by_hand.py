"""What is known of customers against answers worked out purchase by purchase and word by word in Python."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.know.decile import decile_table, deciles
from tenshu.know.members import FEW, members_of
from tenshu.know.profile import profiles
from tenshu.know.purchases import buyers
from tenshu.know.rank import rank_table
from tenshu.know.rfm import analysed, cells, rfm
from tenshu.know.trait import read_traits
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, ZONE, described, order_line, shop

#: (node, hours before now, amount): now and then nobody, some of it after now.
PURCHASES = st.lists(
    st.tuples(st.none() | st.integers(1, 6), st.integers(-48, 24 * 60), st.integers(0, 9) | st.integers(0, 10**9)),
    max_size=25,
)
MERGED = st.dictionaries(st.integers(1, 6), st.integers(1, 6), max_size=3)
Purchases = list[tuple[int | None, int, int]]


def told(purchases: Purchases, merged: dict[int, int]) -> Warehouse:
    return shop([(node, hours / 24, amount) for node, hours, amount in purchases], merged=merged)


@settings(max_examples=20, deadline=None)
@given(PURCHASES, MERGED, st.integers(0, 60), st.integers(-24, 500))
def test_buyers_are_those_added_up_by_hand(
    purchases: Purchases, merged: dict[int, int], period_days: int, hours: int
) -> None:
    warehouse = told(purchases, merged)
    until, since = NOW - timedelta(hours=hours), NOW - timedelta(days=period_days)
    found = buyers(warehouse, until=until, since_at=since, zone=ZONE)
    history: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for node, before, amount in purchases:
        at = NOW - timedelta(hours=before)
        if node is not None and at <= until:
            history[merged.get(node, node)].append((at, amount))
    expected = [
        {
            "customer": customer,
            "first_order_at": min(orders)[0],
            "last_order_at": max(orders)[0],
            "orders": len(orders),
            "revenue": sum(amount for _at, amount in orders),
            "period_orders": sum(at >= since for at, _amount in orders),
            "period_revenue": sum(amount for at, amount in orders if at >= since),
            "last_order_on": max(orders)[0].astimezone(ZoneInfo(ZONE)).date(),
        }
        for customer, orders in sorted(history.items())
    ]
    assert found.to_dicts() == expected
    warehouse.close()


@settings(max_examples=15, deadline=None)
@given(PURCHASES, MERGED)
def test_scores_deciles_and_tables_agree_with_each_other(purchases: Purchases, merged: dict[int, int]) -> None:
    warehouse = told(purchases, merged)
    scores = rfm(warehouse, as_of=NOW, zone=ZONE)
    ranked = deciles(warehouse, as_of=NOW, zone=ZONE)
    everybody = analysed(warehouse, as_of=NOW, zone=ZONE)
    grid, curve, ranks = cells(scores), decile_table(ranked), rank_table(everybody)
    people, revenue = scores.height, scores["revenue"].sum()
    assert ranked.select("customer", "decile").equals(scores.select("customer", "decile"))
    assert (grid["customers"].sum(), grid["revenue"].sum()) == (people, revenue)
    assert (curve["customers"].sum(), curve["revenue"].sum()) == (people, revenue)
    assert (ranks["customers"].sum(), ranks["revenue"].sum()) == (everybody.height, everybody["revenue"].sum())
    # Whoever brought strictly more stands in no worse decile and has no lower monetary score.
    ordered = scores.sort("revenue", "customer", descending=[True, False])
    assert ordered["decile"].is_sorted()
    assert ordered["monetary_score"].is_sorted(descending=True)
    for measure, score, sign in (("orders", "frequency_score", 1), ("recency_days", "recency_score", -1)):
        worse = [sum(sign * other < sign * mine for other in scores[measure]) for mine in scores[measure]]
        assert scores[score].to_list() == [min(5, 1 + 5 * count // people) for count in worse]
    warehouse.close()


WORDS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(-3, 5),  # days before now; below nothing is said after now
        st.integers(0, 2),  # seconds until it was received
        st.dictionaries(
            st.sampled_from(["prefecture", "email", "住所"]),
            st.none() | st.sampled_from(["Tokyo", "", "大阪府", 5, True, {"a": 1}]),
            max_size=3,
        ),
    ),
    max_size=12,
)


@settings(max_examples=20, deadline=None)
@given(WORDS, MERGED)
def test_traits_are_the_last_words_by_hand(
    words: list[tuple[int, int, int, dict[str, Any]]], merged: dict[int, int]
) -> None:
    warehouse = shop([(node, 1, 100) for node in range(1, 5)], merged=merged)
    rows = [
        described(number, node, NOW - timedelta(days=days), traits, received_late=late)
        for number, (node, days, late, traits) in enumerate(words, 1)
    ]
    if rows:
        warehouse.append("facts", pl.DataFrame(rows, infer_schema_length=None))
    names = ["prefecture", "email", "住所"]
    found = {row.pop("customer"): row for row in read_traits(warehouse, names, now=NOW).to_dicts()}
    expected: dict[int, dict[str, str | None]] = {}
    for _order, node, traits in sorted(
        ((NOW - timedelta(days=days), late, number), node, traits)
        for number, (node, days, late, traits) in enumerate(words)
        if days >= 0
    ):
        mine = expected.setdefault(merged.get(node, node), dict.fromkeys(names))
        mine |= {name: _as_text(value) for name, value in traits.items() if _as_text(value) is not None}
    assert found == expected
    warehouse.close()


def _as_text(value: Any) -> str | None:
    """Return how a stated value is known: words and numbers as text, nothing and nested things not at all."""
    if value is None or isinstance(value, dict):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-2, 9), max_size=6))
def test_asking_of_some_is_asking_of_all_and_keeping_some(asked: list[int]) -> None:
    warehouse = shop([(node, 1, 100 * node) for node in range(1, 6)], merged={5: 1})
    warehouse.append("facts", pl.DataFrame([described(n, n, NOW, {"email": f"{n}@example.com"}) for n in (1, 2, 5)]))
    some = pl.Series(asked, dtype=pl.Int64)
    everybody = profiles(warehouse, now=NOW)
    assert profiles(warehouse, now=NOW, customers=some).equals(everybody.filter(pl.col("customer").is_in(asked)))
    bought = buyers(warehouse, until=NOW, since_at=None, zone=ZONE)
    assert buyers(warehouse, until=NOW, since_at=None, zone=ZONE, customers=some).equals(
        bought.filter(pl.col("customer").is_in(asked))
    )
    warehouse.close()


def test_many_members_are_asked_like_few() -> None:
    # One more than are written into the statement: they are lent as a table, and the answer is the same.
    warehouse = shop([(node, 1, node) for node in range(1, FEW + 5)])
    few, many = (pl.Series(range(1, count + 1)) for count in (FEW, FEW + 1))
    assert not members_of(few).lent
    assert members_of(many).lent
    revenue = [
        buyers(warehouse, until=NOW, since_at=None, zone=ZONE, customers=some)["revenue"].to_list()
        for some in (few, many)
    ]
    assert revenue == [list(range(1, FEW + 1)), list(range(1, FEW + 2))]


def test_last_order_is_on_the_day_of_the_shop_not_of_utc() -> None:
    # 23:30 UTC on 9 March is 08:30 on 10 March in Tokyo and 19:30 on 9 March in New York.
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    warehouse = Warehouse(threads=1)
    warehouse.append("order_lines", pl.DataFrame([order_line(1, 1, late, 100)]))
    warehouse.append("node_map", pl.DataFrame({"node": [1], "customer": [1]}))
    days = {
        zone: rfm(warehouse, as_of=NOW, zone=zone).select("last_order_on", "recency_days").row(0)
        for zone in ("Asia/Tokyo", "America/New_York")
    }
    assert days["Asia/Tokyo"] == (datetime(2026, 3, 10, tzinfo=UTC).date(), 0)
    assert days["America/New_York"] == (datetime(2026, 3, 9, tzinfo=UTC).date(), 0)  # now is 23:00 there, that day
