"""Rows of purchases become facts: one order line each.

What a line is follows from its numbers: bought, sent back, given away, or a correction of the books. Its amount is
quantity x raw unit price, rounded half up to whole minor units, away from zero, line by line.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Final

import polars as pl

from tenshu.collect.connectors.file.plans.assume import Assumed
from tenshu.collect.connectors.file.plans.plan import Plan
from tenshu.collect.connectors.file.plans.tax import Tax, factors
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.rows.goods import is_correction, is_goods
from tenshu.collect.connectors.file.rows.meaning import asks_for_cancelled, is_cancelled
from tenshu.collect.connectors.file.rows.people import CODE, SOURCE, identifiers
from tenshu.collect.connectors.file.rows.reading import Reading, converted
from tenshu.collect.reject import Reason
from tenshu.collect.vocabulary import ORDER_ADJUSTED, PRODUCT_GIVEN, PRODUCT_PURCHASED, PRODUCT_RETURNED
from tenshu.kit.dates import parse_instant
from tenshu.kit.ids import content_keys
from tenshu.kit.japanese import parse_decimal
from tenshu.kit.money import minor_digits
from tenshu.store.ledger import INSTANT

#: Fields whose cells are not blanked when they hold a word such as 不明: what is needed must be right.
AS_WRITTEN: Final = ("ordered_at", "quantity", "unit_price", "amount", "status")
#: Fields that name things: なし are pears, 無 may be anything.
NAMED: Final = ("product_id", "description")
#: The product of an order that is told as a total, without its lines.
ORDER_TOTAL: Final = "order-total"

_CLOCK: Final = r"\d\s*[:時]\s*\d|[T ]\d{1,2}:\d"
_PRICE_PLACES: Final = 6
_QUANTITY_PLACES: Final = 3
_LARGEST: Final = Decimal(10) ** 11
#: No shop that keeps files has sold anything before: such a day is a slip of the pen or a program's word for none.
_FIRST_YEAR: Final = 1900
#: 1,650円(税込): what a price says of tax beside the number goes for its whole column (see `tax`).
_TAX_WORD: Final = re.compile(r"[(\[]?(?:税込み?|税抜き?|税別|内税|外税)[)\]]?")
_PRICE: Final = pl.Decimal(18, 4)
_QUANTITY: Final = pl.Decimal(18, 3)


def read_lines(chunk: pl.DataFrame, plan: Plan, terms: ShopTerms) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (order lines as facts, refused cells) of some rows.

    The facts have FACT_SCHEMA's columns and `row`; `fact_id` is the key of the content alone, equal for lines that
    are equal, until `repeats` counts them.
    """
    reading = Reading(chunk, plan.columns, plan.names, as_written=AS_WRITTEN, named=NAMED, kept=("description",))
    lines = _lines(reading, plan, terms).with_columns(_cancelled(chunk, plan).alias("is_cancelled"))
    accepted = reading.accepted()
    facts = _facts(lines.filter(accepted), terms)
    return facts, reading.rejects()


def _lines(reading: Reading, plan: Plan, terms: ShopTerms) -> pl.DataFrame:
    for field in ("order_no", "product_id", "ordered_at", "quantity", "unit_price"):
        if reading.has(field):
            reading.need(field)
    frame = pl.DataFrame(
        {
            "row": reading.rows,
            "occurred_at": _instants(reading, plan, terms),
            "order_no": _codes(reading, "order_no"),
            "product_id": _codes(reading, "product_id"),
            "description": reading.text("description"),
        }
    )
    frame = frame.with_columns(*identifiers(reading).select("who", "identifiers"), *_numbers(reading, plan))
    digits = minor_digits(terms.currency)
    priced = frame.with_columns(_amounts(frame, reading, digits, plan.assumed))
    return _without_gaps(
        _with_discounts(priced, reading, digits, plan.assumed) if reading.has("unit_price") else priced
    )


def _instants(reading: Reading, plan: Plan, terms: ShopTerms) -> pl.Series:
    zone, order = terms.zone_info, plan.date_order
    if reading.has("ordered_time"):
        clock = reading.text("ordered_time").fill_null("")
        day = reading.text("ordered_at")
        # 注文日時 beside 注文時間 tells the time already.
        clock = pl.select(pl.when(day.str.contains(_CLOCK)).then(pl.lit("")).otherwise(clock)).to_series()
        joined = (day + " " + clock).str.strip_chars()
        instants = converted(joined, lambda text: parse_instant(text, zone, order), INSTANT)
        reading.refuse("ordered_at", joined.is_not_null() & instants.is_null(), Reason.BAD_DATE)
    else:
        instants = reading.read("ordered_at", lambda text: parse_instant(text, zone, order), INSTANT, Reason.BAD_DATE)
    first = datetime(_FIRST_YEAR, 1, 1, tzinfo=zone).astimezone(UTC)
    reading.refuse("ordered_at", instants < first, Reason.BAD_DATE)
    reading.refuse(
        "ordered_at",
        instants > pl.Series([terms.received_at], dtype=INSTANT).dt.offset_by("1d").item(),
        Reason.FUTURE_DATE,
    )
    return instants


