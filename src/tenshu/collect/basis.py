"""The ground on which people of a whole file may be written to, stated once by a person, with a reason.

A list that was kept for years mostly says nothing of consent. Under 特定電子メール法 its owner may know a ground for
all of it: consent given elsewhere, business done together (取引関係), cards exchanged (名刺), an address that was
published (公表アドレス). What is stated here concerns only people about whom the file itself says nothing, and it
never stands against a person's own word, older or newer (`privacy.consent`: `"bulk": true` in the proof).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tenshu.collect.event import FACT_SCHEMA, LINE_ONLY
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, ORDER_LINES
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.kit.ids import content_keys
from tenshu.privacy.consent import BASES
from tenshu.store.ledger import INSTANT

_ABOUT_SOMEBODY: Final = (CUSTOMER_DESCRIBED, *ORDER_LINES)


class BasisUnknown(TenshuError):
    """A legal basis was named that the law does not know."""

    template = N_('"{given}" is no legal basis. There are: {known}.')


class BasisWithoutReason(TenshuError):
    """A legal basis was stated without saying what it rests on."""

    template = N_(
        "Say in a few words what this rests on: how and when it came about. Nobody may be written to without."
    )


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """A ground that is stated for many people at once.

    Attributes:
        basis: one of `privacy.consent.BASES`.
        reason: what it rests on, in the words of whoever states it.
        purpose: what for.
        channel: by which way.
        since: the day on which it came about; None = nobody knows.
        by: who states it.
    """

    basis: str
    reason: str
    purpose: str = "marketing"
    channel: str = "email"
    since: date | None = None
    by: str = ""

    def checked(self) -> "Basis":
        """Return it, its reason without blanks around it.

        Raises:
            BasisUnknown: the law knows no such basis.
            BasisWithoutReason: it comes without a reason.
        """
        if self.basis not in BASES:
            raise BasisUnknown(given=self.basis, known=", ".join(BASES))
        if not self.reason.strip():
            raise BasisWithoutReason()
        return msgspec.structs.replace(self, reason=self.reason.strip())


def silent_people(paths: Sequence[Path]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the people about whom none of these files of facts says whether they may be written to.

    Args:
        paths: the staged files of one upload, e.g. of a workbook with customers and purchases.

    Yields:
        The number of the file in which they are met first, with `identifiers`; each person once, some at a time.
    """
    spoken = _keys_of(paths, [CONSENT_RECORDED])["key"].unique()
    told = _keys_of(paths, _ABOUT_SOMEBODY)
    first = pl.col("place").min().over("key") == pl.col("place")
    silent = (
        told.with_columns(is_open=first & ~pl.col("key").is_in(spoken.implode()))
        .group_by("place")
        .agg(pl.col("is_open").all())
        .filter("is_open")["place"]
    )
    begin = 0
    for number, path in enumerate(paths):
        for facts in _chunks(path):
            placed = facts.with_row_index("place", begin)
            begin += facts.height
            found = placed.join(silent.to_frame(), on="place", how="semi", maintain_order="left")
            if found.height:
                yield number, found.select("identifiers")


def grant(facts_path: Path, silent: pl.DataFrame, basis: Basis, *, target: Path, at: datetime, zone: str) -> int:
    """Write the facts and after them the consents of these people; return how many consents.

    Args:
        facts_path: a staged file of facts.
        silent: `identifiers` of people, as `silent_people` yields them.
        basis: what is stated.
        target: where the new file goes.
        at: when it is stated; nobody may be written to on this ground before.
        zone: the shop's.
    """
    stated = basis.checked()
    facts = _consents(silent, stated, at=at, zone=zone)
    with pq.ParquetFile(facts_path) as stored:
        schema = stored.schema_arrow
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for group in range(stored.num_row_groups):
                writer.write_table(stored.read_row_group(group))
            if facts.height:
                writer.write_table(facts.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema))
    return facts.height


def _keys_of(paths: Sequence[Path], events: Sequence[str]) -> pl.DataFrame:
    """Return `place` (of a fact among all) and `key`: hashes of the identifiers that tell whom it is about.

    These are its own, the strongest, and its address: a telephone is often a household's.
    """
    found = [pl.DataFrame(schema={"place": pl.UInt32, "key": pl.UInt64})]
    begin = 0
    for path in paths:
        for facts in _chunks(path):
            about = facts.with_row_index("place", begin).filter(
                pl.col("event").is_in(events), pl.col("identifiers").list.len() > 0
            )
            begin += facts.height
            told = about.select("place", one="identifiers", own=pl.col("identifiers").list.first()).explode("one")
            kept = told.filter((pl.col("one") == pl.col("own")) | (pl.col("one").struct.field("kind") == "email"))
            found.append(kept.select("place", key=pl.col("one").struct.json_encode().hash()))
    return pl.concat(found)


def _consents(silent: pl.DataFrame, basis: Basis, *, at: datetime, zone: str) -> pl.DataFrame:
    since = datetime.combine(basis.since, time.min, ZoneInfo(zone)).astimezone(UTC) if basis.since else at
    proof: dict[str, Any] = {"how": basis.reason, "by": basis.by, "bulk": True, "dated": False}
    proof |= {"on": basis.since.isoformat()} if basis.since else {}
    said = {
        "channel": basis.channel,
        "purpose": basis.purpose,
        "status": "granted",
        "basis": basis.basis,
        "reason": basis.reason,
        "proof": proof,
    }
    # Another reason or another day is another word: stated again, it corrects what was stated before.
    day = (basis.since.isoformat(),) if basis.since else ()
    word = "\x1f".join(("basis", basis.channel, basis.purpose, basis.basis, basis.reason, *day))
    one = pl.format("{}:{}", pl.element().struct.field("kind"), pl.element().struct.field("value"))
    who = silent.select(pl.col("identifiers").list.eval(one).list.join("\x1e"))["identifiers"]
    blank = [pl.lit(None, dtype=FACT_SCHEMA[name]).alias(name) for name in LINE_ONLY]
    return silent.select(
        pl.Series("fact_id", content_keys(f"{word}\x1f{each}" for each in who), dtype=pl.Binary),
        pl.lit(CONSENT_RECORDED).alias("event"),
        pl.lit(min(since, at.astimezone(UTC)), dtype=INSTANT).alias("occurred_at"),
        pl.lit(at.astimezone(UTC), dtype=INSTANT).alias("received_at"),
        pl.lit("file").alias("source"),
        "identifiers",
        pl.lit(msgspec.json.encode(said).decode()).alias("properties"),
        *blank,
    ).select(*FACT_SCHEMA)


def _chunks(path: Path) -> Iterator[pl.DataFrame]:
    with pq.ParquetFile(path) as stored:
        for group in range(stored.num_row_groups):
            table: pa.Table = stored.read_row_group(group, columns=["event", "identifiers"])
            yield pl.DataFrame(pl.from_arrow(table))
