"""Which fields an event has: typed ones for what was bought, free ones for everything else."""

from typing import Final, Literal

FieldKind = Literal["text", "number", "flag", "free"]

ORDER: Final = "order_completed"
LINES: Final = ("product_purchased", "product_returned", "product_given", "order_adjusted")

ORDER_FIELDS: Final[dict[str, FieldKind]] = {
    "amount": "number",
    "lines": "number",
    "order_no": "text",
    "source": "text",
}
LINE_FIELDS: Final[dict[str, FieldKind]] = {
    "amount": "number",
    "quantity": "number",
    "unit_price": "number",
    "product_id": "text",
    "description": "text",
    "order_no": "text",
    "source": "text",
    "is_goods": "flag",
}

SCORES: Final = ("rfm.recency", "rfm.frequency", "rfm.monetary")
RANK_NAMES: Final = ("best", "loyal", "regular", "trial", "dormant")


def typed_fields(event: str) -> dict[str, FieldKind] | None:
    """Return the fields of an event with typed columns, or None: any property may be asked.

    >>> typed_fields("order_completed")["amount"], typed_fields("email_clicked")
    ('number', None)
    """
    if event == ORDER:
        return ORDER_FIELDS
    return LINE_FIELDS if event in LINES else None


def field_kind(event: str, field: str) -> FieldKind:
    """Return how a field of an event compares."""
    return (typed_fields(event) or {}).get(field, "free")
