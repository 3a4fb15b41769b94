"""Read a text as the person who gets it would: does it press, shout, speak to a crowd, or know too much?

Five kinds of words are looked for, per language of the mail (`copy_words.toml`), and two of manner: shouting, and a
letter that names nobody. Each remark says where, why and how it could be said instead. They are remarks, never a
refusal: the shop knows its customers.

Claims are cautions: the law on premiums and representations (景品表示法) and the act on medicines and devices (薬機法)
want proof for superlatives and forbid promises of healing.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import msgspec

from tenshu.content.template import TemplateText
from tenshu.kit.i18n import N_, _

#: Kinds, in the order of how much they cost; each with why.
WHY: Final[dict[str, str]] = {
    "mass": N_("This speaks to a crowd. Whoever reads it is one person."),
    "nameless": N_("The letter names nobody. A name at its beginning makes it a letter."),
    "pushy": N_("This presses. It sells once and costs the next visits."),
    "knowing": N_("This tells people that they were watched. Offer help instead of saying what you know."),
    "shouting": N_("This shouts. Filters take it for junk, and readers feel it."),
    "claim": N_("A claim like this needs proof, and of health it may be forbidden (景品表示法, 薬機法)."),
}
_NAMELY: Final = re.compile(r"\{\{[^{}]{0,40}customer\.(?:last_name|first_name|full_name|name_kana|company)\b")
_LIQUID: Final = re.compile(r"\{\{.{0,300}?\}\}|\{%.{0,300}?%\}", re.DOTALL)
_LINK: Final = re.compile(r"https?://[^\s)\]]{1,2000}")
_EXCLAIMED: Final = re.compile(r"[!！‼❗]{2,}")
_MARKS: Final = re.compile(r"[!！‼❗]")
#: Letters of other scripts may stand right beside them, as in Japanese.
_CAPITALS: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2,}(?:[ ,!'’-]{1,2}[A-Z]{2,}){1,20}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])(?:FREE|HURRY|URGENT|AMAZING|SALE)!"
)
#: Of so many marks in one text the last ones are too many.
_MOST_MARKS: Final = 3
_AROUND: Final = 12
_CALMER: Final = {"ja": "「。」で結ぶ", "en": "End the sentence with a full stop."}
_SMALLER: Final = {"ja": "小文字を交えて書く", "en": "Write it in small letters."}
_NAMED: Final = {
    "ja": "書き出しか件名に〇〇様を差し込む",
    "en": "Merge the name into the first line or the subject.",
}


class Remark(msgspec.Struct, frozen=True):
    """Something that could be said better.

    Attributes:
        kind: mass | nameless | pushy | knowing | shouting | claim.
        found: the words, as they stand in the text.
        start: where they begin, in characters.
        better: how it could be said, in the language of the text.
        part: subject, preheader or text, where a whole letter was read.
    """

    kind: str
    found: str
    start: int
    better: str
    part: str = ""

    @property
    def why(self) -> str:
        """Why, in the current language."""
        return _(WHY[self.kind])

    @property
    def is_caution(self) -> bool:
        """Whether it is about what the law asks, and so may well be right."""
        return self.kind == "claim"


class _Rule(NamedTuple):
    kind: str
    find: re.Pattern[str]
    unless: tuple[str, ...]
    better: str


def check_copy(text: str, language: str) -> tuple[Remark, ...]:
    """Return what could be said better in a text, in its order; merged values and addresses are not read.

    Args:
        text: as typed, with its Liquid.
        language: ja or en, the language of the text.

    >>> [(remark.kind, remark.found, remark.start) for remark in check_copy("お客様各位 今だけ半額です", "ja")]
    [('mass', 'お客様各位', 0), ('pushy', '今だけ', 6)]
    """
    read = _LINK.sub(_blanks, _LIQUID.sub(_blanks, text))
    found = [*_worded(read, language), *_shouted(read, language)]
    found.sort(key=lambda remark: (remark.start, -len(remark.found)))
    kept: list[Remark] = []
    for remark in found:
        end = kept[-1].start + len(kept[-1].found) if kept else 0
        if remark.start >= end:
            kept.append(remark)
    return tuple(kept)


def check_letter(written: TemplateText, language: str) -> tuple[Remark, ...]:
    """Return what could be said better in a whole letter, part by part; it should also name its reader."""
    found = [
        msgspec.structs.replace(remark, part=part)
        for part in ("subject", "preheader", "text")
        for remark in check_copy(getattr(written, part), language)
    ]
    if not _NAMELY.search(f"{written.subject}\n{written.text}"):
        found.insert(0, Remark("nameless", "", 0, _NAMED[language], "text"))
    return tuple(found)


def _worded(text: str, language: str) -> list[Remark]:
    found = []
    for rule in _rules()[language]:
        for hit in rule.find.finditer(text):
            around = text[max(0, hit.start() - _AROUND) : hit.end() + _AROUND].lower()
            if not any(meant in around for meant in rule.unless):
                found.append(Remark(rule.kind, hit[0], hit.start(), rule.better))
    return found


def _shouted(text: str, language: str) -> list[Remark]:
    calmer = _CALMER[language]
    found = [Remark("shouting", hit[0], hit.start(), calmer) for hit in _EXCLAIMED.finditer(text)]
    alone = list(_MARKS.finditer(text))
    if len(alone) > _MOST_MARKS and not found:
        found = [Remark("shouting", hit[0], hit.start(), calmer) for hit in alone[_MOST_MARKS:]]
    for hit in _CAPITALS.finditer(text):
        if sum(letter.isalpha() for letter in hit[0]) >= 8 or hit[0].endswith("!"):
            found.append(Remark("shouting", hit[0], hit.start(), _SMALLER[language]))
    return found


@cache
def _rules() -> dict[str, tuple[_Rule, ...]]:
    written = tomllib.loads((resources.files("tenshu.content") / "copy_words.toml").read_text("utf-8"))
    return {language: tuple(_rule(one) for one in written[language]) for language in ("ja", "en")}


def _rule(written: dict[str, object]) -> _Rule:
    given = msgspec.convert(written, _Written)
    meant = tuple(words.lower() for words in given.unless)
    return _Rule(given.kind, re.compile("|".join(given.find), re.IGNORECASE), meant, given.better)


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    find: list[str]
    better: str
    unless: list[str] = []


def _blanks(found: re.Match[str]) -> str:
    return " " * len(found[0])
