"""What a letter merges in of a customer, and what stands there when nothing is known."""

import re
from collections import defaultdict
from typing import Final

import msgspec

from tenshu.content.merge import ENGINE_ERRORS, parse
from tenshu.content.stretch import LIQUID, stretches
from tenshu.content.template import TemplateText

_FIELD: Final = re.compile(r"\bcustomer\.([a-z_]{1,40})")


class MergedField(msgspec.Struct, frozen=True):
    """One field of the customer that a letter uses.

    Attributes:
        field: its name, such as last_name.
        instead: what is read where it is not known, each wording once; an empty text is nothing at all.
        is_asked: whether a condition of the letter asks for it, so that whole passages may be left out.
    """

    field: str
    instead: tuple[str, ...]
    is_asked: bool


def merged_fields(written: TemplateText, *, language: str) -> list[MergedField]:
    """Return the fields of the customer that the letter uses, in order of the alphabet.

    >>> text = TemplateText(subject="{{ customer.last_name | sama }}", mjml="{{ customer.company }}", text="")
    >>> [(one.field, one.instead) for one in merged_fields(text, language="ja")]
    [('company', ('',)), ('last_name', ('お客様',))]
    """
    instead: dict[str, set[str]] = defaultdict(set)
    asked: set[str] = set()
    for source in (written.subject, written.preheader, written.mjml, written.text):
        for start, end in stretches(source, LIQUID):
            said = source[start:end] if end >= 0 else ""
            for field in _FIELD.findall(said):
                if said.startswith("{%"):
                    asked.add(field)
                else:
                    instead[field].add(_without(said, language))
    return [MergedField(name, tuple(sorted(instead[name])), name in asked) for name in sorted({*instead, *asked})]


def _without(output: str, language: str) -> str:
    """Return what an output says of one of whom nothing is known."""
    try:
        said: str = parse(output, language, is_html=False).render({"customer": {}, "shop": {}, "now": None})
    except ENGINE_ERRORS:
        return ""
    return said.strip()
