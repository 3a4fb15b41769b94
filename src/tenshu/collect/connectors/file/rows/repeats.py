"""Count equal facts of one file: the n-th order line of its like is a line of its own, a person told twice is one.

The keys alone are grouped, by DuckDB, which spills to disk; what comes back are the repeated rows only.
"""

from pathlib import Path

import polars as pl

from tenshu.kit.ids import content_key

_REPEATS = """
    WITH keys AS (SELECT fact_id, place FROM read_parquet($path)),
    told_again AS (SELECT fact_id FROM keys GROUP BY fact_id HAVING count(*) > 1)
    SELECT place, nth FROM (
        SELECT place, row_number() OVER (PARTITION BY fact_id ORDER BY place) AS nth
        FROM keys JOIN told_again USING (fact_id)
    ) WHERE nth > 1 ORDER BY place
"""


def find_repeats(path: Path, *, memory_limit: str = "64MB") -> pl.DataFrame:
    """Return place and nth (2, 3, ...) of each fact whose key another one before it has.

    Args:
        path: Parquet file with fact_id and place (its position in the file).
        memory_limit: what DuckDB may take before it spills beside the file.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(path.parent),
        "threads": 1,
    }
    import duckdb  # noqa: PLC0415 - only who reads a file's rows needs the engine

    with duckdb.connect(config=config) as engine:
        table = engine.execute(_REPEATS, {"path": str(path)}).to_arrow_table()
    return pl.DataFrame(pl.from_arrow(table)).cast({"place": pl.UInt32, "nth": pl.Int64})


def number_lines(facts: pl.DataFrame, repeats: pl.DataFrame) -> pl.DataFrame:
    """Give the n-th fact of its like, from the second on, a key of its own; the first keeps the key of the content."""
    again = facts.select("place", "fact_id").join(repeats, on="place", how="inner", maintain_order="left")
    if again.is_empty():
        return facts
    keys = [content_key(f"{key.hex()}#{nth}") for key, nth in again.select("fact_id", "nth").iter_rows()]
    renamed = again.select("place", pl.Series("new_id", keys, dtype=pl.Binary))
    joined = facts.join(renamed, on="place", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("new_id", "fact_id").alias("fact_id")).drop("new_id")


def drop_repeats(facts: pl.DataFrame, repeats: pl.DataFrame) -> pl.DataFrame:
    """Leave out facts that the file told before."""
    return facts.join(repeats, on="place", how="anti", maintain_order="left")
