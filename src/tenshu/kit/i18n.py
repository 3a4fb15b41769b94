"""Say it in the user's language (ja, en).

Texts are written in English in the code, marked with `_` (said now), `_n` (said now, of a number) or `N_` (said later),
and each room keeps its Japanese in a gettext catalogue `ja.po` beside the code. The language is a context variable, so
a page, a command and a test can each speak their own.
"""

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from babel.messages.pofile import read_po

LANGUAGES: Final = ("ja", "en")
_language: ContextVar[str] = ContextVar("language", default="en")


def N_(text: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a text for the catalogue without translating it yet."""
    return text


def _(text: str, language: str | None = None, /, **given: object) -> str:
    """Return the text in the current (or the given) language, with `{names}` filled in.

    >>> _("{count} customers", "en", count=3)
    '3 customers'
    """
    wanted = language or _language.get()
    said = text if wanted == "en" else _catalogue(wanted).get(text, text)
    return said.format(**given) if given else said


def _n(one: str, many: str, number: int | str, language: str | None = None, /, **given: object) -> str:
    """Return the text for that many: `one` for 1 in English, `many` for all else; Japanese has the latter alone.

    Args:
        one: for a single thing.
        many: for none and for several; this is the one that catalogues have.
        number: how many, as a number or as it is written; fills in `{count}` unless that is given.
        language: ja or en; default: the current one.
        **given: the other fields.

    >>> _n("{count} mail", "{count} mails", 1, "en"), _n("{count} mail", "{count} mails", "1,204", "en")
    ('1 mail', '1,204 mails')
    """
    wanted = language or _language.get()
    is_one = wanted == "en" and str(number) == "1"
    return _(one if is_one else many, wanted, **{"count": number, **given})


def current_language() -> str:
    """Return the language that texts are said in now: `ja` or `en`."""
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything inside in this language."""
    token = _language.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _language.reset(token)


def set_language(language: str) -> None:
    """Set the language of this context for good, as a command does at its start."""
    _language.set(language if language in LANGUAGES else "en")


def terminal_language() -> str:
    """Return `ja` when the terminal's locale is Japanese, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "ja" if value.lower().startswith("ja") else "en"
    return "ja" if (locale.getlocale()[0] or "").lower().startswith("ja") else "en"


@cache
def _catalogue(language: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in catalogue_files(resources.files("tenshu"), f"{language}.po"):
        with path.open("rb") as handle:
            for message in read_po(handle, locale=language):
                if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                    texts[message.id] = message.string
    return texts


def catalogue_files(folder: Traversable, name: str) -> Iterator[Traversable]:
    """Yield every catalogue of that name in the folder and below, in a steady order."""
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir() and entry.name not in {"static", "node_modules", "__pycache__"}:
            yield from catalogue_files(entry, name)
        elif entry.name == name:
            yield entry
