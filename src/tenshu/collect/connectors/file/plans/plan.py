"""How one table is going to be read: its kind, which columns mean what, and what the shop's values mean.

A plan comes from a guess, or from a mapping file such as
`{"kind": "purchases", "columns": {"order_no": "伝票番号", "address": ["住所1", "住所2"], "email": "#5"}}`.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.connectors.file.columns.fields import CUSTOMERS, FIELDS, KINDS, field_named
from tenshu.collect.connectors.file.columns.guess import SURE_ENOUGH, Found, Guess, guess, missing_fields
from tenshu.collect.connectors.file.columns.titles import TITLES
from tenshu.collect.connectors.file.errors import BadMapping, NotRecognised
from tenshu.collect.connectors.file.layout.filled import Fills
from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.note import Note, note
from tenshu.collect.connectors.file.plans.assume import Assumed, assume
from tenshu.collect.connectors.file.plans.tax import Tax
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.kit.dates import ORDERS, DateOrder, date_orders
from tenshu.kit.i18n import N_, _

#: The day without its time: the time would only make more different texts of it.
_FIRST_WORD: Final = r"^\s*(\S+)"
#: A field whose name starts so keeps a column of the owner's own as a trait under the rest of the name.
EXTRA: Final = "extra:"
#: So many columns of the owner's own are kept.
MOST_EXTRAS: Final = 50
#: Names that mean something already; what conditions and templates can use as a name.
RESERVED: Final = frozenset({each.name for each in FIELDS[CUSTOMERS]} | {"email_form"})
_ORDERS_SAID: Final = {"ymd": N_("year/month/day"), "mdy": N_("month/day/year"), "dmy": N_("day/month/year")}
_TRAIT: Final = re.compile(r"\w{1,64}")


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the owner of a file says about it; whatever is left out is guessed.

    Attributes:
        kind: customers or purchases.
        columns: field -> header, or #number of the column counted from 1, or several of them.
        sheet: the only sheet to read.
        date_order: ymd, mdy or dmy where the text alone does not say it.
        only: whether columns that are not named are left alone instead of guessed.
        options: what the file does not say itself (see `choice.OPTIONS`).
    """

    kind: str | None = None
    columns: dict[str, str | list[str]] = {}
    sheet: str | None = None
    date_order: DateOrder | None = None
    only: bool = False
    options: dict[str, str] = {}


class Plan(msgspec.Struct, frozen=True):
    """One table's reading.

    Attributes:
        kind: customers or purchases.
        columns: field -> columns counted from 0.
        names: the header.
        confidence: how sure the guess is, field by field and as a whole under `""`.
        date_order: how day, month and year follow each other.
        extras: trait -> columns that the owner keeps under a name of their own.
        assumed: what was taken for granted.
    """

    kind: str
    columns: dict[str, list[int]]
    names: list[str]
    confidence: dict[str, float]
    date_order: DateOrder
    extras: dict[str, list[int]] = {}
    assumed: Assumed = Assumed({}, Fills(), {}, Tax())

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return what was taken for granted, as sentences."""
        return self.assumed.notes

    def headers(self) -> dict[str, list[str]]:
        """Return the header of each field."""
        kept = {f"{EXTRA}{trait}": numbers for trait, numbers in self.extras.items()}
        return {field: [self.names[number] for number in numbers] for field, numbers in (self.columns | kept).items()}


def plan_table(table: Table, mapping: Mapping, *, name: str, terms: ShopTerms, found: Guess | None = None) -> Plan:
    """Return how to read the table.

    Args:
        table: the table.
        mapping: what is known about it.
        name: what the file is called.
        terms: what values mean in the shop.
        found: what `guess_table` has said of it already.

    Raises:
        BadMapping: the mapping names a kind, a field or a column that is not there.
        NotRecognised: what the kind needs was neither named nor found.
    """
    guessed = found or guess_table(table, mapping, name=name)
    if guessed.missing or guessed.confidence < SURE_ENOUGH:
        raise NotRecognised(name=name, missing=_said(guessed.missing), columns=", ".join(table.header.names))
    extras = {field.removeprefix(EXTRA): found.columns for field, found in guessed.fields.items() if _is_extra(field)}
    columns = {field: found.columns for field, found in guessed.fields.items() if not _is_extra(field)}
    confidence = {field: found.confidence for field, found in guessed.fields.items()} | {"": guessed.confidence}
    order, is_open = (
        (mapping.date_order, False) if mapping.date_order else find_date_order(table, guessed, terms.currency)
    )
    own = {number for numbers in extras.values() for number in numbers}
    assumed = assume(table, guessed.kind, columns, name=name, terms=terms, options=mapping.options, kept_own=own)
    if is_open:
        assumed = msgspec.structs.replace(
            assumed, notes=(*assumed.notes, note("date_order", order=_ORDERS_SAID[order]))
        )
    return Plan(guessed.kind, assumed.columns, table.header.names, confidence, order, extras, assumed)


def _said(missing: Sequence[str]) -> str:
    """Return what is missing by the titles of its fields."""
    titles = [" / ".join(_(TITLES.get(name, name)) for name in names.split("|")) for names in missing]
    return ", ".join(titles) or "?"


def _is_extra(field: str) -> bool:
    return field.startswith(EXTRA)


def guess_table(table: Table, mapping: Mapping, *, name: str) -> Guess:
    """Return the guess for the table with what the mapping says put over it."""
    if mapping.kind is not None and mapping.kind not in KINDS:
        raise BadMapping(name=name, given=f"kind {mapping.kind}", allowed=", ".join(KINDS))
    sample = table.sample()
    guessed = guess(
        table.header.names, sample or [[] for _name in table.header.names], mapping.kind, lower=table.header.lower
    )
    if not mapping.columns:
        return guessed
    named = {
        field: Found(_columns(headers, table.header.names, name), 1.0) for field, headers in mapping.columns.items()
    }
    for field in named:
        if field_named(guessed.kind, field) is None and not _may_be_kept(guessed.kind, field):
            allowed = ", ".join(each.name for each in FIELDS[guessed.kind])
            raise BadMapping(name=name, given=f"field {field}", allowed=allowed)
    if sum(map(_is_extra, named)) > MOST_EXTRAS:
        raise BadMapping(name=name, given=_("more columns of your own"), allowed=str(MOST_EXTRAS))
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


def _may_be_kept(kind: str, field: str) -> bool:
    """Say whether the field keeps a column of customers under a name that is nobody else's."""
    trait = field.removeprefix(EXTRA)
    own = trait not in RESERVED and _TRAIT.fullmatch(trait) is not None
    return kind == CUSTOMERS and _is_extra(field) and own


def _columns(headers: str | list[str], names: Sequence[str], name: str) -> list[int]:
    return [_column(header, names, name) for header in ([headers] if isinstance(headers, str) else headers)]


def _column(header: str, names: Sequence[str], name: str) -> int:
    if header in names:
        return names.index(header)
    number = header.removeprefix("#")
    if header.startswith("#") and number.isascii() and number.isdigit() and 1 <= int(number) <= len(names):
        return int(number) - 1
    raise BadMapping(name=name, given=_("column {header}", header=header), allowed=", ".join(names))


def find_date_order(table: Table, guessed: Guess, currency: str) -> tuple[DateOrder, bool]:
    """Return the order of day, month and year that reads most of the table's dates, and whether another reads as many.

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
        best: DateOrder = max(("ymd", preferred, *ORDERS), key=lambda order: counts[order])
        return best, best != "ymd" and counts["mdy"] == counts["dmy"]
    return "ymd", False


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
