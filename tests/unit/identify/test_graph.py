"""Who is who: doubt separates, order does not matter, the earliest number survives."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tenshu.identify.graph import map_nodes

KINDS = ["customer_no", "member_no", "email", "phone"]


def mapped(kinds: list[str], links: list[tuple[int, int]]) -> dict[int, int]:
    return dict(frame(kinds, links).select("node", "customer").rows())


def frame(kinds: list[str], links: list[tuple[int, int]]) -> pl.DataFrame:
    identifiers = pl.DataFrame({"node": range(1, len(kinds) + 1), "kind": kinds}, schema_overrides={"node": pl.Int64})
    pairs = pl.DataFrame(links, schema={"node_a": pl.Int64, "node_b": pl.Int64}, orient="row")
    return map_nodes(identifiers, pairs)


def test_what_one_row_tells_together_is_one_customer() -> None:
    assert mapped(["customer_no", "email", "phone"], [(1, 2), (1, 3)]) == {1: 1, 2: 1, 3: 1}


def test_nobody_linked_is_everybody_alone() -> None:
    assert mapped(["customer_no", "customer_no"], []) == {1: 1, 2: 2}


def test_no_identifiers_are_no_customers() -> None:
    assert frame([], []).is_empty()


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.lists(st.tuples(*[st.integers(1, size)] * 2))))
)
def test_who_hangs_together_is_what_a_library_finds(world: tuple[int, list[tuple[int, int]]]) -> None:
    size, links = world
    ends = np.array(links, dtype=np.int64).reshape(-1, 2) - 1
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(size, size))
    _count, labels = connected_components(graph, directed=False)
    found = mapped(["phone"] * size, links)
    assert found == {node: int(np.flatnonzero(labels == labels[node - 1])[0]) + 1 for node in range(1, size + 1)}


def test_a_long_chain_told_in_any_order_is_one_customer() -> None:
    nodes = np.random.default_rng(5).permutation(np.arange(1, 50_001))
    chain = list(zip(nodes[:-1].tolist(), nodes[1:].tolist(), strict=True))
    assert set(mapped(["phone"] * len(nodes), chain).values()) == {1}


def test_a_households_address_joins_nobody() -> None:
    # 1 and 3 are two customers of the shop's own book, 2 is the mail address that both gave.
    result = frame(["customer_no", "email", "customer_no"], [(1, 2), (2, 3)])
    assert dict(result.select("node", "customer").rows()) == {1: 1, 2: 2, 3: 3}
    assert result.filter("is_shared")["node"].to_list() == [2]


def test_an_address_of_one_customer_is_not_shared() -> None:
    assert frame(["customer_no", "email"], [(1, 2)])["is_shared"].to_list() == [False, False]


def test_a_telephone_of_two_mail_addresses_joins_nobody() -> None:
    assert mapped(["email", "phone", "email"], [(1, 2), (2, 3)]) == {1: 1, 2: 2, 3: 3}


def test_two_rows_that_share_an_address_are_one_customer_when_only_one_has_a_number() -> None:
    # row 1: number 1 with address 2; row 2: address 2 with telephone 3.
    assert mapped(["customer_no", "email", "phone"], [(1, 2), (2, 3)]) == {1: 1, 2: 1, 3: 1}


def test_two_numbers_never_become_one_customer_through_a_chain_of_weak_ones() -> None:
    # 1 -- mail 2 -- telephone 3 -- 4: each weak one touches one of each kind, the chain joins two numbers.
    result = mapped(["customer_no", "email", "phone", "customer_no"], [(1, 2), (2, 3), (3, 4)])
    assert result[1] != result[4]
    assert result[2] == 1  # the mail stays with its customer, the telephone is what gives way


def test_a_member_card_joins_a_number_and_an_address() -> None:
    assert mapped(["email", "member_no", "customer_no"], [(1, 2), (2, 3)]) == {1: 1, 2: 1, 3: 1}


@st.composite
def shops(draw: st.DrawFn) -> tuple[list[str], list[tuple[int, int]]]:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12))
    node = st.integers(1, len(kinds))
    links = draw(st.lists(st.tuples(node, node).filter(lambda pair: pair[0] < pair[1]), max_size=20, unique=True))
    return kinds, links


@settings(max_examples=200, deadline=None)
@given(shops(), st.randoms(use_true_random=False))
def test_the_map_does_not_depend_on_the_order_of_links(
    shop: tuple[list[str], list[tuple[int, int]]], luck: object
) -> None:
    kinds, links = shop
    shuffled = list(links)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert frame(kinds, links).equals(frame(kinds, shuffled))


@settings(max_examples=200, deadline=None)
@given(shops())
def test_no_customer_holds_two_of_the_shops_own_numbers(shop: tuple[list[str], list[tuple[int, int]]]) -> None:
    kinds, links = shop
    # A link between two numbers is somebody's explicit word that they are one person; only weak links are in doubt.
    weak = [(a, b) for a, b in links if not (kinds[a - 1] == "customer_no" and kinds[b - 1] == "customer_no")]
    result = frame(kinds, weak)
    numbers = result.filter(pl.Series([kind == "customer_no" for kind in kinds]))
    assert numbers["customer"].is_unique().all()


@settings(max_examples=200, deadline=None)
@given(shops())
def test_a_customers_number_is_its_earliest_node(shop: tuple[list[str], list[tuple[int, int]]]) -> None:
    result = frame(*shop)
    assert (result["customer"] <= result["node"]).all()
    owners = result.filter(pl.col("node").is_in(result["customer"].implode()))
    assert (owners["node"] == owners["customer"]).all()


@settings(max_examples=200, deadline=None)
@given(shops())
def test_a_shared_identifier_is_alone(shop: tuple[list[str], list[tuple[int, int]]]) -> None:
    kinds, links = shop
    result = frame(kinds, links)
    shared = set(result.filter("is_shared")["node"])
    for one, other in links:
        if one in shared and kinds[one - 1] != kinds[other - 1] and _is_weaker(kinds[one - 1], kinds[other - 1]):
            assert _customer(result, one) != _customer(result, other)


def _is_weaker(kind: str, than: str) -> bool:
    return KINDS.index(kind) > KINDS.index(than)


def _customer(result: pl.DataFrame, node: int) -> int:
    return int(result.filter(pl.col("node") == node)["customer"][0])
