"""Passwords are kept as argon2id digests (RFC 9106), with the cost that OWASP's cheat sheet names.

A digest takes a core for tens of milliseconds and 19 MiB, so only a few are worked out at a time: whoever floods the
sign-in page waits, and the shop does not. Somebody unknown costs the same as somebody known.
"""

import threading
from functools import cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.staff.strength import LONGEST
from tenshu.staff.token import new_token

#: OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane.
HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
AT_A_TIME: Final = 2
_PATIENCE_SECONDS: Final = 10.0
_turns: Final = threading.BoundedSemaphore(AT_A_TIME)


class TooManySignIns(TenshuError):
    """More people want to sign in at this moment than passwords can be checked."""

    template = N_("Too many people are signing in at this moment. Please try again in a minute.")
    status = 503


class Turn:
    """A turn at working out a digest; leaves when the block ends.

    Raises:
        TooManySignIns: none came up in time.
    """

    def __enter__(self) -> None:
        """Wait for a turn."""
        if not _turns.acquire(timeout=_PATIENCE_SECONDS):
            raise TooManySignIns

    def __exit__(self, *_problem: object) -> None:
        """Let the next one."""
        _turns.release()


def password_digest(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        TooManySignIns: no turn came up in time.
    """
    with Turn():
        return HASHER.hash(password)


def is_password(digest: str | None, password: str) -> bool:
    """Say whether the digest is of this password; without a digest it takes as long and says no.

    Raises:
        TooManySignIns: no turn came up in time.
    """
    given = password[: LONGEST + 1]
    try:
        with Turn():
            return HASHER.verify(digest or nobodys_digest(), given) and digest is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(digest: str) -> bool:
    """Say whether the digest was made with another cost than today's."""
    return HASHER.check_needs_rehash(digest)


@cache
def nobodys_digest() -> str:
    """Return the digest of a password that nobody has."""
    return HASHER.hash(new_token())
