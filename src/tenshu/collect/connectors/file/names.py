"""Read what a row says about a name: one column or two, with or without 様, a person or a company (御中)."""

import polars as pl

from tenshu.collect.connectors.file.reading import Reading, converted
from tenshu.kit.japanese import join_name, name_reading, split_name, split_party

_BETWEEN = "\x1f"


def read_names(reading: Reading) -> list[pl.Series]:
    """Return full_name, last_name, first_name, name_kana and company; null where the row does not say it."""
    told = pl.DataFrame(
        [reading.text(field).alias(field) for field in ("full_name", "last_name", "first_name", "company")]
    )
    first = converted(told["first_name"], lambda name: split_party(name)[0], pl.String()).alias("first_name")
    # A company has no first name: it stands in the column of last names, alone.
    is_alone = pl.col("full_name").is_null() & pl.col("first_name").is_null()
    names = told.with_columns(first).with_columns(
        pl.coalesce("full_name", pl.when(is_alone).then("last_name")).alias("one")
    )
    parties = converted(names["one"], _party, pl.List(pl.String))
    person, company = (parties.list.get(part, null_on_oob=True) for part in (0, 1))
    split = converted(person, lambda name: list(split_name(name)), pl.List(pl.String))
    parts = names.with_columns(person.alias("person"), company.alias("found"), split.alias("split")).select(
        pl.when(pl.col("full_name").is_not_null()).then("person").alias("full_name"),
        pl.coalesce(
            pl.when(is_alone).then("person").otherwise("last_name"), pl.col("split").list.get(0, null_on_oob=True)
        ).alias("last_name"),
        pl.coalesce("first_name", pl.col("split").list.get(1, null_on_oob=True)).alias("first_name"),
        pl.coalesce("company", "found").alias("company"),
    )
    joined = _joined(parts["last_name"], parts["first_name"]).alias("joined")
    named = parts.with_columns(joined).select(pl.coalesce("full_name", "joined").alias("full_name"))["full_name"]
    return [named, parts["last_name"], parts["first_name"], _kana(reading).alias("name_kana"), parts["company"]]


def _party(name: str) -> list[str | None]:
    return list(split_party(name))


def _joined(last: pl.Series, first: pl.Series) -> pl.Series:
    """Return last and first name in the order of their script."""
    pairs = last.fill_null("") + _BETWEEN + first.fill_null("")
    return converted(pairs, lambda pair: join_name(*(part or None for part in pair.split(_BETWEEN))), pl.String())


def _kana(reading: Reading) -> pl.Series:
    two = (reading.text("last_kana").fill_null("") + " " + reading.text("first_kana").fill_null("")).str.strip_chars()
    return converted(reading.text("name_kana").fill_null(two), lambda told: name_reading(told) or None, pl.String())
