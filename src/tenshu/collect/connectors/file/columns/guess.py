"""Guess what a table is and what its columns mean, and say how sure the guess is.

Headers speak first, and the values must not contradict them. Where the headers say nothing, the values are
looked at: an address has an @, the lines of an order stand together, a product names its description.
A guess is a proposal: the command shows it, and a mapping file overrules it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tenshu.collect.connectors.file.columns.about import may_mean
from tenshu.collect.connectors.file.columns.fields import (
    CUSTOMERS,
    FIELDS,
    KINDS,
    PURCHASES,
    Field,
    header_key,
    word_score,
)
from tenshu.collect.connectors.file.columns.looks import Look, look_at
from tenshu.collect.connectors.file.columns.relations import (
    BY_VALUES,
    guess_customers_by_values,
    guess_purchases_by_values,
)
from tenshu.collect.connectors.file.plans.tax import says_included
from tenshu.collect.reject import is_added

Columns = Sequence[Sequence[str | None]]

#: Below this a guess is not used without being asked for.
SURE_ENOUGH: Final = 0.5
#: From here on a header is a known word.
_A_WORD: Final = 0.88
#: What the lower name of two alone is worth, and what a price without tax is worth less than one with it.
_LOWER: Final = 0.97
_WITHOUT_TAX: Final = 0.02


class Found(msgspec.Struct, frozen=True):
    """The columns (counted from 0) that mean a field, and how sure that is (0..1)."""

    columns: list[int]
    confidence: float


class Guess(msgspec.Struct, frozen=True):
    """What a table seems to be.

    Attributes:
        kind: customers or purchases.
        fields: each field that was found.
        missing: what the kind needs and was not found.
        confidence: 0..1; 0 when something needed is missing.
    """

    kind: str
    fields: dict[str, Found]
    missing: list[str]
    confidence: float


def guess(names: Sequence[str], columns: Columns, kind: str | None = None, *, lower: Sequence[str] = ()) -> Guess:
    """Return the best guess for a table.

    Args:
        names: the header, one name a column.
        columns: some cells of each column.
        kind: customers or purchases when it is known.
        lower: the lower names of a header of two rows, one a column.
    """
    looks = [look_at(cells) for cells in columns]
    kinds = [kind] if kind else list(KINDS)
    guesses = {each: _guess_kind(each, _Names(names, lower), columns, looks) for each in kinds}
    if _tells_of_purchases(guesses.get(PURCHASES), names):
        return guesses[PURCHASES]
    return max(guesses.values(), key=lambda each: (_telling(each), each.confidence))


#: A day that may be any, beside days of something: 来店日.
_ANY_DAY: Final = frozenset(("日付", "日時", "年月日", "date", "datetime", "timestamp", "createdat", "day"))


def _tells_of_purchases(found: Guess | None, names: Sequence[str]) -> bool:
    """Say whether the headers alone tell of purchases: who bought stands there as well, and makes no customer list."""
    if found is None or found.missing:
        return False
    said = {name: each.confidence for name, each in found.fields.items() if each.confidence > BY_VALUES}
    if "ordered_at" not in said or not {"amount", "unit_price"} & set(said):
        return False
    is_any = header_key(names[found.fields["ordered_at"].columns[0]]) in _ANY_DAY
    return not is_any or bool({"order_no", "product_id", "description", "quantity"} & set(said))


def missing_fields(kind: str, fields: Mapping[str, object]) -> list[str]:
    """Return what a table of that kind needs and does not have; `a|b` means either.

    >>> missing_fields("purchases", {"ordered_at": 1, "amount": 2})
    []
    """
    if kind == CUSTOMERS and "postal_code" in fields and ("full_name" in fields or "last_name" in fields):
        return []
    needed = (
        (("customer_no", "member_no", "email", "phone"),)
        if kind == CUSTOMERS
        else (("ordered_at",), ("unit_price", "amount"))
    )
    return ["|".join(names) for names in needed if not any(name in fields for name in names)]


class _Names:
    """The names of the columns: the whole ones, and what stands in the lower row of two."""

    def __init__(self, whole: Sequence[str], lower: Sequence[str]) -> None:
        self.whole = whole
        self._lower = lower

    def score(self, column: int, field: Field) -> float:
        """Return how surely the column's name means the field; prices with tax come before those without."""
        whole = self.whole[column]
        if is_added(whole):
            return 0.0
        score = word_score(whole, field)
        if self._lower and self._lower[column] and may_mean(header_key(whole), field.name):
            score = max(score, _LOWER * word_score(self._lower[column], field))
        if field.holds == "number" and says_included(whole) is False:
            score -= _WITHOUT_TAX
        return score

    def means_elsewhere(self, column: int, kind: str) -> bool:
        """Say whether the column's name is a word of the other kind of table and none of this one."""
        other, own = (
            FIELDS[each] for each in ((PURCHASES, CUSTOMERS) if kind == CUSTOMERS else (CUSTOMERS, PURCHASES))
        )
        return max(self.score(column, field) for field in other) >= _A_WORD and not any(
            self.score(column, field) >= _A_WORD for field in own
        )


