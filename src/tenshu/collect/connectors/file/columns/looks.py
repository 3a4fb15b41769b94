"""What the values of a column look like, whatever its header says."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from tenshu.collect.connectors.file.rows.meaning import consent_status, is_stopped, yes_or_no
from tenshu.kit.dates import parse_date, parse_month_day
from tenshu.kit.japanese import (
    PREFECTURES,
    is_nothing,
    normalise,
    normalise_email,
    normalise_phone,
    parse_decimal,
)

_CODE: Final = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9_./-]{0,39}")
_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺー・\s]+")
_POSTAL: Final = re.compile(r"(?:〒\s*)?\d{3}-\d{4}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}")
_PREFECTURE: Final = re.compile("|".join(PREFECTURES))
_LETTER: Final = re.compile(r"[^\W\d_]")
#: Words of a name: kana and kanji, or two words of letters.
_WORDS: Final = re.compile(r"[ぁ-ヺ一-鿿]|[^\W\d_]+ [^\W\d_]+")
#: Words that nobody writes but of mail that somebody does not want, whatever the column is called.
_STOP: Final = re.compile("(?:配信|購読|受信|メール|メルマガ)(?:停止|拒否|解除|不可)|退会|unsubscribed|opted[ _-]?out")
_DIGIT: Final = re.compile(r"\d")
#: As above; see `filled`.
_SAME: Final = frozenset(("同上", "仝", "々", "同 上"))
_NAME: Final = re.compile(r"[^\W\d_]{1,12}[ ][^\W\d_]{1,12}")


class Look(msgspec.Struct, frozen=True):
    """Shares (0..1) of the filled cells that could be each thing, and how the column is filled."""

    filled_rate: float
    distinct_rate: float
    repeats_rate: float  # cells equal to the one above
    length: float
    shares: dict[str, float]

    def share(self, holds: str) -> float:
        """Return which share of the filled cells could hold that."""
        return self.shares.get(holds, 0.0)


def look_at(cells: Sequence[str | None]) -> Look:
    """Describe a column by a sample of its cells.

    >>> look_at(["a@example.jp", "b@example.jp", ""]).share("email")
    1.0
    """
    filled = [cell for cell in cells if cell and not is_nothing(cell)]
    count = len(filled)
    if not count:
        return Look(0.0, 0.0, 0.0, 0.0, {})
    distinct = set(filled)
    weights = {text: filled.count(text) for text in distinct} if len(distinct) < 50 else dict.fromkeys(distinct, 1)
    total = sum(weights.values())
    shares = {
        name: sum(weight for text, weight in weights.items() if test(normalise(text))) / total
        for name, test in _TESTS.items()
    }
    repeats = sum(above == below for above, below in pairwise(filled)) / max(count - 1, 1)
    length = sum(map(len, distinct)) / len(distinct)
    return Look(count / len(cells), len(distinct) / count, repeats, length, shares)


def _is_date(text: str) -> bool:
    return not text.isdecimal() and any(parse_date(text, order) for order in ("ymd", "mdy", "dmy"))


def _is_day_number(text: str) -> bool:
    """Say whether digits alone write a day: 20240501."""
    return (
        text.isdecimal() and len(text) in {8, 12, 14} and "1900" <= text[:4] <= "2100" and parse_date(text) is not None
    )


def _is_phone(text: str) -> bool:
    return len(text) >= 9 and text[0] in "0+(" and normalise_phone(text) is not None


_TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "email": lambda text: normalise_email(text) is not None,
    "phone": _is_phone,
    "postal": lambda text: bool(_POSTAL.fullmatch(text.upper())),
    "date": lambda text: _is_date(text) or _is_day_number(text),
    "month_day": lambda text: parse_month_day(text) is not None,
    "number": lambda text: parse_decimal(text) is not None,
    "integer": lambda text: (number := parse_decimal(text)) is not None and number == number.to_integral_value(),
    "small": lambda text: (number := parse_decimal(text)) is not None and abs(number) < 1000,
    "code": lambda text: bool(_CODE.fullmatch(text)) and any(mark.isdigit() for mark in text),
    "kana": lambda text: bool(_KANA.fullmatch(text)),
    "address": lambda text: bool(_PREFECTURE.match(text)) and len(text) > 6,
    "prefecture": lambda text: bool(_PREFECTURE.fullmatch(text)),
    "name": lambda text: bool(_NAME.fullmatch(text)),
    "words": lambda text: bool(_WORDS.search(text)) and not _DIGIT.search(text) and text not in _SAME,
    "text": lambda text: bool(_LETTER.search(text)),
    "choice": lambda text: yes_or_no(text) is not None,
    "consent": lambda text: consent_status(text) is not None,
    "stop": lambda text: bool(_STOP.search(text.casefold())),
    "opt_out": lambda text: is_stopped(text) is not None,
}
