"""Who is one customer, against a slow answer by the two rules, whatever numbers the nodes have."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.identify.graph import map_nodes
from tests.unit.identify.shops import WHO, Identifier, partition_by_hand

Row = list[Identifier]
ROWS = st.lists(WHO, max_size=14)


def mapped(rows: list[Row], order: list[Identifier]) -> pl.DataFrame:
    """Return the map of the rows' identifiers, numbered in that order: kind, value, customer, is_shared."""
    node = {one: number for number, one in enumerate(order, 1)}
    links = [(node[row[0]], node[other]) for row in rows for other in row[1:]]
    identifiers = pl.DataFrame(
        {"node": list(node.values()), "kind": [kind for kind, _value in node]},
        schema={"node": pl.Int64, "kind": pl.String},
    )
    result = map_nodes(identifiers, pl.DataFrame(links, schema={"node_a": pl.Int64, "node_b": pl.Int64}, orient="row"))
    names = pl.DataFrame(
        [(number, *one) for one, number in node.items()],
        schema={"node": pl.Int64, "kind": pl.String, "value": pl.String},
        orient="row",
    )
    return result.join(names, on="node", maintain_order="left")


def people(result: pl.DataFrame) -> set[frozenset[Identifier]]:
    customers: dict[int, set[Identifier]] = {}
    for customer, kind, value in result.select("customer", "kind", "value").rows():
        customers.setdefault(customer, set()).add((kind, value))
    return {frozenset(those) for those in customers.values()}


def identifiers_of(rows: list[Row]) -> list[Identifier]:
    return list(dict.fromkeys(one for row in rows for one in row))


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_customers_are_those_of_the_rules_by_hand(rows: list[Row]) -> None:
    assert people(mapped(rows, identifiers_of(rows))) == partition_by_hand(rows)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.data())
def test_who_came_first_gives_the_number_and_changes_nobody(rows: list[Row], data: st.DataObject) -> None:
    usual = identifiers_of(rows)
    first = mapped(rows, usual)
    other = mapped(data.draw(st.permutations(rows)), data.draw(st.permutations(usual)))
    assert people(other) == people(first)
    by_name = ["kind", "value", "is_shared"]
    assert other.select(by_name).sort(by_name).equals(first.select(by_name).sort(by_name))
    assert other["customer"].equals(other.select(pl.col("node").min().over("customer"))["node"])


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_row_told_again_changes_nothing(rows: list[Row]) -> None:
    order = identifiers_of(rows)
    assert mapped(rows + rows[:3], order).equals(mapped(rows, order))


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_shared_identifier_is_a_customer_of_its_own_that_no_other_joins(rows: list[Row]) -> None:
    result = mapped(rows, identifiers_of(rows))
    shared = result.filter("is_shared")
    assert (shared["customer"] == shared["node"]).all()
    alone = result.filter(pl.col("customer").is_in(shared["customer"].implode()))
    assert alone.height == shared.height


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_number_of_the_shop_is_never_shared_and_never_beside_another(rows: list[Row]) -> None:
    numbers = mapped(rows, identifiers_of(rows)).filter(pl.col("kind") == "customer_no")
    assert not numbers["is_shared"].any()
    assert numbers["customer"].n_unique() == numbers.height


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 9))
def test_people_who_never_met_are_mapped_alone_as_together(rows: list[Row], shift: int) -> None:
    # Two shops' books in one: nobody of the one touches anybody of the other, so neither changes the other.
    strangers = [[(kind, f"other-{value}") for kind, value in row] for row in rows[:shift]]
    together = [*rows, *strangers]
    assert people(mapped(together, identifiers_of(together))) == (
        people(mapped(rows, identifiers_of(rows))) | people(mapped(strangers, identifiers_of(strangers)))
    )