def _guess_kind(kind: str, names: "_Names", columns: Columns, looks: Sequence[Look]) -> Guess:
    fields = _by_headers(kind, names, looks)
    by_values = guess_customers_by_values if kind == CUSTOMERS else guess_purchases_by_values
    taken = {column for found in fields.values() for column in found.columns}
    free = [
        number
        for number in range(len(looks))
        if number not in taken and looks[number].filled_rate > 0 and not names.means_elsewhere(number, kind)
    ]
    is_spoken = len(fields) >= _SPEAKING
    is_silent = not _speaks_for_itself(kind, fields, len(free))
    for name, (column, confidence) in by_values(columns, looks, free, set(fields)).items() if is_silent else ():
        # Where headers speak, a column that they do not explain is a name, a day or a number of something else.
        if not is_spoken or name in _PLAIN or name in _NEEDED[kind]:
            fields[name] = Found([column], confidence)
    if kind == CUSTOMERS:
        fields = _with_stops(fields, looks)
    missing = missing_fields(kind, fields)
    certain = [found.confidence for name, found in fields.items() if name in _DECISIVE[kind]]
    confidence = 0.0 if missing or not certain else min(certain) * 0.5 + sum(certain) / len(certain) * 0.5
    return Guess(kind, fields, missing, round(confidence, 3))


def _with_stops(fields: dict[str, Found], looks: Sequence[Look]) -> dict[str, Found]:
    """Return the fields with the columns in which people stand as stopped, whatever they are called: ステータス."""
    taken = {column for found in fields.values() for column in found.columns}
    stops = [
        column
        for column, look in enumerate(looks)
        if column not in taken and look.share("stop") > 0 and look.share("opt_out") >= _MOSTLY
    ]
    if not stops:
        return fields
    before = fields.get("opt_out")
    columns = sorted([*(before.columns if before else []), *stops])
    return {**fields, "opt_out": Found(columns, BY_VALUES)}


#: So many cells of a column must be answers.
_MOSTLY: Final = 0.8
#: So many columns known by their headers make a table whose headers speak.
_SPEAKING: Final = 2
#: Fields whose values show what they are, whatever the header says.
_PLAIN: Final = frozenset({"email", "phone", "postal_code", "prefecture", "address"})
_NEEDED: Final = {CUSTOMERS: frozenset[str](), PURCHASES: frozenset({"ordered_at", "unit_price", "amount", "quantity"})}


def _speaks_for_itself(kind: str, fields: Mapping[str, Found], free: int) -> bool:
    """Say whether the headers already told so much that an unknown column is better left alone."""
    return not missing_fields(kind, fields) and len(fields) >= max(3, free)


_DECISIVE: Final = {
    CUSTOMERS: {"customer_no", "member_no", "email", "phone", "full_name", "last_name"},
    PURCHASES: {"order_no", "product_id", "quantity", "ordered_at", "unit_price", "amount", "customer_no"},
}


def _telling(found: Guess) -> float:
    """Weigh how much speaks for the kind: its telling fields, and nothing when it lacks what it needs."""
    telling = {field.name for field in FIELDS[found.kind] if field.is_telling}
    weight = sum(each.confidence for name, each in found.fields.items() if name in telling)
    return weight * (0.2 if found.missing else 1.0)


def _by_headers(kind: str, names: "_Names", looks: Sequence[Look]) -> dict[str, Found]:
    pairs = []
    for column in range(len(names.whole)):
        said = [names.score(column, field) for field in FIELDS[kind]]
        # A header that is a word of one field does not mean another one that it only resembles.
        least = _A_WORD if max(said) >= _A_WORD else 0.0
        for rank, field in enumerate(FIELDS[kind]):
            if said[rank] < least:
                continue
            score = said[rank] * _agreement(field, looks[column], is_word=said[rank] >= _A_WORD)
            # A file with one number column means the customer number by it, whatever it is called.
            score -= 0.05 if field.name == "member_no" else 0.0
            if score >= 0.3:
                pairs.append((-score, rank, column, field))
    fields: dict[str, Found] = {}
    taken: set[int] = set()
    best: dict[int, float] = {}
    for score, _rank, column, field in sorted(pairs, key=lambda pair: pair[:3]):
        best.setdefault(column, score)
        if column in taken or not _may_have(fields, field, -score, is_best=score <= best[column]):
            continue
        taken.add(column)
        before = fields.get(field.name)
        fields[field.name] = Found(
            sorted([*(before.columns if before else []), column]),
            round(min(-score, before.confidence if before else 1), 3),
        )
    return _with_day(kind, _with_parts(_as_pairs(fields, names), names, looks), names)


