"""The map is kept link by link as the whole of them would make it, and remembers one batch back."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlalchemy import select

from tenshu.collect import tables as _collect  # noqa: F401 - the ledger's tables
from tenshu.identify import remap as stage
from tenshu.identify.graph import map_nodes
from tenshu.identify.resolve import changed_in_parts, changed_nodes, nodes_as_of, resolve
from tenshu.identify.tables import identifiers, links, node_map
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace
from tenshu.store.tables import ledger_metadata
from tests.unit.identify.shops import KINDS, Identifier

#: Pairs that rows told, over few identifiers of each kind, so that they meet, tear and are shared.
IDENTIFIER = st.tuples(st.sampled_from(KINDS), st.integers(1, 4)).map(lambda one: (one[0], f"{one[0]}-{one[1]}"))
PAIRS = st.lists(st.tuples(IDENTIFIER, IDENTIFIER).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=24)
SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=8)


def open_ledger(folder: Path) -> Ledger:
    ledger = Ledger(folder / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    return ledger


def link(ledger: Ledger, pairs: list[tuple[Identifier, Identifier]], *, batch: int) -> None:
    told = list(dict.fromkeys(one for pair in pairs for one in pair))
    resolve(
        ledger,
        pl.DataFrame(told, schema={"kind": pl.String, "value": pl.String}, orient="row"),
        pl.DataFrame(
            [(*a, *b) for a, b in pairs],
            schema=dict.fromkeys(["kind_a", "value_a", "kind_b", "value_b"], pl.String),
            orient="row",
        ),
        batch=batch,
    )


def cut(pairs: list[tuple[Identifier, Identifier]], sizes: list[int]) -> list[list[tuple[Identifier, Identifier]]]:
    pieces, start, nth = [], 0, 0
    while start < len(pairs):
        pieces.append(pairs[start : start + sizes[nth % len(sizes)]])
        start, nth = start + sizes[nth % len(sizes)], nth + 1
    return pieces


def kept_map(tx: Transaction) -> pl.DataFrame:
    columns = (node_map.c.node, node_map.c.customer, node_map.c.is_shared, node_map.c.is_common)
    return tx.frame(select(*columns).order_by(node_map.c.node))


def whole_map(tx: Transaction) -> pl.DataFrame:
    nodes = tx.frame(select(identifiers.c.node, identifiers.c.kind))
    return map_nodes(nodes, tx.frame(select(links.c.node_a, links.c.node_b)))


def owners(tx: Transaction) -> dict[int, int]:
    return dict(kept_map(tx).filter(~pl.col("is_shared")).select("node", "customer").rows())


@settings(max_examples=30, deadline=None)
@given(PAIRS, SIZES)
def test_map_kept_piece_by_piece_is_the_map_of_everything(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[Identifier, Identifier]], sizes: list[int]
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("remap"))
    for number, piece in enumerate(cut(pairs, sizes), 1):
        link(ledger, piece, batch=number)
        with ledger.reading() as tx:
            assert_frame_equal(kept_map(tx), whole_map(tx))
    ledger.close()


@settings(max_examples=12, deadline=None)
@given(PAIRS, SIZES, st.data())
def test_order_of_the_links_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    pairs: list[tuple[Identifier, Identifier]],
    sizes: list[int],
    data: st.DataObject,
) -> None:
    shuffled = data.draw(st.permutations(pairs))
    found = []
    for order in (pairs, shuffled):
        ledger = open_ledger(tmp_path_factory.mktemp("order"))
        names = [(one, one) for one in dict.fromkeys(one for pair in pairs for one in pair)]
        link(ledger, names, batch=1)  # the same nodes for the same identifiers, no link yet
        for number, piece in enumerate(cut(list(order), sizes), 2):
            link(ledger, piece, batch=number)
        with ledger.reading() as tx:
            found.append(kept_map(tx))
        ledger.close()
    assert_frame_equal(found[0], found[1])


@settings(max_examples=20, deadline=None)
@given(PAIRS, SIZES, st.integers(1, 3))
def test_map_as_of_the_batch_before_is_what_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    pairs: list[tuple[Identifier, Identifier]],
    sizes: list[int],
    pieces_a_batch: int,
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("former"))
    before: dict[int, int] = {}
    pieces = cut(pairs, sizes)
    for number, first in enumerate(range(0, len(pieces), pieces_a_batch), 1):
        for piece in pieces[first : first + pieces_a_batch]:
            link(ledger, piece, batch=number)
            with ledger.reading() as tx:
                after = owners(tx)
                assert dict(nodes_as_of(tx, number - 1).rows()) == before
                assert dict(nodes_as_of(tx, number).rows()) == after
        before = after
    ledger.close()


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "ledger")
    yield store
    store.close()


def row(number: str, mail: str) -> list[tuple[Identifier, Identifier]]:
    return [(("customer_no", number), ("email", mail))]


def epochs(ledger: Ledger) -> dict[int, tuple[int, int | None]]:
    with ledger.reading() as tx:
        rows = tx.frame(select(node_map.c.node, node_map.c.epoch, node_map.c.former)).rows()
    return {node: (epoch, former) for node, epoch, former in rows}


def test_new_node_was_nobodys(ledger: Ledger) -> None:
    link(ledger, row("A", "a"), batch=1)
    assert epochs(ledger) == {1: (1, None), 2: (1, None)}


def test_node_that_is_shared_now_was_its_customers(ledger: Ledger) -> None:
    link(ledger, row("A", "home"), batch=1)
    link(ledger, row("B", "home"), batch=2)
    assert epochs(ledger) == {1: (1, None), 2: (2, 1), 3: (2, None)}


def test_node_changed_twice_in_a_batch_keeps_its_first_former(ledger: Ledger) -> None:
    mail, phone = ("email", "a"), ("phone", "1")
    link(ledger, [(("customer_no", "A"), ("customer_no", "A")), (phone, phone), (mail, mail)], batch=1)
    link(ledger, [(mail, phone)], batch=2)  # the address is the telephone's ...
    link(ledger, [(("customer_no", "A"), mail)], batch=2)  # ... and both are A's
    with ledger.reading() as tx:
        assert owners(tx) == {1: 1, 2: 1, 3: 1}
        assert dict(nodes_as_of(tx, 1).rows()) == {1: 1, 2: 2, 3: 3}


def test_neighbours_that_do_not_change_are_not_written(ledger: Ledger) -> None:
    link(ledger, row("A", "a"), batch=1)
    link(ledger, row("A", "b"), batch=2)
    assert epochs(ledger) == {1: (1, None), 2: (1, None), 3: (2, None)}


def test_strangers_are_not_even_read(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        link(ledger, [*row(f"A{number}", f"a{number}"), *row(f"A{number}", "shop@example.com")], batch=1)
    read: list[int] = []
    real = stage._read_nodes

    def watched(tx: Transaction, nodes: pl.Series) -> pl.DataFrame:
        read.extend(nodes)
        return real(tx, nodes)

    monkeypatch.setattr(stage, "_read_nodes", watched)
    link(ledger, [*row("A7", "new"), *row("B", "shop@example.com")], batch=2)
    # A7's own number and address, and the shop's address that everybody gave: none of the other 29.
    assert len(read) == 3
    with ledger.reading() as tx:
        assert_frame_equal(kept_map(tx), whole_map(tx))


def test_parts_of_what_a_batch_changed_are_all_of_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    link(ledger, row("A", "a"), batch=1)
    for number in range(5):
        link(ledger, row(f"B{number}", f"b{number}"), batch=2)
    monkeypatch.setattr("tenshu.identify.resolve.ROWS_A_TRANSACTION", 3)
    parts = list(changed_in_parts(ledger, 2))
    with ledger.reading() as tx:
        assert_frame_equal(pl.concat(parts).drop("former"), changed_nodes(tx, since=2).sort("node"))
    assert max(len(part) for part in parts) == 3


def test_repeated_links_write_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    link(ledger, row("A", "a"), batch=1)
    monkeypatch.setattr(ledger, "writing", _refuse)
    link(ledger, row("A", "a"), batch=2)


def _refuse(*_given: object, **_more: object) -> None:
    message = "nothing is to be written"
    raise AssertionError(message)
