"""The frame of facts: the same columns for every source."""

from datetime import UTC, datetime

from tenshu.collect import vocabulary
from tenshu.collect.event import FACT_SCHEMA, facts_frame, no_facts


def test_no_facts_have_every_column() -> None:
    assert dict(no_facts().schema) == FACT_SCHEMA


def test_what_a_row_does_not_say_is_null_and_nobody_is_an_empty_list() -> None:
    row = facts_frame([{"event": "tested", "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}]).row(0, named=True)
    assert row["order_no"] is None
    assert row["identifiers"] == []


def test_names_of_facts_are_unique_and_past_tense_words_in_snake_case() -> None:
    names = [value for name, value in vars(vocabulary).items() if name.isupper() and isinstance(value, str)]
    assert len(names) == len(set(names))
    assert all(name.replace("_", "").isalpha() and name.islower() for name in names)


def test_order_lines_are_named_once() -> None:
    assert len(set(vocabulary.ORDER_LINES)) == len(vocabulary.ORDER_LINES) == 4
