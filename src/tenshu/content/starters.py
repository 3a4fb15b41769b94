"""Letters to begin with: ready to send after a few words are changed, in Japanese and in English."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final

import msgspec

from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.chips import typed
from tenshu.content.blocks.letter import read_blocks, write_text
from tenshu.content.template import TemplateSource, TemplateText

LANGUAGES: Final = ("ja", "en")


class StarterText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter to begin with, in one language.

    Attributes:
        title: what it is called.
        about: for whom it is, in a sentence.
        subject, preheader, blocks: with values in 〔〕.
    """

    title: str
    about: str
    subject: str
    preheader: str
    blocks: list[dict[str, Any]]


class Starter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter to begin with."""

    name: str
    ja: StarterText
    en: StarterText

    def said(self, language: str) -> StarterText:
        """Return it in a language."""
        return self.ja if language == "ja" else self.en


@cache
def starters() -> tuple[Starter, ...]:
    """Return them all, in the order in which they are offered."""
    written = tomllib.loads((resources.files("tenshu.content") / "starters.toml").read_text("utf-8"))
    return tuple(msgspec.convert(one, Starter) for one in written["starter"])


def begin(starter: Starter, name: str, *, title: str, brand: Brand) -> TemplateSource:
    """Return a new template in both languages."""
    languages = {language: _text(starter.said(language), language, brand) for language in LANGUAGES}
    return TemplateSource(name=name, title=title, languages=languages)


def _text(said: StarterText, language: str, brand: Brand) -> TemplateText:
    blocks = read_blocks(_typed(said.blocks, language))
    subject, preheader = typed(said.subject, language=language), typed(said.preheader, language=language)
    return write_text(subject, preheader, blocks, language=language, brand=brand)


def _typed(value: Any, language: str) -> Any:
    if isinstance(value, str):
        return typed(value, language=language)
    if isinstance(value, list):
        return [_typed(one, language) for one in value]
    return {key: _typed(one, language) for key, one in value.items()} if isinstance(value, dict) else value
