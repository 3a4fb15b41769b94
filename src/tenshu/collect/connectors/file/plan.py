"""How one table is going to be read: its kind, which columns mean what, and what the shop's values mean.

A plan comes from a guess, or from a mapping file such as
`{"kind": "purchases", "columns": {"order_no": "伝票番号", "address": ["住所1", "住所2"], "email": "#5"}}`.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from tenshu.collect.connectors.file.errors import BadMapping, NotRecognised
from tenshu.collect.connectors.file.fields import FIELDS, KINDS, field_named
from tenshu.collect.connectors.file.guess import SURE_ENOUGH, Found, Guess, guess, missing_fields
from tenshu.collect.connectors.file.table import Table
from tenshu.kit.dates import ORDERS, DateOrder, date_orders
from tenshu.kit.i18n import _

#: The day without its time: the time would only make more different texts of it.
_FIRST_WORD: Final = r"^\s*(\S+)"


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the owner of a file says about it; whatever is left out is guessed.

    Attributes:
        kind: customers or purchases.
        columns: field -> header, or #number of the column counted from 1, or several of them.
        sheet: the only sheet to read.
        date_order: ymd, mdy or dmy where the text alone does not say it.
        only: whether columns that are not named are left alone instead of guessed.
    """

    kind: str | None = None
    columns: dict[str, str | list[str]] = {}
    sheet: str | None = None
    date_order: DateOrder | None = None
    only: bool = False


class Plan(msgspec.Struct, frozen=True):
    """One table's reading.

    Attributes:
        kind: customers or purchases.
        columns: field -> columns counted from 0.
        names: the header.
        confidence: how sure the guess is, field by field and as a whole under `""`.
        date_order: how day, month and year follow each other.
    """

    kind: str
    columns: dict[str, list[int]]
    names: list[str]
    confidence: dict[str, float]
    date_order: DateOrder

    def headers(self) -> dict[str, list[str]]:
        """Return the header of each field."""
        return {field: [self.names[number] for number in numbers] for field, numbers in self.columns.items()}


class ShopTerms(msgspec.Struct, frozen=True):
    """What the values mean in this shop: its zone, its currency, and when the file came."""

    zone: str
    currency: str
    received_at: datetime

    @property
    def zone_info(self) -> ZoneInfo:
        """Return the shop's time zone."""
        return ZoneInfo(self.zone)


def plan_table(table: Table, mapping: Mapping, *, name: str, currency: str) -> Plan:
    """Return how to read the table.

    Raises:
        BadMapping: the mapping names a kind, a field or a column that is not there.
        NotRecognised: what the kind needs was neither named nor found.
    """
    guessed = guess_table(table, mapping, name=name)
    if guessed.missing or guessed.confidence < SURE_ENOUGH:
        raise NotRecognised(name=name, missing=", ".join(guessed.missing) or "?", columns=", ".join(table.header.names))
    columns = {field: found.columns for field, found in guessed.fields.items()}
    confidence = {field: found.confidence for field, found in guessed.fields.items()} | {"": guessed.confidence}
    order = mapping.date_order or find_date_order(table, guessed, currency)
    return Plan(guessed.kind, columns, table.header.names, confidence, order)


def guess_table(table: Table, mapping: Mapping, *, name: str) -> Guess:
    """Return the guess for the table with what the mapping says put over it."""
    if mapping.kind is not None and mapping.kind not in KINDS:
        raise BadMapping(name=name, given=f"kind {mapping.kind}", allowed=", ".join(KINDS))
    sample = table.sample()
    guessed = guess(table.header.names, sample or [[] for _name in table.header.names], mapping.kind)
    if not mapping.columns:
        return guessed
    named = {
        field: Found(_columns(headers, table.header.names, name), 1.0) for field, headers in mapping.columns.items()
    }
    for field in named:
        if field_named(guessed.kind, field) is None:
            allowed = ", ".join(each.name for each in FIELDS[guessed.kind])
            raise BadMapping(name=name, given=f"field {field}", allowed=allowed)
    taken = {column for found in named.values() for column in found.columns}
    kept = (
        {}
        if mapping.only
        else {
            field: found
            for field, found in guessed.fields.items()
            if field not in named and not taken & set(found.columns)
        }
    )
    fields = kept | named
    missing = missing_fields(guessed.kind, fields)
    return Guess(guessed.kind, fields, missing, 0.0 if missing else max(guessed.confidence, SURE_ENOUGH))


def _columns(headers: str | list[str], names: Sequence[str], name: str) -> list[int]:
    return [_column(header, names, name) for header in ([headers] if isinstance(headers, str) else headers)]


def _column(header: str, names: Sequence[str], name: str) -> int:
    if header in names:
        return names.index(header)
    number = header.removeprefix("#")
    if header.startswith("#") and number.isascii() and number.isdigit() and 1 <= int(number) <= len(names):
        return int(number) - 1
    raise BadMapping(name=name, given=_("column {header}", header=header), allowed=", ".join(names))


def find_date_order(table: Table, guessed: Guess, currency: str) -> DateOrder:
    """Return the order of day, month and year that reads most of all the table's dates.

    The whole table is asked: its first thousand rows may all be of one early week. Where every order reads the same,
    the shop's currency decides between 1/2 as it is written in the United States and elsewhere.
    """
    counts = dict.fromkeys(ORDERS, 0)
    for field, found in guessed.fields.items():
        described = field_named(guessed.kind, field)
        if described is None or described.holds != "date":
            continue
        texts = (
            pl.scan_parquet(table.path)
            .select(pl.col(f"c{found.columns[0]}").str.extract(_FIRST_WORD).unique())
            .collect(engine="streaming")
        )
        for order, count in date_orders(texts.to_series().drop_nulls().head(20_000).to_list()).items():
            counts[order] += count
    preferred: DateOrder = "mdy" if currency.upper() == "USD" else "dmy"
    if counts[preferred] > counts["ymd"] or counts["mdy"] != counts["dmy"]:
        return max(("ymd", preferred, *ORDERS), key=lambda order: counts[order])
    return "ymd"


def read_mapping(path: Path) -> Mapping:
    """Return the mapping that a JSON file holds.

    Raises:
        BadMapping: the file holds something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Mapping)
    except (OSError, msgspec.DecodeError) as error:
        allowed = '{"kind": "purchases", "columns": {"order_no": "伝票番号"}}'
        raise BadMapping(name=path.name, given=str(error), allowed=allowed) from error
