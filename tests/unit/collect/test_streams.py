"""Many requests are read as one frame, whoever wrote them, and give what each alone would give."""

import io
from datetime import UTC, datetime

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tenshu.collect.event import FACT_SCHEMA, facts_frame, no_facts
from tenshu.collect.streams import MOST_TIMES, WORTH_PACKING, from_streams, to_stream
from tenshu.kit.ids import fact_id

AT = datetime(2026, 1, 1, tzinfo=UTC)
#: The bytes that end a stream, as they may also lie among the rows.
ENDING = b"\xff\xff\xff\xff\x00\x00\x00\x00"

FACT = st.fixed_dictionaries(
    {
        "fact_id": st.binary(min_size=16, max_size=16) | st.just(ENDING * 2),
        "event": st.text(max_size=20),
        "occurred_at": st.just(AT),
        "received_at": st.just(AT),
        "source": st.just("web"),
        "identifiers": st.lists(st.fixed_dictionaries({"kind": st.text(max_size=5), "value": st.text()}), max_size=2),
        "properties": st.none() | st.text(max_size=60),
        "amount": st.none() | st.integers(-(2**62), 2**62),
    }
)


def plain_stream(facts: pl.DataFrame) -> bytes:
    """Return the facts as an older version wrote them."""
    packed = io.BytesIO()
    facts.write_ipc_stream(packed)
    return packed.getvalue()


def oldest_stream(facts: pl.DataFrame) -> bytes:
    """Return the facts as a writer does that knows texts of another layout: its first message differs."""
    packed = io.BytesIO()
    facts.write_ipc_stream(packed, compat_level=pl.CompatLevel.oldest())
    return packed.getvalue()


WRITERS = (to_stream, plain_stream, oldest_stream)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(FACT, max_size=4), st.sampled_from(WRITERS), st.sampled_from([1, 9, WORTH_PACKING])),
        max_size=6,
    )
)
def test_streams_together_are_the_facts_of_each_in_order(
    requests: list[tuple[list[dict[str, object]], object, int]],
) -> None:
    frames = [pl.concat([facts_frame(rows)] * times) for rows, _writer, times in requests]
    streams = [writer(frame) for frame, (_rows, writer, _times) in zip(frames, requests, strict=True)]  # type: ignore[operator]
    found = from_streams(streams)
    assert_frame_equal(found, pl.concat([no_facts(), *frames]))
    assert found.schema == FACT_SCHEMA
    assert found.n_chunks() == 1


def test_nothing_waits_and_nothing_is_read() -> None:
    assert_frame_equal(from_streams([]), no_facts())


def test_every_stream_ends_with_the_mark_that_is_taken_off() -> None:
    for writer in WRITERS:  # few facts are not packed
        assert writer(no_facts()).endswith(ENDING)
        assert writer(facts_frame([{"fact_id": ENDING * 2}])).endswith(ENDING)


def rows(count: int, *, text: int) -> pl.DataFrame:
    """Return so many facts, each with a text of its own and so many letters that all have."""
    some: list[dict[str, object]] = [
        {"fact_id": fact_id("packed", n), "event": "viewed", "properties": fact_id("text", n).hex() + "a" * text}
        for n in range(count)
    ]
    return facts_frame(some)


def test_many_rows_are_packed_and_few_are_not() -> None:
    few, many = (rows(count, text=100) for count in (WORTH_PACKING - 1, WORTH_PACKING * 5))
    assert to_stream(few) == plain_stream(few)
    assert len(to_stream(many)) < len(plain_stream(many)) / 2


def test_nothing_unfolds_to_much_more_than_lies_there() -> None:
    for text in (0, 100, 1_000, 10_000):
        facts = rows(WORTH_PACKING, text=text)
        assert len(plain_stream(facts)) < len(to_stream(facts)) * MOST_TIMES
    assert to_stream(facts) == plain_stream(facts)