def _cancelled(chunk: pl.DataFrame, plan: Plan) -> pl.Series:
    """Return true for the rows of which any column of states says that they were cancelled or sent back."""
    asked = [(number, asks_for_cancelled(plan.names[number])) for number in plan.columns.get("status", [])]
    said = pl.Series("is_cancelled", [False], dtype=pl.Boolean).new_from_index(0, chunk.height)
    for number, asks in asked:
        # A bare 1 or ○ says it where the column asks for it; a state alone in its table is taken for that, too.
        reads = partial(is_cancelled, is_asked=asks, may_be_bare=asks or len(asked) == 1)
        said |= converted(chunk[f"c{number}"], reads, pl.Boolean()).fill_null(value=False)
    order = plan.columns.get("order_no")
    if not order or not said.any():
        return said
    # Where the state stands on an order's first line only, it goes for those below that have none.
    silent = pl.all_horizontal(pl.col(f"c{number}").str.strip_chars() == "" for number, _asks in asked)
    whole = pl.col("said").any().over(f"c{order[0]}") & (pl.col(f"c{order[0]}") != "")
    return chunk.with_columns(said.alias("said")).select((pl.col("said") | (silent & whole)).alias("is_cancelled"))[
        :, 0
    ]


def _codes(reading: Reading, field: str) -> pl.Series:
    return reading.text(field).str.replace(CODE, "$1")


def _with_discounts(frame: pl.DataFrame, reading: Reading, digits: int, assumed: Assumed) -> pl.DataFrame:
    """Return the lines with the amounts that are less than quantity times unit price, where these are their own."""
    if not assumed.amount_counts or assumed.tax.way == "added":
        return frame
    unit = assumed.units.get("amount", 1)
    told = converted(reading.text("amount"), lambda text: _scaled(text, _PRICE_PLACES, unit), pl.Int64())
    parts = with_factor(told, reading, assumed.tax).cast(pl.Int128)
    amount = _rounded(parts, digits, _PRICE_PLACES).cast(pl.Int64).alias("told")
    is_less = (pl.col("told").abs() < pl.col("amount").abs()) & (pl.col("told").sign() * pl.col("amount").sign() >= 0)
    kept = pl.when(is_less.fill_null(value=False)).then("told").otherwise("amount")
    return frame.with_columns(amount).with_columns(kept.alias("amount")).drop("told")


def _numbers(reading: Reading, plan: Plan) -> list[pl.Series]:
    """Return quantity and unit price as stored, and as whole numbers of small parts to calculate with."""
    numbers = []
    for field, places, stored in (("quantity", _QUANTITY_PLACES, _QUANTITY), ("unit_price", _PRICE_PLACES, _PRICE)):
        unit = plan.assumed.units.get(field, 1)
        exact = reading.read(field, partial(_scaled, places=places, unit=unit), pl.Int64(), Reason.BAD_NUMBER)
        in_range = converted(reading.text(field), partial(_stored, places=stored.scale, unit=unit), stored)
        numbers += [exact.alias(f"{field}_parts"), in_range.alias(field)]
    return numbers


def _in_range(text: str, unit: int) -> Decimal | None:
    number = parse_decimal(_TAX_WORD.sub("", text))
    return number * unit if number is not None and abs(number * unit) < _LARGEST else None


def _stored(text: str, places: int, unit: int = 1) -> Decimal | None:
    """Return the number with just so many places, for that is how its column keeps it."""
    number = _in_range(text, unit)
    return None if number is None else number.quantize(Decimal(1).scaleb(-places))


def _scaled(text: str, places: int, unit: int = 1) -> int | None:
    """Return the number as a whole number of small parts; None as well when it is so small that no part is left."""
    number = _in_range(text, unit)
    parts = round(number.scaleb(places)) if number is not None else 0
    return parts if number is not None and bool(parts) == bool(number) else None


