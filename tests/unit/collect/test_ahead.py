"""Reading ahead: every request is given once and in order, whenever somebody looked."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tenshu.collect import ahead as module
from tenshu.collect.ahead import ReadAhead
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept, accept_staged, forget, read_requests, waiting
from tenshu.store.ledger import Ledger
from tenshu.store.tables import inbox_metadata

AT = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = 3


@pytest.fixture
def inbox(tmp_path: Path) -> Ledger:
    opened = Ledger(tmp_path / "inbox.sqlite")
    inbox_metadata.create_all(opened.engine)
    return opened


def tell(inbox: Ledger, *names: str) -> None:
    for name in names:
        accept(inbox, facts_frame([_fact(name)]), source="test", received_at=AT)


def _fact(name: str) -> dict[str, object]:
    return {"fact_id": name.encode(), "event": name, "occurred_at": AT, "received_at": AT, "source": "test"}


def take(reader: ReadAhead, after: int) -> tuple[int, list[str]] | None:
    """Take the next batch as the digest does."""
    last = reader.last_seq(after)
    if last is None:
        return None
    facts, paths = reader.read(after + 1, last)
    return last, [*facts["event"].to_list(), *paths]


def test_nothing_waits_behind_the_last_request(inbox: Ledger) -> None:
    tell(inbox, "a")
    reader = ReadAhead(inbox, limit=LIMIT)
    reader.look(1)
    assert reader.last_seq(1) is None


def test_what_was_read_ahead_is_not_read_again(inbox: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(inbox, "a", "b", "c", "d", "e")
    reader = ReadAhead(inbox, limit=LIMIT)
    assert take(reader, 0) == (3, ["a", "b", "c"])
    reader.look(3)
    monkeypatch.setattr(module, "last_seq", None)
    monkeypatch.setattr(module, "read_requests", None)
    assert take(reader, 3) == (5, ["d", "e"])


def test_what_comes_after_the_look_waits_for_the_next_batch(inbox: Ledger) -> None:
    tell(inbox, "a", "b")
    reader = ReadAhead(inbox, limit=LIMIT)
    reader.look(1)
    tell(inbox, "c")
    assert take(reader, 1) == (2, ["b"])
    assert take(reader, 2) == (3, ["c"])


def test_range_that_was_not_looked_at_is_read_from_the_inbox(inbox: Ledger) -> None:
    tell(inbox, "a", "b", "c")
    reader = ReadAhead(inbox, limit=LIMIT)
    reader.look(1)
    facts, paths = reader.read(1, 2)
    assert (facts["event"].to_list(), paths) == (["a", "b"], [])
    assert take(reader, 1) == (3, ["b", "c"])


def test_staged_file_is_alone_ahead_too(inbox: Ledger) -> None:
    tell(inbox, "a")
    accept_staged(inbox, "staged/one.parquet", source="one.csv", received_at=AT)
    tell(inbox, "b")
    reader = ReadAhead(inbox, limit=LIMIT)
    reader.look(1)
    assert take(reader, 1) == (2, ["staged/one.parquet"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["tell", "look", "take"]), max_size=25))
def test_every_request_is_given_once_and_in_order(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    inbox = Ledger(tmp_path_factory.mktemp("inbox") / "inbox.sqlite")
    inbox_metadata.create_all(inbox.engine)
    reader, told, given_, after = ReadAhead(inbox, limit=LIMIT), 0, list[str](), 0
    for step in [*steps, *["take"] * (len(steps) + 1)]:
        if step == "tell":
            told += 1
            tell(inbox, str(told))
        elif step == "look":
            reader.look(after)
        elif (taken := take(reader, after)) is not None:
            after, names = taken
            given_ += names
            forget(inbox, after)
    assert given_ == [str(nth) for nth in range(1, told + 1)]
    inbox.close()


def test_facts_read_ahead_are_those_of_the_inbox(inbox: Ledger) -> None:
    tell(inbox, "a", "b", "c")
    reader = ReadAhead(inbox, limit=LIMIT)
    reader.look(0)
    assert_frame_equal(reader.read(1, 3)[0], read_requests(inbox, 1, 3)[0])


def test_what_was_put_off_is_dropped_at_the_next_look(inbox: Ledger) -> None:
    tell(inbox, "a", "b", "c")
    reader = ReadAhead(inbox, limit=1)
    reader.look(1)
    assert reader.has_more
    reader.put_off(1)
    assert waiting(inbox) == 3
    assert take(reader, 1) == (2, ["b"])
    reader.look(2)
    assert waiting(inbox) == 2
    assert take(reader, 2) == (3, ["c"])


def test_nothing_is_put_off_where_nothing_more_waits(inbox: Ledger) -> None:
    tell(inbox, "a")
    reader = ReadAhead(inbox, limit=1)
    reader.look(1)
    assert not reader.has_more
