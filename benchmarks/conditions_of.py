"""A hundred conditions of every kind, as a busy shop keeps them, over what `shop_of` fills a shop with."""

from typing import Any, Final

from tenshu.condition import Condition, parse

PREFECTURES: Final = ("東京都", "大阪府", "愛知県", "北海道", "福岡県", "沖縄県")
RANKS: Final = ("best", "loyal", "regular", "trial", "dormant")
Said = dict[str, Any]


def conditions(count: int = 100) -> dict[str, Condition]:
    """Return so many different conditions by name: traits, windows, sums, absences, ranks, and mixes of them."""
    makers = (_trait, _ordered, _viewed, _spent, _absent, _ranked, _mailed, _browsed, _mixed, _either)
    return {f"segment-{nth:03}": parse(makers[nth % len(makers)](nth // len(makers))) for nth in range(count)}


def _trait(nth: int) -> Said:
    if nth < len(PREFECTURES):
        return {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": PREFECTURES[nth]}
    return {"kind": "trait", "trait": "age", "cmp": "gte", "value": 20 + nth * 5}


def _ordered(nth: int) -> Said:
    return {
        "kind": "did",
        "event": "order_completed",
        "within": {"days": 7 * (nth + 1)},
        "count": {"cmp": "gte", "value": 1 + nth % 3},
    }


def _viewed(nth: int) -> Said:
    where = [{"field": "category", "cmp": "is", "value": f"c{nth}"}]
    return {"kind": "did", "event": "product_viewed", "where": where, "within": {"days": 3 * (nth + 1)}}


def _spent(nth: int) -> Said:
    total = {"field": "amount", "cmp": "gte", "value": 10_000 * (nth + 1)}
    return {"kind": "did", "event": "order_completed", "within": {"days": 90 + 30 * nth}, "sum": total}


def _absent(nth: int) -> Said:
    gone = {"kind": "did_not", "event": "order_completed", "within": {"days": 30 * (nth + 1)}}
    return {"kind": "and", "of": [{"kind": "did", "event": "order_completed"}, gone]}


def _ranked(nth: int) -> Said:
    if nth < len(RANKS):
        return {"kind": "rank", "by": "rank", "cmp": "is", "value": RANKS[nth]}
    by = ("rfm.recency", "rfm.frequency", "rfm.monetary", "decile")[nth % 4]
    return {"kind": "rank", "by": by, "cmp": "gte", "value": 1 + nth // 2}


def _mailed(nth: int) -> Said:
    where = [{"field": "journey", "cmp": "is", "value": f"j{nth}"}]
    event = "email_clicked" if nth % 2 else "email_opened"
    return {"kind": "did", "event": event, "where": where, "within": {"days": 14 + nth}}


def _browsed(nth: int) -> Said:
    long = [{"field": "seconds", "cmp": "gte", "value": 60 * nth}]
    count = {"cmp": "gte", "value": 1 + nth % 4}
    return {"kind": "did", "event": "page_viewed", "where": long, "within": {"hours": 12 * (nth + 1)}, "count": count}


def _mixed(nth: int) -> Said:
    put = {"kind": "did", "event": "cart_changed", "within": {"hours": 24 * (nth + 1)}}
    not_bought = {"kind": "did_not", "event": "order_completed", "within": {"hours": 24 * (nth + 1)}}
    return {"kind": "and", "of": [put, not_bought, _trait(nth)]}


def _either(nth: int) -> Said:
    return {"kind": "or", "of": [_ordered(nth + 20), {"kind": "not", "of": _viewed(nth + 20)}]}
