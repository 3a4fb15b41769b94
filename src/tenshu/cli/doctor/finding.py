"""What a check finds: ok, look or broken, what was seen, and what to do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _

Level = Literal["ok", "look", "broken"]
#: What a check makes of what it could not read.
UNREAD: Final = N_("This could not be read: {problem}")
UNREAD_DO: Final = N_("If the other findings do not explain it, run tenshu run once and look again.")
#: The most of a foreign error's text that is shown.
_LONGEST: Final = 300


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, sayable in any language.

    Attributes:
        level: ok | look (work goes on, a person should know) | broken (something does not work).
        found: what was seen: an English sentence with {fields}.
        given: the fields.
        todo: what to do, with the same fields; empty when nothing.
    """

    level: Level
    found: str
    given: dict[str, Any] = {}
    todo: str = ""

    def text(self) -> str:
        """Return what was found, in the current language."""
        return _(self.found, **self.given)

    def advice(self) -> str:
        """Return what to do, in the current language; empty when nothing."""
        return _(self.todo, **self.given) if self.todo else ""


@dataclass(frozen=True)
class Check:
    """One thing to look at.

    Attributes:
        name: for programs.
        title: for people (an N_ text).
        read: home -> what was seen.
        judge: what was seen -> findings, the worst counts; pure.
    """

    name: str
    title: str
    read: Callable[[Any], Any]
    judge: Callable[[Any], Sequence[Finding]]


def ok(found: str, /, **given: Any) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(level="ok", found=found, given=given)


def look(found: str, todo: str, /, **given: Any) -> Finding:
    """Return a finding that a person should know of."""
    return Finding(level="look", found=found, given=given, todo=todo)


def broken(found: str, todo: str, /, **given: Any) -> Finding:
    """Return a finding that something does not work."""
    return Finding(level="broken", found=found, given=given, todo=todo)


def unread(problem: Exception) -> Finding:
    """Return the finding that something could not be read at all."""
    said = problem.text() if isinstance(problem, TenshuError) else f"{type(problem).__name__}: {problem}"
    return look(UNREAD, UNREAD_DO, problem=said.splitlines()[0][:_LONGEST] if said else type(problem).__name__)
