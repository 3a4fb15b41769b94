"""Fold names so that people find them however they type: kanji variants, hiragana, half-width kana, Latin letters.

Two texts that a person takes for the same name fold to the same text. It is one polars expression, so a column of a
million names and the one name that somebody types are folded by the same program.
"""

import re
from collections.abc import Callable
from typing import Final

import polars as pl

#: Kanji that are written in several ways in the same family name, to the one that keyboards offer first.
_VARIANTS: Final = dict(
    zip(
        "髙﨑濵濱邊邉齋齊斎嶋嶌澤廣櫻國德惠眞榮條瀨瀬冨祐隆龍壽",
        "高崎浜浜辺辺斉斉斉島島沢広桜国徳恵真栄条瀬瀬富祐隆竜寿",
        strict=True,
    )
)
_KANA: Final = {chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)}
_SAME: Final = {**_KANA, **{one: other for one, other in _VARIANTS.items() if one != other}}
#: What is written between the parts of a number or a name and says nothing.
_FILLING: Final = "[\\s\u00b7\u30fb\u2010-\u2015\u2212\\-()./,]"

_ROWS: Final = {
    "": "アイウエオ",
    "k": "カキクケコ",
    "s": "サシスセソ",
    "t": "タチツテト",
    "n": "ナニヌネノ",
    "h": "ハヒフヘホ",
    "m": "マミムメモ",
    "r": "ラリルレロ",
    "g": "ガギグゲゴ",
    "z": "ザジズゼゾ",
    "d": "ダヂヅデド",
    "b": "バビブベボ",
    "p": "パピプペポ",
}
_SYLLABLES: Final = {
    kana: consonant + vowel for consonant, row in _ROWS.items() for kana, vowel in zip(row, "aiueo", strict=True)
} | {"ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ワ": "wa", "ヲ": "o", "ン": "n", "ヴ": "b", "ヂ": "zi", "ヅ": "zu", "ー": ""}
_SMALL: Final = {"ャ": "ya", "ュ": "yu", "ョ": "yo"}
_LATIN: Final = (
    {
        kana + small: spelt[0] + glide
        for kana, spelt in _SYLLABLES.items()
        if spelt[1:] == "i"
        for small, glide in _SMALL.items()
    }
    | _SYLLABLES
    | {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
)
#: How Hepburn and other spellings of a syllable are written in the one that the table above makes.
_SPELT: Final = dict(
    pair.split(">")
    for line in (
        "sha>sya shu>syu sho>syo shi>si tchi>tti cha>tya chu>tyu cho>tyo chi>ti tsu>tu ja>zya ju>zyu jo>zyo",
        "ccha>ttya cchu>ttyu ccho>ttyo cchi>tti",
        "ji>zi di>zi dzu>zu du>zu fu>hu mb>nb mp>np mm>nm",
    )
    for pair in line.split()
)


def folded(text: pl.Expr) -> pl.Expr:
    """Return texts folded: NFKC, small letters, katakana, one kanji for its variants, nothing between the parts."""
    plain = text.str.normalize("NFKC").str.to_lowercase().str.replace_all(_FILLING, "")
    return plain.str.replace_many(list(_SAME), list(_SAME.values()))


def latin(text: pl.Expr) -> pl.Expr:
    """Return folded readings in Latin letters, as `same_latin` spells them; other letters stay as they are."""
    said = text.str.replace_many(list(_LATIN), list(_LATIN.values()), leftmost=True)
    return same_latin(said.str.replace_all("ッ", ""))


def same_latin(text: pl.Expr) -> pl.Expr:
    """Return names in Latin letters in one spelling: Sato, Satou, Satoh and Satō are one, so are Jun and Zyun."""
    plain = text.str.normalize("NFD").str.replace_all("[\u0300-\u036f']", "")
    spelt = plain.str.replace_many(list(_SPELT), list(_SPELT.values()), leftmost=True)
    shorter = spelt.str.replace_all("oh($|[^aiueoy])", "o${1}")
    shorter = shorter.str.replace_all("o[ou]+", "o")
    for vowel in "uaei":
        shorter = shorter.str.replace_all(f"{vowel}{{2,}}", vowel)
    for letter in "kstpcbdgz":
        shorter = shorter.str.replace_all(letter * 2, letter, literal=True)
    return shorter


def fold(text: str) -> str:
    """Return one text folded.

    >>> fold("さとう　ﾊﾅｺ"), fold("髙橋"), fold("齋藤") == fold("斉藤"), fold("０３-１２３４")
    ('サトウハナコ', '高橋', True, '031234')
    """
    return _one(text, folded)


def fold_latin(text: str) -> str:
    """Return one name in Latin letters, or one reading, in one spelling.

    >>> fold_latin("Satō"), fold_latin("satoh"), fold_latin("サトウ"), fold_latin("Junichi"), fold_latin("ジュンイチ")
    ('sato', 'sato', 'sato', 'zyuniti', 'zyuniti')
    """
    return _one(text, lambda column: latin(folded(column)))


def digits_of(text: str) -> str:
    """Return the digits of a telephone number as it is dialled at home, or nothing.

    >>> digits_of("+81 90-1234"), digits_of("０９０ー１２３４"), digits_of("S-12")
    ('0901234', '0901234', '')
    """
    plain = re.sub("[ー〜~]", "", _one(text, folded)).lower()
    if plain.startswith("+81"):
        plain = "0" + plain[3:].removeprefix("0")
    return plain if re.fullmatch("[0-9]+", plain) else ""


def _one(text: str, how: Callable[[pl.Expr], pl.Expr]) -> str:
    said = pl.DataFrame({"text": [text]}).select(how(pl.col("text"))).item()
    return str(said)
