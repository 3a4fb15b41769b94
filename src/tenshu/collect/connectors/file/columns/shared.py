"""Tell where one number, address or telephone stands beside different names: a household, or no number of people.

Whoever shares what people are known by counts as one person; a person should hear of it before it happens.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.note import Note, note

#: What people are known by, the strongest first: only that counts which a table has.
_KNOWN_BY: Final = ("customer_no", "member_no", "email", "phone")
#: What tells nothing about who somebody is.
_ASIDE: Final = r"[\s\x{3000}()（）]|様$|さま$|殿$|御中$"
_NAMED: Final = 2


def shared_notes(table: Table, columns: Mapping[str, Sequence[int]]) -> list[Note]:
    """Return what is to be said of people who share what they are known by."""
    field = next((each for each in _KNOWN_BY if each in columns), None)
    names = [number for each in ("full_name", "last_name", "first_name") for number in columns.get(each, ())]
    if field is None or not names:
        return []
    key = pl.col(f"c{columns[field][0]}").str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    name = pl.concat_str(pl.col(f"c{number}").str.normalize("NFKC") for number in names).str.replace_all(_ASIDE, "")
    found = (
        pl.scan_parquet(table.path)
        .filter(table.is_row())
        .select(key.alias("key"), name.alias("name"))
        .filter((pl.col("key") != "") & (pl.col("name") != ""))
        .group_by("key")
        .agg(pl.col("name").unique().sort().head(_NAMED), pl.col("name").n_unique().alias("names"))
        .filter(pl.col("names") > 1)
        .collect(engine="streaming")
        .sort("key")
    )
    if found.is_empty():
        return []
    example = f"{found['key'][0]} ({', '.join(found['name'][0].to_list())})"
    return [note("shared", fields=field, count=f"{found.height:,}", example=example)]
