"""Chance that repeats: salted hashes of small integers, never a running generator.

Hold-outs, splits and simulated behaviour draw `unit(salt, numbers)`. The same salt and number
give the same value on every engine, in any order, in every replay. The mixer is SplitMix64
(Steele, Lea & Flood 2014), seeded with BLAKE2b of the salt.
"""

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def mixed(salt: str, *numbers: ArrayLike) -> NDArray[np.uint64]:
    """Return 64 well-mixed bits per element of the (broadcast) integer arrays."""
    seed = int.from_bytes(hashlib.blake2b(salt.encode(), digest_size=8).digest(), "little")
    state = np.asarray(seed, dtype=np.uint64)
    with np.errstate(over="ignore"):
        state = _splitmix(state + _GOLDEN)
        for number in numbers:
            state = _splitmix((state ^ np.asarray(number, dtype=np.int64).astype(np.uint64)) + _GOLDEN)
    return np.atleast_1d(state)


def unit(salt: str, *numbers: ArrayLike) -> NDArray[np.float64]:
    """Return one number in [0, 1) per element of the (broadcast) integer arrays.

    >>> float(unit("salt", [1, 2])[0]) == float(unit("salt", [1])[0])
    True
    """
    return (mixed(salt, *numbers) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _splitmix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))
