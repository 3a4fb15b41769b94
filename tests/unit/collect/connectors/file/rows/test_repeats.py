"""Equal facts of a file are counted, however far apart they stand."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file.rows.repeats import drop_repeats, find_repeats, number_lines
from tenshu.kit.ids import content_key


def frame(keys: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"place": range(len(keys)), "fact_id": [content_key(key) for key in keys], "name": list(keys)},
        schema={"place": pl.UInt32, "fact_id": pl.Binary, "name": pl.String},
    )


def repeats_of(folder: Path, keys: str) -> pl.DataFrame:
    path = folder / "keys.parquet"
    frame(keys).write_parquet(path)
    return find_repeats(path)


def test_second_and_third_of_their_like_are_found(tmp_path: Path) -> None:
    assert repeats_of(tmp_path, "abacaad").rows() == [(2, 2), (4, 3), (5, 4)]


def test_facts_that_are_all_different_do_not_repeat(tmp_path: Path) -> None:
    assert repeats_of(tmp_path, "abcd").is_empty()
    assert repeats_of(tmp_path, "").is_empty()


def test_first_of_its_like_keeps_its_key(tmp_path: Path) -> None:
    numbered = number_lines(frame("aba"), repeats_of(tmp_path, "aba"))
    assert numbered["fact_id"][0] == content_key("a")
    assert numbered["fact_id"][1] == content_key("b")
    assert numbered["fact_id"][2] not in {content_key("a"), content_key("b")}


def test_numbering_keeps_the_order_and_the_other_columns(tmp_path: Path) -> None:
    numbered = number_lines(frame("abab"), repeats_of(tmp_path, "abab"))
    assert numbered["name"].to_list() == list("abab")
    assert numbered.columns == ["place", "fact_id", "name"]


def test_people_are_told_once(tmp_path: Path) -> None:
    assert drop_repeats(frame("abab"), repeats_of(tmp_path, "abab"))["name"].to_list() == ["a", "b"]


def test_little_memory_gives_the_same_answer(tmp_path: Path) -> None:
    path = tmp_path / "keys.parquet"
    keys = [content_key(str(number % 20_000)) for number in range(60_000)]
    pl.DataFrame({"place": pl.Series(range(60_000), dtype=pl.UInt32), "fact_id": keys}).write_parquet(path)
    small = find_repeats(path, memory_limit="32MB")
    assert small.equals(find_repeats(path, memory_limit="512MB"))
    assert small["nth"].value_counts().sort("nth").rows() == [(2, 20_000), (3, 20_000)]


@settings(max_examples=30, deadline=None)
@given(st.text("abcd", max_size=30))
def test_after_numbering_no_two_keys_are_equal(tmp_path_factory: pytest.TempPathFactory, keys: str) -> None:
    repeats = repeats_of(tmp_path_factory.mktemp("keys"), keys)
    numbered = number_lines(frame(keys), repeats)
    assert numbered["fact_id"].n_unique() == len(keys)
    assert repeats.height == sum(count - 1 for count in Counter(keys).values())


@settings(max_examples=30, deadline=None)
@given(st.text("abc", max_size=20))
def test_keys_do_not_depend_on_the_order_of_the_lines(tmp_path_factory: pytest.TempPathFactory, keys: str) -> None:
    shuffled = "".join(sorted(keys))
    folder = tmp_path_factory.mktemp("keys")
    one = set(number_lines(frame(keys), repeats_of(folder, keys))["fact_id"])
    other = set(number_lines(frame(shuffled), repeats_of(folder, shuffled))["fact_id"])
    assert one == other
