"""However facts come in (in what pieces, how often, in what order), what is known in the end is the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept, accept_staged, last_seq, read_requests, waiting
from tenshu.identify import batch as batch_stage
from tenshu.identify import digest as stage
from tenshu.identify.digest import Batch, clear, digest, finish
from tenshu.store.home import Stores
from tenshu.store.ledger import Ledger
from tenshu.store.tables import inbox_metadata
from tests.unit.identify.shops import START, Fact, contents, fresh_stores, histories, partition, partition_by_hand

#: The pieces that a history is cut into, and whether each comes as a staged file.
CUTS = st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=5)


def take(stores: Stores, facts: list[Fact], *, is_staged: bool = False) -> None:
    frame = facts_frame(facts)
    if not is_staged:
        accept(stores.inbox, frame, source="test", received_at=START)
    elif facts:
        path = stores.home / f"{facts[0]['fact_id'].hex()}-{waiting(stores.inbox)}.parquet"
        frame.write_parquet(path)
        accept_staged(stores.inbox, path.name, source=path.name, received_at=START)


def run_all(stores: Stores) -> list[Batch]:
    done = []
    while batch := digest(stores, now=START):
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)
        done.append(batch)
    return done


def pieces(facts: list[Fact], cuts: list[tuple[int, bool]]) -> Iterator[tuple[list[Fact], bool]]:
    start = 0
    for size, is_staged in [*cuts, (len(facts), False)]:
        yield facts[start : start + size], is_staged
        start += size


@settings(max_examples=15, deadline=None)
@given(histories(most=10), CUTS, st.integers(1, 4), st.integers(1, 5), st.data())
def test_any_cut_into_requests_and_batches_with_any_fact_repeated_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    facts: list[Fact],
    cuts: list[tuple[int, bool]],
    requests_a_batch: int,
    chunk: int,
    data: st.DataObject,
) -> None:
    whole, cut = fresh_stores(tmp_path_factory.mktemp("whole")), fresh_stores(tmp_path_factory.mktemp("cut"))
    take(whole, facts)
    assert len(run_all(whole)) == 1
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(batch_stage, "REQUESTS_A_BATCH", requests_a_batch)
        patched.setattr(stage, "CHUNK", chunk)
        told: list[Fact] = []
        for piece, is_staged in pieces(facts, cuts):
            again = data.draw(st.lists(st.sampled_from([*told, *piece]), max_size=3)) if told or piece else []
            take(cut, [*piece, *again], is_staged=is_staged)
            told += piece
            if data.draw(st.booleans(), label="digest now"):
                run_all(cut)
        run_all(cut)
    assert contents(cut) == contents(whole)
    assert waiting(cut.inbox) == 0
    for stores in (whole, cut):
        stores.close()


@settings(max_examples=8, deadline=None)
@given(histories(), st.data())
def test_rows_in_any_order_are_the_same_customers(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Fact], data: st.DataObject
) -> None:
    told = [[(one["kind"], one["value"]) for one in fact["identifiers"]] for fact in facts]
    expected = partition_by_hand(told)
    for order in (facts, data.draw(st.permutations(facts))):
        stores = fresh_stores(tmp_path_factory.mktemp("order"))
        take(stores, list(order))
        run_all(stores)
        assert partition(stores) == expected
        stores.close()


@settings(max_examples=6, deadline=None)
@given(histories(most=7))
def test_mirror_in_the_warehouse_is_the_map_of_the_ledger_without_what_is_shared(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Fact]
) -> None:
    stores = fresh_stores(tmp_path_factory.mktemp("mirror"))
    for fact in facts:
        take(stores, [fact])
        run_all(stores)
        found = contents(stores)
        assert found["node_map"] == [(node, customer) for node, customer, is_shared in found["shared"] if not is_shared]
        # A customer's number is the earliest node of those that are theirs.
        assert all(customer <= node for node, customer, _is_shared in found["shared"])
        assert {customer for _node, customer, _shared in found["shared"]} <= {node for node, _c, _s in found["shared"]}
    stores.close()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), max_size=12), st.integers(1, 5))
def test_batches_hold_every_request_once_in_order_and_a_staged_file_alone(
    tmp_path_factory: pytest.TempPathFactory, staged: list[bool], most: int
) -> None:
    inbox = Ledger(tmp_path_factory.mktemp("seqs") / "inbox.sqlite")
    inbox_metadata.create_all(inbox.engine)
    for number, is_staged in enumerate(staged):
        if is_staged:
            accept_staged(inbox, f"{number}.parquet", source="test", received_at=START)
        else:
            accept(inbox, facts_frame([_seen(number)]), source="test", received_at=START)
    ranges, done = [], 0
    while (last := last_seq(inbox, after=done, limit=most)) is not None:
        ranges.append(range(done + 1, last + 1))
        done = last
    assert [seq for those in ranges for seq in those] == list(range(1, len(staged) + 1))
    assert all(len(those) <= most for those in ranges)
    assert all(len(those) == 1 for those in ranges if any(staged[seq - 1] for seq in those))
    for those in ranges:
        facts, paths = read_requests(inbox, those[0], those[-1])
        assert (facts.height, len(paths)) == (sum(not staged[n - 1] for n in those), sum(staged[n - 1] for n in those))
    inbox.close()


def test_request_that_comes_while_a_batch_is_open_waits_for_the_next(tmp_path: Path) -> None:
    stores = fresh_stores(tmp_path / "home")
    take(stores, [_seen(1)])
    first = stage.next_batch(stores, now=START)
    take(stores, [_seen(2)])
    again = stage.next_batch(stores, now=START)
    assert first is not None
    assert again is not None
    assert (first.state, again.state) == ("new", "open")
    assert (again.number, again.first_seq, again.last_seq) == (first.number, first.first_seq, first.last_seq)
    assert [(batch.first_seq, batch.last_seq) for batch in run_all(stores)] == [(1, 1), (2, 2)]


def _seen(number: int) -> Fact:
    return {
        "fact_id": number.to_bytes(16, "big"),
        "event": "tested",
        "occurred_at": START,
        "received_at": START,
        "source": "test",
        "identifiers": [{"kind": "email", "value": f"{number}@example.com"}],
    }
