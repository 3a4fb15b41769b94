"""What a form of the settings said: its values as they were typed, what is wrong with them, and what to save.

A section is one question with its fields. Reading it is pure: from what was typed and what is kept to either errors in
the person's words, field by field, or the settings that change.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import Policy
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import Limits


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The settings as they are.

    Attributes:
        saved: names of the settings that were ever saved.
    """

    shop: ShopSettings
    smtp: SmtpSettings
    limits: Limits
    policy: Policy
    saved: frozenset[str] = frozenset()


class Form(msgspec.Struct, kw_only=True):
    """A form as it is shown.

    Attributes:
        values: by field, as typed or as kept.
        errors: by field, what is wrong and what to write instead.
        changes: by name of the setting, the fields that get another value.
    """

    values: dict[str, str] = msgspec.field(default_factory=dict)
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether it can be saved."""
        return not self.errors

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """Return what is wrong with a field, or nothing."""
        return self.errors.get(name, "")

    def change(self, setting: str, **fields: Any) -> None:
        """Note what is to be saved."""
        self.changes.setdefault(setting, {}).update(fields)

    def join(self, other: "Form") -> None:
        """Take over the fields of another section of the same page."""
        self.values |= other.values
        self.errors |= other.errors
        for setting, fields in other.changes.items():
            self.change(setting, **fields)


Typed = Mapping[str, str]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its fields.

    Attributes:
        name: the fields stand in `settings/fields_{name}.html`.
        fields: names of its fields.
        load: the fields' values of what is kept.
        read: what a person typed.
    """

    name: str
    fields: tuple[str, ...]
    load: Callable[[Kept], dict[str, str]]
    read: Callable[[Typed, Kept], Form]


def narrow(text: str) -> str:
    r"""Return what a Japanese keyboard may have written in wide letters as the narrow ones that a machine reads.

    >>> narrow("\uff53\uff48\uff4f\uff50\uff20example.com ")
    'shop@example.com'
    """
    return unicodedata.normalize("NFKC", text).strip()


def plain(text: str) -> str:
    """Return a name or an address in one line: no line breaks, no control characters, single blanks."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(kept.split())
