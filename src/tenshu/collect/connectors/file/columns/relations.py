"""Guess columns by their values alone, for tables whose headers say nothing.

People: an e-mail address, a telephone number, a name look like what they are. Purchases show by how
columns hang together: the lines of one order stand together and share their time and their customer; quantity
times unit price is the amount; a product code goes with one description.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import permutations
from typing import Final

from tenshu.collect.connectors.file.columns.looks import Look
from tenshu.kit.dates import parse_date
from tenshu.kit.japanese import parse_decimal

Columns = Sequence[Sequence[str | None]]
Numbers = Sequence[Decimal | None]
Guessed = dict[str, tuple[int, float]]

#: What a guess by values alone is worth at best.
BY_VALUES: Final = 0.75
#: Days that lie before this year on average are birthdays.
_YOUNG: Final = 2003
_SLACK: Final = Decimal("0.01")


def guess_customers_by_values(columns: Columns, looks: Sequence[Look], free: Sequence[int], known: set[str]) -> Guessed:
    """Return the customer fields that the free columns look like: field -> (column, confidence)."""
    choice = _Choice(looks, free, known)
    for name, share in (("email", "email"), ("phone", "phone"), ("postal_code", "postal")):
        choice.take(name, lambda look, share=share: look.share(share))  # type: ignore[misc]
    choice.take("address", lambda look: look.share("address"))
    choice.take("prefecture", lambda look: look.share("prefecture"))
    choice.take("name_kana", lambda look: look.share("kana") * (look.distinct_rate > 0.3))
    choice.take("full_name", lambda look: look.share("name") * (look.distinct_rate > 0.3))
    for column in [column for column in choice.free if _share_of_days(looks[column]) >= 0.8]:
        year = _mean_year(columns[column])
        # Days without a year are birthdays: nobody keeps half a day of joining.
        is_birthday = year is None or year < _YOUNG
        choice.put("birthday" if is_birthday else "joined_on", column, _share_of_days(looks[column]))
    choice.free = [column for column in choice.free if not _counts_rows(columns[column])]
    choice.take("customer_no", lambda look: look.share("code") * (look.distinct_rate > 0.98) * look.filled_rate)
    return choice.found


def guess_purchases_by_values(columns: Columns, looks: Sequence[Look], free: Sequence[int], known: set[str]) -> Guessed:
    """Return the purchase fields that the free columns look like: field -> (column, confidence)."""
    choice = _Choice(looks, free, known)
    choice.take("email", lambda look: look.share("email"))
    # 3-15 may be a day or a house: a column with years comes first.
    choice.take("ordered_at", _share_of_days)
    numbers = [column for column in choice.free if looks[column].share("number") > 0.9]
    product = _product_of(columns, numbers)
    if product is not None:
        for name, column in zip(("quantity", "unit_price", "amount"), product, strict=True):
            choice.put(name, column, 1.0)
    choice.take("unit_price", lambda look: (look.share("number") > 0.9) * (1 - 0.7 * look.share("integer")), least=0.1)
    choice.take("quantity", lambda look: look.share("integer") * look.share("small") * (look.distinct_rate < 0.5))
    choice.take("unit_price", lambda look: look.share("number") * 0.8 * (look.repeats_rate < 0.6) * (look.length < 8))
    _take_codes(columns, choice)
    choice.take("description", _names_something, least=0.5)
    return choice.found


def _share_of_days(look: Look) -> float:
    return max(look.share("date"), 0.8 * look.share("month_day"))


def _names_something(look: Look) -> float:
    """Weigh whether a column names products: words, no codes, many different ones, longer than names of countries."""
    words = look.share("text") * (1 - look.share("code"))
    return words * (0.5 + 0.2 * min(look.distinct_rate * 10, 1.0) + 0.3 * min(look.length / 20, 1.0))


class _Choice:
    """Gives each free column to at most one field."""

    def __init__(self, looks: Sequence[Look], free: Iterable[int], known: set[str]) -> None:
        self.looks = looks
        self.free = list(free)
        self.known = known
        self.found: Guessed = {}

    def take(self, name: str, score: Callable[[Look], float], *, least: float = 0.6) -> None:
        """Give the free column with the best score to the field, if it scores enough."""
        best = max(self.free, key=lambda column: score(self.looks[column]), default=None)
        if best is not None and score(self.looks[best]) >= least:
            self.put(name, best, score(self.looks[best]))

    def put(self, name: str, column: int, score: float) -> None:
        """Give the column to the field unless either is taken."""
        if name not in self.known and name not in self.found and column in self.free:
            self.free.remove(column)
            self.found[name] = (column, round(min(score, 1.0) * BY_VALUES, 3))


def _take_codes(columns: Columns, choice: _Choice) -> None:
    """Tell order, customer and product apart among the columns of codes."""
    looks = choice.looks
    codes = [column for column in choice.free if looks[column].share("code") > 0.6 and looks[column].length > 2]
    grouped = [column for column in codes if looks[column].repeats_rate > 0.3 or looks[column].distinct_rate > 0.9]
    if grouped:
        order = max(grouped, key=lambda column: (looks[column].filled_rate > 0.99, _distinct(columns[column])))
        choice.put("order_no", order, 0.85)
        codes.remove(order)
        owners = [column for column in codes if _is_owned(columns[order], columns[column])]
        owner = max(owners, key=lambda column: _distinct(columns[column]), default=None)
        if owner is not None:
            choice.put("customer_no", owner, 0.8)
            codes.remove(owner)
    product = max(codes, key=lambda column: looks[column].distinct_rate, default=None)
    if product is not None:
        choice.put("product_id", product, 0.8)


def _counts_rows(cells: Sequence[str | None]) -> bool:
    """Say whether a column numbers the rows: 1, 2, 3, ... is nobody's number."""
    told = [cell for cell in cells if cell]
    return told[:1] in (["0"], ["1"]) and all(cell == str(int(told[0]) + place) for place, cell in enumerate(told))


