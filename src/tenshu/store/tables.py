"""What every room's tables share: the two metadata objects and the type of an instant.

Instants are whole microseconds since 1970 in UTC on every engine, so that comparison, arithmetic
and order are the same everywhere. A column of instants is named `*_at`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, MetaData, TypeDecorator

ledger_metadata: Final = MetaData()
inbox_metadata: Final = MetaData()

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Return the instant as whole microseconds since 1970.

    >>> to_micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the instant that so many microseconds since 1970 are."""
    return _EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[int]):
    """A moment in UTC, kept as microseconds; takes an aware datetime or the number itself."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn an aware datetime into microseconds."""
        return to_micros(value) if isinstance(value, datetime) else value