def _amounts(frame: pl.DataFrame, reading: Reading, digits: int, assumed: Assumed) -> list[pl.Series]:
    """Return the amount in minor units, what is missing for it from quantity and unit price, and the price in parts."""
    tax, unit = assumed.tax, assumed.units.get("amount", 1)
    counts = frame["quantity_parts"].fill_null(10**_QUANTITY_PLACES)
    if reading.has("unit_price"):
        parts = with_factor(frame["unit_price_parts"], reading, tax)
        product = with_added(counts.cast(pl.Int128) * parts.cast(pl.Int128), reading, tax, _QUANTITY_PLACES)
        amount = _rounded(product, digits, _QUANTITY_PLACES + _PRICE_PLACES).cast(pl.Int64, strict=False)
        reading.refuse("unit_price", product.is_not_null() & amount.is_null(), Reason.BAD_NUMBER)
        if tax.way == "as_written":
            return [amount.alias("amount"), frame["unit_price"]]
        if tax.way == "added":
            parts = pl.select(pl.when(counts != 0).then(product // counts.cast(pl.Int128)).otherwise(parts)).to_series()
        price = (parts.cast(pl.Float64) / 10**_PRICE_PLACES).fill_null(0.0).cast(_PRICE)
        return [amount.alias("amount"), price.alias("unit_price"), parts.cast(pl.Int64).alias("unit_price_parts")]
    reading.need("amount")
    parts = reading.read("amount", partial(_scaled, places=_PRICE_PLACES, unit=unit), pl.Int64(), Reason.BAD_NUMBER)
    parts = with_added(with_factor(parts, reading, tax).cast(pl.Int128), reading, tax, 0)
    amount = _rounded(parts, digits, _PRICE_PLACES).cast(pl.Int64)
    each = parts.cast(pl.Float64) / 10**_PRICE_PLACES / (counts / 10**_QUANTITY_PLACES)
    price = each.replace([float("inf"), float("-inf"), float("nan")], None).fill_null(0.0).cast(_PRICE)
    return [amount.alias("amount"), price.alias("unit_price")]


def with_factor(parts: pl.Series, reading: Reading, tax: Tax) -> pl.Series:
    """Return prices with the tax that a rate adds to them, rounded half up away from zero."""
    if tax.way not in {"rate", "by_row"}:
        return parts
    table = pl.DataFrame({"parts": parts, "factor": factors(reading.text("tax_rate"), tax)})
    size = (pl.col("parts").abs() * pl.col("factor") + 50) // 100
    return table.select((pl.col("parts").sign() * size).alias(parts.name))[parts.name]


def with_added(parts: pl.Series, reading: Reading, tax: Tax, places: int) -> pl.Series:
    """Return prices with the tax that a column adds to them; `places` more than a price has."""
    if tax.way != "added":
        return parts
    told = reading.read("tax", lambda text: _scaled(text, _PRICE_PLACES), pl.Int64(), Reason.BAD_NUMBER)
    table = pl.DataFrame({"parts": parts, "tax": told.fill_null(0).cast(pl.Int128)})
    added = pl.col("parts").sign() * pl.col("tax").abs() * _whole(10**places)
    return table.select((pl.col("parts") + added).alias("parts"))["parts"]


def _rounded(parts: pl.Series, digits: int, places: int) -> pl.Series:
    """Return parts x 10^digits / 10^places, rounded half up away from zero."""
    size, unit = pl.col("parts").abs(), 10**places
    rounded = (size * _whole(2 * 10**digits) + _whole(unit)) // _whole(2 * unit)
    return parts.to_frame("parts").select(pl.col("parts").sign() * rounded)["parts"]


def _whole(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.Int128)


def _without_gaps(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill what the file does not tell: one piece, an order named by its customer and time, the order as a whole."""
    when = pl.col("occurred_at").dt.to_string("%Y-%m-%dT%H:%M:%SZ").fill_null("")
    return frame.with_columns(
        pl.col("quantity").fill_null(Decimal(1)),
        pl.col("order_no").fill_null(pl.col("who") + "@" + when),
        pl.col("product_id").fill_null(pl.coalesce("description", pl.lit(ORDER_TOTAL))),
    )


def _facts(lines: pl.DataFrame, terms: ShopTerms) -> pl.DataFrame:
    product, description = pl.col("product_id"), pl.col("description")
    lines = lines.with_columns(
        pl.lit(terms.received_at, dtype=INSTANT).alias("received_at"),
        pl.lit(SOURCE).alias("source"),
        pl.lit(None, dtype=pl.String).alias("properties"),
        (is_goods(product, description) & (product != ORDER_TOTAL)).alias("is_goods"),
        _event().alias("event"),
    )
    return lines.with_columns(pl.Series("fact_id", content_keys(_content(lines)), dtype=pl.Binary))


def _event() -> pl.Expr:
    quantity, price = pl.col("quantity"), pl.coalesce(pl.col("unit_price_parts"), pl.col("amount"))
    is_returned = pl.col("order_no").str.contains(r"^[Cc]\d") | pl.col("is_cancelled")
    is_correction_line = is_correction(pl.col("description"))
    is_write_off = (quantity < 0) & (price == 0) & ~is_returned
    return (
        pl.when((price < 0) & (quantity > 0) & ~is_returned | (quantity == 0) | is_correction_line | is_write_off)
        .then(pl.lit(ORDER_ADJUSTED))
        .when(is_returned | (quantity < 0) | (price < 0))
        .then(pl.lit(PRODUCT_RETURNED))
        .when(price == 0)
        .then(pl.lit(PRODUCT_GIVEN))
        .otherwise(pl.lit(PRODUCT_PURCHASED))
    )


def _content(lines: pl.DataFrame) -> pl.Series:
    """Return what makes a line the line it is: not the file, not the row, not when it was told."""
    parts = (
        pl.lit("line"),
        pl.col("source"),
        pl.col("event"),
        pl.col("order_no"),
        pl.col("product_id"),
        pl.col("quantity").cast(pl.String),
        pl.coalesce(pl.col("unit_price_parts"), pl.col("amount")).cast(pl.String),
        pl.col("occurred_at").dt.epoch("us").cast(pl.String),
        pl.col("who"),
    )
    return lines.select(pl.concat_str(parts, separator="\x1f").alias("content"))["content"]
