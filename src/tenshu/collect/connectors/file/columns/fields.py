"""What a column of a customer list or of purchases can mean, and the header words that say so.

Words are compared after NFKC, in lower case, without spaces, marks and brackets, so that `Customer ID`,
`customer_id` and `ＣｕｓｔｏｍｅｒＩＤ` are one word. The words themselves are data: `fields.toml`.
"""

import re
import unicodedata
from functools import lru_cache
from importlib import resources
from typing import Final

import msgspec

from tenshu.collect.connectors.file.columns.about import may_mean, says_no, without_owner

CUSTOMERS: Final = "customers"
PURCHASES: Final = "purchases"
KINDS: Final = (CUSTOMERS, PURCHASES)


class Field(msgspec.Struct, frozen=True):
    """One meaning.

    Attributes:
        name: how a mapping names it.
        holds: what its values are (see `looks`): code, text, number, date, email, phone, postal, choice, kana.
        words: header words, the most usual first.
        inside: those of them that may stand inside a longer header, too.
        is_telling: whether a header with this word tells which kind of table it is.
        may_repeat: whether several columns together make up its value.
    """

    name: str
    holds: str
    words: tuple[str, ...]
    inside: tuple[str, ...] = ()
    is_telling: bool = False
    may_repeat: bool = False


_BRACKETED: Final = re.compile(r"[(\[〔【「<].*?[)\]〕】」>]")
_NO_LETTER: Final = re.compile(r"[\W_]+")
#: A word of `fields.toml` that begins so is a header as it stands, never a part of one: 顧客 is a name, 顧客ランク no.
_ONLY_WHOLE: Final = "="


@lru_cache(maxsize=2048)
def header_key(header: str, *, keep_brackets: bool = True) -> str:
    """Return the form in which headers are compared.

    >>> header_key("Customer ID"), header_key("電話番号（携帯）", keep_brackets=False)
    ('customerid', '電話番号')
    """
    plain = unicodedata.normalize("NFKC", header).casefold().replace("〒", "郵便番号")
    return _NO_LETTER.sub("", plain if keep_brackets else _BRACKETED.sub("", plain))


class _Described(msgspec.Struct, forbid_unknown_fields=True):
    """A field as `fields.toml` describes it."""

    holds: str
    words: list[str]
    telling: bool = False
    repeat: bool = False


def _read_fields() -> dict[str, tuple[Field, ...]]:
    text = (resources.files("tenshu.collect.connectors.file.columns") / "fields.toml").read_bytes()
    described = msgspec.toml.decode(text, type=dict[str, dict[str, _Described]])
    return {kind: tuple(_field(name, each) for name, each in fields.items()) for kind, fields in described.items()}


def _field(name: str, described: _Described) -> Field:
    keys = tuple(dict.fromkeys(key for word in described.words if (key := header_key(word))))
    only_whole = {header_key(word) for word in described.words if word.startswith(_ONLY_WHOLE)}
    inside = tuple(key for key in keys if len(key) >= _shortest(key) and key not in only_whole)
    return Field(name, described.holds, keys, inside, described.telling, described.repeat)


def _shortest(word: str) -> int:
    """Return how long a word must be to be looked for inside a header."""
    return 4 if word.isascii() else 2


FIELDS: Final = _read_fields()


def field_named(kind: str, name: str) -> Field | None:
    """Return the field of that name in a table of that kind, or None."""
    return next((field for field in FIELDS[kind] if field.name == name), None)


@lru_cache(maxsize=16_384)
def word_score(header: str, field: Field) -> float:
    """Return how surely the header means the field: 1 the very word, 0 not at all.

    >>> word_score("ご注文番号", field_named(PURCHASES, "order_no")) > 0.5
    True
    """
    key, bare = header_key(header), header_key(header, keep_brackets=False)
    if not may_mean(key, field.name):
        return 0.0
    if key in field.words:
        return 1.0 - 0.001 * field.words.index(key)
    if field.name == "opt_out" and says_no(key):
        return 0.95
    if bare and bare in field.words:
        return 0.9
    rest = without_owner(key)
    if rest and rest in field.words:
        return 0.88
    inside = max((len(word) for word in field.inside if word in key), default=0)
    return 0.5 + 0.3 * inside / len(key) if inside else 0.0
