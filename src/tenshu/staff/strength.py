"""Say how soon a password would be guessed: in how many tries, by one who knows what people choose.

After zxcvbn (Wheeler, USENIX Security 2016): the password is cut into the pieces that are guessed soonest - usual
passwords, names of the person and the shop, rows of keys, repeated marks, years - and what is left is tried mark by
mark. There are no rules of composition: length counts, not exclamation marks (OWASP ASVS 5.0, 6.2).
"""

import math
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _

SHORTEST: Final = 10
LONGEST: Final = 200
#: Powers of ten: below this, one who has stolen the digests finds the password.
ENOUGH: Final = 8.0
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "あいうえおかきくけこさしすせそたちつてと",
    "いろはにほへとちりぬるを",
)
_BOTH_WAYS: Final = (*_ROWS, *(row[::-1] for row in _ROWS))
_LEET: Final = str.maketrans("013457@$!", "oieastasi")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_LONGEST_PIECE: Final = 30
_SHORTEST_PIECE: Final = 3
#: Most Japanese names have two characters.
_SHORTEST_NAME: Final = 2


class PasswordRefused(TenshuError):
    """A password that somebody would guess."""

    template = N_("{why} Choose another one: three or four words that have nothing to do with each other are good.")
    status = 422


def check_password(password: str, about: Iterable[str] = ()) -> None:
    """Let a password pass that is long enough and not soon guessed.

    Args:
        password: as it was typed.
        about: names and addresses that have to do with the person and the shop.

    Raises:
        PasswordRefused: it is too short, too long, or soon guessed.
    """
    if len(password) < SHORTEST:
        raise PasswordRefused(why=_("A password has at least {count} characters.", count=SHORTEST))
    if len(password) > LONGEST:
        raise PasswordRefused(why=_("A password has at most {count} characters.", count=LONGEST))
    if tries(password, about) < ENOUGH:
        raise PasswordRefused(
            why=_(
                "This password would soon be guessed: it is made of usual words, names, dates or rows of keys, "
                "which are tried first."
            )
        )


def tries(password: str, about: Iterable[str] = ()) -> float:
    """Return in how many tries the password is guessed, as a power of ten.

    >>> tries("password2024") < 4, tries("mizuumi no soko ni aru tokei") > 15
    (True, True)
    """
    near = _words_of(about)
    best = [0.0]
    for end in range(1, len(password) + 1):
        ways = [best[end - 1] + 1.0]
        for start in range(max(0, end - _LONGEST_PIECE), end - _SHORTEST_NAME + 1):
            piece = password[start:end]
            is_worth_it = len(piece) >= _SHORTEST_PIECE or piece.casefold() in near
            known = _tries(piece, near) if is_worth_it else None
            if known is not None:
                ways.append(best[start] + known)
        best.append(min(ways))
    return min(best[-1], _repeated(password, near))


def _repeated(password: str, near: set[str]) -> float:
    """Return the tries for a password that says the same again and again."""
    found = re.fullmatch(r"(.+?)\1+", password, flags=re.DOTALL)
    if found is None:
        return math.inf
    block = found[1]
    known = _tries(block, near)
    once = float(len(block)) if known is None else known
    return once + math.log10(len(password) / len(block))


def _tries(piece: str, near: set[str]) -> float | None:
    """Return the power of ten of tries for a piece that is usual in some way; None where it is not."""
    lower = piece.casefold()
    extra = 0.0 if lower == piece else 0.5
    plain = lower.translate(_LEET)
    ways = list[float]()
    for said, more in ((lower, 0.0), (plain, 0.5)):
        rank = 1 if said in near else _usual().get(said)
        if rank is not None:
            ways.append(math.log10(rank) + extra + more)
    if len(set(lower)) == 1:
        ways.append(1.0 + math.log10(len(lower)))
    if any(lower in row for row in _BOTH_WAYS):
        ways.append(1.0 + math.log10(len(lower)) + extra)
    if _YEAR.fullmatch(piece):
        ways.append(2.0)
    return min(ways, default=None)


def _words_of(about: Iterable[str]) -> set[str]:
    """Return the words of names and addresses, whole and in parts."""
    words: set[str] = set()
    for text in about:
        lower = text.casefold()
        words |= {lower, *re.split(r"[\s@._+\-・　]+", lower)}
    return {word for word in words if len(word) >= _SHORTEST_NAME}


@cache
def _usual() -> dict[str, int]:
    """Return the usual passwords with their ranks."""
    text = (resources.files("tenshu.staff") / "common_passwords.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("# "))
    words = (word for line in lines for word in line.split())
    return {word: rank for rank, word in enumerate(words, start=1)}
