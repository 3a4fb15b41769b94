"""Read what a row says about a name: one column or two, with or without 様, a person or a company (御中)."""

import re
from typing import Final

import polars as pl

from tenshu.collect.connectors.file.rows.reading import Reading, converted
from tenshu.kit.japanese import join_name, name_reading, split_name, split_party

_BETWEEN = "\x1f"


def read_names(reading: Reading) -> list[pl.Series]:
    """Return full_name, last_name, first_name, name_kana and company; null where the row does not say it."""
    told = pl.DataFrame(
        [reading.text(field).alias(field) for field in ("full_name", "last_name", "first_name", "company")]
    )
    told = told.with_columns(_without_reading(told["full_name"]), _without_reading(told["last_name"]))
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


#: 佐藤花子(サトウハナコ)様: how a name is read, behind it in brackets.
_READ_SO: Final = re.compile(r"(.*\S)\s*[(\[]([ぁ-ゖァ-ヺー・\s]{2,})[)\]]\s*((?:様|さま|殿|先生|さん)?)")
_ENGLISH_TITLE: Final = re.compile(r"(?:mr|mrs|ms|miss|mx|dr|prof)\.?\s+(?=\S)", re.IGNORECASE)
_TITLE: Final = re.compile(
    "代表|(?:代表)?取締役(?:社長|会長)?|社長|会長|専務|常務|理事長?|執行役員|(?:副?支)?店長|副?部長|副?課長|係長|主任|所長|工場長|"
    "院長|園長|校長|室長|次長|マネージャー|オーナー|CEO|CTO|COO"
)
#: Parts of a company; 長谷部 and 日下部 are names.
_PART_OF: Final = re.compile(
    "(?:総務|営業|経理|人事|企画|開発|製造|購買|資材|管理|広報|技術|販売|業務|法務|財務|システム|情報|マーケティング|事業|本社|総合|"
    "第?[一二三四五\\d]).*(?:部|課|室|係|局|本部|グループ|チーム)|.+(?:支店|営業所|支社|工場|センター|事業部|事業所)"
)


def _without_reading(names: pl.Series) -> pl.Series:
    """Return the names without how they are read."""
    return converted(names, lambda name: _read_so(name)[0], pl.String()).alias(names.name)


def _read_so(name: str) -> tuple[str, str]:
    """Return a name without its reading in brackets, and the reading."""
    found = _READ_SO.fullmatch(name)
    return (f"{found.group(1)}{found.group(3)}", found.group(2)) if found else (name, "")


def _party(name: str) -> list[str | None]:
    """Return the person and the company that a cell names, without titles and parts of the company.

    >>> _party("㈱天守 総務部 佐藤様"), _party("有限会社ヤマト 代表取締役 大和武"), _party("Mr. John Smith")
    (['佐藤', '㈱天守'], ['大和武', '有限会社ヤマト'], ['John Smith', None])
    """
    words = _ENGLISH_TITLE.sub("", name, count=1).split() if _ENGLISH_TITLE.match(name) else name.split()
    titles = [place for place, word in enumerate(words[:-1]) if place and _TITLE.fullmatch(word)]
    if titles:
        company = split_party(" ".join(words[: titles[0]]))[1]
        if company:
            return [split_party(" ".join(words[titles[-1] + 1 :]))[0], company]
    person, company = split_party(" ".join(words))
    if person and company:
        named = [word for word in person.split() if not _PART_OF.fullmatch(word)]
        person = " ".join(named) or None
    return [person, company]


def _joined(last: pl.Series, first: pl.Series) -> pl.Series:
    """Return last and first name in the order of their script."""
    pairs = last.fill_null("") + _BETWEEN + first.fill_null("")
    return converted(pairs, lambda pair: join_name(*(part or None for part in pair.split(_BETWEEN))), pl.String())


def _kana(reading: Reading) -> pl.Series:
    two = (reading.text("last_kana").fill_null("") + " " + reading.text("first_kana").fill_null("")).str.strip_chars()
    beside = converted(reading.text("full_name"), lambda name: _read_so(name)[1] or None, pl.String())
    told = pl.select(pl.coalesce(reading.text("name_kana"), pl.when(two != "").then(two), beside)).to_series()
    return converted(told, lambda told: name_reading(told) or None, pl.String())
