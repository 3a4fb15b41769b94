"""What a condition can say: a small tree of frozen values, each with its own tag `kind`.

Everything is two-valued. A comparison with something that is not there (a trait nobody stated, a
property that is null, text where a number is asked) is false, `is_not` included; only `not` turns
false into true. So "prefecture is_not Tokyo" means "has stated a prefecture other than Tokyo".
"""

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

#: The version that an envelope names: {"tenshu": "condition/1", "condition": {...}}.
VERSION: Final = "condition/1"

Comparison = Literal["is", "is_not", "one_of", "contains", "starts", "ends", "gt", "gte", "lt", "lte", "exists"]
NumberComparison = Literal["is", "is_not", "gt", "gte", "lt", "lte"]
RankedBy = Literal["rfm.recency", "rfm.frequency", "rfm.monetary", "decile", "rank"]
Number: TypeAlias = int | float
Scalar: TypeAlias = str | int | float
Value: TypeAlias = str | bool | int | float | tuple[str | int | float, ...]

#: Names of events, traits and fields; they become parts of JSON paths, so nothing else may.
EventName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}(?!\n)$")]
FieldName = Annotated[str, Meta(pattern=r"^\w{1,64}(?!\n)$")]


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One comparison of a field of an event.

    Attributes:
        field: amount, product_id, journey ...
        cmp: how it is compared.
        value: with what; text compares as text, a number makes the field be read as a number,
            true or false compares with the words `true` and `false`; `exists` takes true or false.
    """

    field: FieldName
    cmp: Comparison
    value: Value


class Within(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A window that ends now: whole local days, or hours to the microsecond; one of the two.

    Attributes:
        days: the window begins at the local midnight that many days before today's (0 = today).
        hours: the window begins that many hours before now.
    """

    days: Annotated[int, Meta(ge=0, le=36_600)] | None = None
    hours: Annotated[int, Meta(ge=1, le=878_400)] | None = None


class Between(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"from_on": "from", "to_on": "to"},
):
    """A window between two local dates, both included; one of them may be left out."""

    from_on: date | None = None
    to_on: date | None = None


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many times."""

    cmp: NumberComparison
    value: Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Sum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a field in total; nothing at all adds up to 0. Money is in minor units."""

    field: FieldName
    cmp: NumberComparison
    value: Number


class And(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="and", tag_field="kind"):
    """Every one of them."""

    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=100)]


class Or(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="or", tag_field="kind"):
    """At least one of them."""

    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=100)]


class Not(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="not", tag_field="kind"):
    """Everybody whom the inner condition does not fit."""

    of: "Condition"


class Trait(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="trait", tag_field="kind"):
    """A comparison of what is known about the person, as stated last."""

    trait: FieldName
    cmp: Comparison
    value: Value


class Did(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="did", tag_field="kind"):
    """Something happened often (and much) enough.

    Attributes:
        event: what: `order_completed`, `product_purchased`, `email_clicked` ...
        where: which of them count; all comparisons must hold.
        within: only in a window that ends now.
        between: only between two local dates.
        count: how often; at least once unless said otherwise.
        sum: how much of a field in total, besides.
    """

    event: EventName
    where: Annotated[tuple[Where, ...], Meta(max_length=20)] = ()
    within: Within | None = None
    between: Between | None = None
    count: Count | None = None
    sum: Sum | None = None


class DidNot(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="did_not", tag_field="kind"
):
    """Exactly the opposite of `did` with the same words."""

    event: EventName
    where: Annotated[tuple[Where, ...], Meta(max_length=20)] = ()
    within: Within | None = None
    between: Between | None = None
    count: Count | None = None
    sum: Sum | None = None


class Rank(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="rank", tag_field="kind"):
    """A score, a decile or a rank by the cut points published last.

    Scores go from 1 to 5 (5 is best), deciles from 1 (best) to 10, ranks have names. Who has never
    bought has none of them, so every comparison is false for them.
    """

    by: RankedBy
    cmp: Literal["is", "is_not", "one_of", "gt", "gte", "lt", "lte"]
    value: Value


Condition: TypeAlias = And | Or | Not | Trait | Did | DidNot | Rank
AT_LEAST_ONCE: Final = Count("gte", 1)
