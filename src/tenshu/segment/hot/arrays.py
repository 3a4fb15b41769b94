"""A few moves with numpy arrays that the hot columns are made of."""

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
#: Columns of the same length, by name; `node` and `at` (microseconds since 1970) are always among them.
Rows: TypeAlias = dict[str, Array]
#: An instant that does not come.
NEVER: Final = np.iinfo(np.int64).max
EVER: Final = np.iinfo(np.int64).min


def grown(array: Array, length: int, fill: Any) -> Array:
    """Return the array with at least so many rows; it grows by a quarter, so that copies are rare."""
    if length <= len(array):
        return array
    larger = np.full((max(length, len(array) + len(array) // 4), *array.shape[1:]), fill, array.dtype)
    larger[: len(array)] = array
    return larger


def ranges(starts: Array, lengths: Array) -> Array:
    """Return the numbers of all ranges one after the other.

    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts.astype(np.int64) - (ends - lengths), lengths) + np.arange(total, dtype=np.int64)


def distinct(values: Array) -> Array:
    """Return each value once, in order.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    is_new = np.ones(len(ordered), np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def borders(which: Array, count: int) -> Array:
    """Return where each of `count` groups begins in the ordered group numbers, and the end of the last."""
    return np.searchsorted(which, np.arange(count + 1))


def totals(values: Array, edges: Array) -> Array:
    """Return the sum of every group, exact for whole numbers."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, dtype=np.int64, out=sums[1:])
    return sums[edges[1:]] - sums[edges[:-1]]


def least(values: Array, edges: Array, otherwise: int = NEVER) -> Array:
    """Return the smallest of every group."""
    found = np.full(len(edges) - 1, otherwise, np.int64)
    filled = np.flatnonzero(edges[1:] > edges[:-1])
    if len(filled):
        found[filled] = np.minimum.reduceat(values, edges[:-1][filled])
    return found


def greatest(values: Array, edges: Array, otherwise: int = EVER) -> Array:
    """Return the largest of every group."""
    found = np.full(len(edges) - 1, otherwise, np.int64)
    filled = np.flatnonzero(edges[1:] > edges[:-1])
    if len(filled):
        found[filled] = np.maximum.reduceat(values, edges[:-1][filled])
    return found


def bit(bits: Array, index: int) -> Array:
    """Return one bit of every row as a boolean."""
    column: Array = (bits[:, index >> 3] & (1 << (index & 7))) != 0
    return column


def chosen(rows: Rows, keep: Array | slice) -> Rows:
    """Return the rows that are kept."""
    return {name: column[keep] for name, column in rows.items()}


def stacked(parts: list[Rows]) -> Rows:
    """Return all rows of the parts one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def below(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    """Return the arrays whose names begin so, without that beginning."""
    return {name.removeprefix(prefix): column for name, column in arrays.items() if name.startswith(prefix)}