def _distinct(cells: Sequence[str | None]) -> int:
    return len({cell for cell in cells if cell})


def _is_owned(orders: Sequence[str | None], owners: Sequence[str | None]) -> bool:
    """Say whether each order has one owner, and an owner may have several orders."""
    pairs = {(order, owner) for order, owner in zip(orders, owners, strict=True) if order and owner}
    count = len({order for order, _owner in pairs})
    several = len({owner for _order, owner in pairs}) > 1
    return several and count > 0 and len(pairs) <= 1.02 * count and _distinct(owners) <= count


def _product_of(columns: Columns, numbers: Sequence[int]) -> tuple[int, int, int] | None:
    """Return (quantity, unit price, amount) where the first two multiply to the third in most rows."""
    parsed = {
        column: [parse_decimal(cell) if cell else None for cell in columns[column][:200]] for column in numbers[:8]
    }
    for (count, counts), (price, prices), (total, totals) in permutations(parsed.items(), 3):
        is_whole = all(value is None or value == value.to_integral_value() for value in counts)
        if is_whole and _size(counts) <= _size(prices) and _multiplies(counts, prices, totals):
            return count, price, total
    return None


def _multiplies(counts: Numbers, prices: Numbers, totals: Numbers) -> bool:
    rows = [
        (count, price, total)
        for count, price, total in zip(counts, prices, totals, strict=True)
        if count is not None and price is not None and total is not None
    ]
    telling = [count for count, price, _total in rows if count != 1 and price != 1]
    right = sum(abs(count * price - total) < _SLACK for count, price, total in rows)
    return len(telling) >= 5 and right >= 0.9 * len(rows)


def _size(values: Numbers) -> Decimal:
    return sum((abs(value) for value in values if value is not None), Decimal())


def _mean_year(cells: Sequence[str | None]) -> float | None:
    years = [day.year for cell in cells if cell and (day := parse_date(cell) or parse_date(cell, "mdy"))]
    return sum(years) / len(years) if years else None
