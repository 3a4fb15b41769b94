"""Settings hold any plain data, each under its own name, inside the transaction that writes them."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenshu.store.ledger import Ledger
from tenshu.store.settings import forget_setting, keys, read_key, read_setting, setting, write_setting
from tenshu.store.settings import settings as table
from tenshu.testing.conformance_ledger import make_tables

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    PLAIN | TEXTS, lambda some: st.lists(some, max_size=3) | st.dictionaries(TEXTS, some, max_size=3), max_leaves=8
)
NAMES = st.sampled_from(["shop", "smtp", "policy", "Shop", "shop ", "花", "'; --"])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = make_tables(Ledger(tmp_path_factory.mktemp("settings") / "ledger.sqlite"), table.metadata)
    yield made
    made.close()


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_any_plain_data_comes_back_as_it_was(ledger: Ledger, value: Any) -> None:
    with ledger.writing() as tx:
        write_setting(tx, "any", value)
        found = setting(tx, "any", "was never set")
    assert found == value
    assert type(found) is type(value)


@settings(max_examples=30, deadline=None)
@given(acts=st.lists(st.tuples(NAMES, st.integers() | st.none()), max_size=10))
def test_each_name_holds_what_was_written_last(ledger: Ledger, acts: list[tuple[str, int | None]]) -> None:
    book: dict[str, int] = {}
    with ledger.writing() as tx:
        tx.execute(table.delete())
        for name, value in acts:
            if value is None:
                assert forget_setting(tx, name) == (book.pop(name, None) is not None)
            else:
                write_setting(tx, name, value)
                book[name] = value
        assert {name: setting(tx, name) for name in book} == book
        assert sorted(tx.frame(select(table.c.name))["name"].to_list()) == sorted(book)


def test_none_that_was_set_is_not_the_same_as_never_set(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        write_setting(tx, "nothing", None)
        assert setting(tx, "nothing", "default") is None
        assert forget_setting(tx, "nothing")
        assert not forget_setting(tx, "nothing")
        assert setting(tx, "nothing", "default") == "default"


def test_a_setting_is_there_for_others_when_its_transaction_ends_and_not_before(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        write_setting(tx, "shop", 1)
    with ledger.writing() as tx:
        write_setting(tx, "shop", 2)
        assert setting(tx, "shop") == 2
        assert read_setting(ledger, "shop") == 1
    assert read_setting(ledger, "shop") == 2


def test_a_transaction_that_breaks_leaves_the_setting_as_it_was(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        write_setting(tx, "shop", "before")
    with pytest.raises(InterruptedError), ledger.writing() as tx:  # noqa: PT012 - the block is what breaks off
        write_setting(tx, "shop", "after")
        forget_setting(tx, "smtp")
        raise InterruptedError
    assert read_setting(ledger, "shop") == "before"


@settings(max_examples=30, deadline=None)
@given(secret=st.binary(max_size=64))
def test_a_secret_of_any_bytes_comes_back_byte_by_byte(ledger: Ledger, secret: bytes) -> None:
    with ledger.writing() as tx:
        tx.insert(keys, pl.DataFrame({"key_id": ["k"], "secret": [secret]}), conflict="replace")
    assert read_key(ledger, "k") == secret
    assert read_key(ledger, "K") is None


def test_a_secret_is_not_replaced_unless_somebody_says_so(ledger: Ledger) -> None:
    row = pl.DataFrame({"key_id": ["once"], "secret": [b"first"]})
    with ledger.writing() as tx:
        tx.insert(keys, row)
    with pytest.raises(IntegrityError), ledger.writing() as tx:
        tx.insert(keys, row.with_columns(secret=pl.lit(b"second")))
    with ledger.writing() as tx:
        assert tx.insert(keys, row.with_columns(secret=pl.lit(b"second")), conflict="ignore") == 0
    assert read_key(ledger, "once") == b"first"
