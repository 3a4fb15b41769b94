"""Merged values as people read and type them: 〔〇〇様〕 instead of `{{ customer.last_name | sama }}`.

Texts are kept as Liquid. On the page each known value stands as its words in 〔〕, which anybody can move, copy or
delete like a word; when the text comes back they become Liquid again. Values without words stay as they are written.
"""

import re
from typing import Final, NamedTuple

from tenshu.kit.i18n import LANGUAGES, N_, _

_LABEL: Final = re.compile(r"〔([^〔〕\n]{1,40})〕")


class Chip(NamedTuple):
    """A value that can be merged in.

    Attributes:
        label: its words, in English.
        ja, en: its Liquid in letters of that language.
    """

    label: str
    ja: str
    en: str

    def liquid(self, language: str) -> str:
        """Return its Liquid in a letter of this language."""
        return self.ja if language == "ja" else self.en


def _same(label: str, liquid: str) -> Chip:
    return Chip(label, liquid, liquid)


CHIPS: Final = (
    _same(N_("Dear + last name"), "{{ customer.last_name | sama }}"),
    _same(N_("Dear + full name"), "{{ customer.full_name | sama }}"),
    _same(N_("last name"), "{{ customer.last_name }}"),
    _same(N_("first name"), "{{ customer.first_name }}"),
    _same(N_("company"), "{{ customer.company }}"),
    _same(N_("prefecture"), "{{ customer.prefecture }}"),
    _same(N_("customer number"), "{{ customer.customer_no }}"),
    Chip(N_("birthday"), '{{ customer.birthday | date: "%-m月%-d日" }}', '{{ customer.birthday | date: "%-d %B" }}'),
    Chip(
        N_("joined on"),
        '{{ customer.joined_on | date: "%Y年%-m月%-d日" }}',
        '{{ customer.joined_on | date: "%-d %B %Y" }}',
    ),
    _same(N_("shop's name"), "{{ shop.name }}"),
    _same(N_("shop's site"), "{{ shop.home_url }}"),
)


def shown(text: str, language: str | None = None) -> str:
    """Return the text with its merged values as words of the language of the page.

    >>> shown("{{ customer.last_name | sama }}へ", "ja")
    '〔〇〇様〕へ'
    """
    for chip in CHIPS:
        for liquid in {chip.ja, chip.en}:
            text = text.replace(liquid, f"〔{_(chip.label, language)}〕")
    return text


def typed(text: str, *, language: str) -> str:
    """Return the text with words in 〔〕, of either language, as Liquid of a letter in this language.

    >>> typed("〔〇〇様〕 〔nothing of ours〕", language="ja")
    '{{ customer.last_name | sama }} 〔nothing of ours〕'
    """

    def liquid(found: re.Match[str]) -> str:
        chip = _by_words().get(found[1].strip())
        return found[0] if chip is None else chip.liquid(language)

    return _LABEL.sub(liquid, text)


def unknown_labels(text: str) -> list[str]:
    """Return what stands in 〔〕 and is no value, as it happens when somebody edits inside one."""
    return [found[0] for found in _LABEL.finditer(text) if found[1].strip() not in _by_words()]


def _by_words() -> dict[str, Chip]:
    return {_(chip.label, language): chip for chip in CHIPS for language in LANGUAGES}
