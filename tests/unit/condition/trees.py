"""Draw any condition that may be written, as decoded JSON."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from tenshu.condition.fields import LINE_FIELDS, LINES, ORDER, ORDER_FIELDS, RANK_NAMES, SCORES, FieldKind

Data = dict[str, Any]

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9, allow_nan=False)
_NAMES = st.sampled_from(["prefecture", "email", "住所", "points", "x1"])
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "texts": st.lists(_TEXTS, min_size=1, max_size=3),
    "numbers": st.lists(_NUMBERS, min_size=1, max_size=3),
    "text": _TEXTS,
    "number": _NUMBERS,
    "flag": st.booleans(),
}
_PLAIN = {"text": ["text"], "number": ["number"], "flag": ["flag"], "free": ["text", "number", "flag"]}
_LISTS = {"text": ["texts"], "number": ["numbers"], "flag": [], "free": ["texts", "numbers"]}
_ORDERS = {"text": ["text"], "number": ["number"], "flag": [], "free": ["text", "number"]}


def comparisons(kind: FieldKind) -> st.SearchStrategy[Data]:
    """Return every comparison that a field of this kind bears."""
    pairs = [("exists", "flag")]
    pairs += [(cmp, value) for cmp in ("is", "is_not") for value in _PLAIN[kind]]
    pairs += [("one_of", value) for value in _LISTS[kind]]
    pairs += [(cmp, value) for cmp in ("gt", "gte", "lt", "lte") for value in _ORDERS[kind]]
    pairs += [(cmp, "text") for cmp in ("contains", "starts", "ends") if kind in {"text", "free"}]
    return st.sampled_from(pairs).flatmap(
        lambda pair: st.fixed_dictionaries({"cmp": st.just(pair[0]), "value": _VALUES[pair[1]]})
    )


@st.composite
def traits(draw: st.DrawFn) -> Data:
    """Return a comparison of a trait."""
    return {"kind": "trait", "trait": draw(_NAMES), **draw(comparisons("free"))}


@st.composite
def ranks(draw: st.DrawFn) -> Data:
    """Return a comparison of a score, a decile or a rank."""
    by = draw(st.sampled_from([*SCORES, "decile", "rank"]))
    values: list[Any] = list(RANK_NAMES if by == "rank" else range(1, 11 if by == "decile" else 6))
    cmp = draw(st.sampled_from(["is", "is_not", "one_of"] + ([] if by == "rank" else ["gt", "gte", "lt", "lte"])))
    value = draw(st.sampled_from(values))
    return {"kind": "rank", "by": by, "cmp": cmp, "value": [value] if cmp == "one_of" else value}


@st.composite
def did(draw: st.DrawFn) -> Data:
    """Return whether something happened."""
    event = draw(st.sampled_from([ORDER, *LINES, "email_clicked", "x"]))
    fields: dict[str, FieldKind] = (
        ORDER_FIELDS if event == ORDER else LINE_FIELDS if event in LINES else {"journey": "free", "n": "free"}
    )
    data: Data = {"kind": draw(st.sampled_from(["did", "did_not"])), "event": event}
    if draw(st.booleans()):
        names = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=2))
        data["where"] = [{"field": name, **draw(comparisons(fields[name]))} for name in names]
    data |= draw(st.sampled_from([{}, {}, _within(draw), _between(draw)]))
    if draw(st.booleans()):
        data["count"] = {"cmp": draw(_NUMBER_CMPS), "value": draw(st.integers(0, 10**9))}
    summed = [name for name, kind in fields.items() if kind in {"number", "free"}]
    if draw(st.booleans()):
        data["sum"] = {"field": draw(st.sampled_from(summed)), "cmp": draw(_NUMBER_CMPS), "value": draw(_NUMBERS)}
    return data


_NUMBER_CMPS = st.sampled_from(["is", "is_not", "gt", "gte", "lt", "lte"])


def _within(draw: st.DrawFn) -> Data:
    hours, days = {"hours": draw(st.integers(1, 878_400))}, {"days": draw(st.integers(0, 36_600))}
    return {"within": draw(st.sampled_from([hours, days]))}


def _between(draw: st.DrawFn) -> Data:
    first, last = sorted(draw(st.lists(st.dates(), min_size=2, max_size=2)))
    both: dict[str, date] = {"from": first, "to": last}
    kept = draw(st.sampled_from([("from",), ("to",), ("from", "to")]))
    return {"between": {name: both[name].isoformat() for name in kept}}


LEAVES = st.one_of(traits(), ranks(), did())
TREES: st.SearchStrategy[Data] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda of: {"kind": "not", "of": of}, inner),
        st.builds(
            lambda kind, of: {"kind": kind, "of": of},
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=6,
)