def _with_day(kind: str, fields: dict[str, Found], names: "_Names") -> dict[str, Found]:
    """Return the fields with a day whose year, month and day stand in three columns."""
    keys = [header_key(name) for name in names.whole]
    parts = next((each for each in _DAY_PARTS if all(part in keys for part in each)), None)
    if kind != PURCHASES or "ordered_at" in fields or parts is None:
        return fields
    columns = [keys.index(part) for part in parts]
    rest = {name: found for name, found in fields.items() if not set(columns) & set(found.columns)}
    return {**rest, "ordered_at": Found(columns, 0.9)}


_DAY_PARTS: Final = (("年", "月", "日"), ("year", "month", "day"))
#: What one column holds as a rule; others are another one, or its parts where they are numbered.
_SINGLE: Final = ("email", "phone", "postal", "choice")


def _with_parts(fields: dict[str, Found], names: "_Names", looks: Sequence[Look]) -> dict[str, Found]:
    """Return the fields with the parts of a number that stand in several columns: 電話番号1, 電話番号2, 電話番号3."""
    taken = {column for found in fields.values() for column in found.columns}
    keys = [header_key(name) for name in names.whole]
    joined = dict(fields)
    for name, wanted, most in (("phone", "phone", 3), ("postal_code", "postal", 2)):
        first = fields[name].columns[0] if name in fields else -1
        if first < 0 or not keys[first].endswith("1") or looks[first].share(wanted) > _NAMES:
            continue
        wanted_keys = [keys[first][:-1] + str(number) for number in range(2, most + 1)]
        others = [column for column, key in enumerate(keys) if key in wanted_keys and column not in taken]
        if len(others) == most - 1:
            joined[name] = Found([first, *others], max(fields[name].confidence, _A_WORD))
    return joined


def _may_have(fields: Mapping[str, Found], field: Field, score: float, *, is_best: bool) -> bool:
    """Say whether a field may have one column more."""
    if field.name == "member_no" and "customer_no" not in fields:
        return False
    if field.name not in fields:
        return True
    # A second e-mail or telephone must be called so; parts of an address may be called many things, but nothing better.
    return field.may_repeat and is_best and field.holds != "date" and (score >= _A_WORD or field.holds not in _SINGLE)


def _as_pairs(fields: dict[str, Found], names: "_Names") -> dict[str, Found]:
    """Return the fields with 注文者名 as the first name where 注文者姓 stands beside it."""
    last, full = fields.get("last_name"), fields.get("full_name")
    if last is None or full is None or "first_name" in fields:
        return fields
    one, other = (header_key(names.whole[found.columns[0]]) for found in (last, full))
    if not other.endswith("名") or other[:-1] not in {one.removesuffix("姓"), one.removesuffix("氏")}:
        return fields
    return {("first_name" if name == "full_name" else name): found for name, found in fields.items()}


#: Which share of the cells must look like what the header says; texts and words of choice are free.
_CHECKED: Final = {"email": "email", "phone": "phone", "number": "number", "date": "date", "kana": "kana"}
#: A number of somebody is no name: of codes so many may look like one.
_NAMES: Final = 0.5


def _agreement(field: Field, look: Look, *, is_word: bool) -> float:
    """Return 1 where the values look as the header says, less where they do not."""
    if field.name in {"consent", "opt_out"} and look.shares:
        # A header that only resembles one, such as OPTIN_IP, needs answers below it.
        return 1.0 if look.share(field.name) >= _NAMES or (is_word and field.name == "consent") else 0.2
    if field.name in {"customer_no", "member_no", "order_no"}:
        return 0.2 if look.share("words") > _NAMES else 1.0
    wanted = _CHECKED.get(field.holds)
    if wanted is None or not look.shares:
        return 1.0
    share = look.share(wanted)
    if wanted in {"date", "phone"}:  # a spreadsheet may have made numbers of them
        share = max(share, look.share("number"))
    if wanted == "date":  # some with their year, some without
        share = max(share, min(look.share("date") + look.share("month_day"), 1.0))
    return 1.0 if share >= 0.8 else 0.35 + 0.65 * share
