"""Errors that help: what happened, what was given, what is allowed, what to do next.

An error class carries its sentence as a template, marked for translation; raising it gives the
facts. The text is made when it is read, in the reader's language.
"""

from typing import ClassVar

from tenshu.kit.i18n import N_, _


class TenshuError(Exception):
    """The root of every error that a user can read.

    >>> class NoSuchFile(TenshuError):
    ...     '''A file that is not there.'''
    ...     template = "There is no file {path}. Check the name."
    >>> NoSuchFile(path="a.csv").text("en")
    'There is no file a.csv. Check the name.'
    """

    template: ClassVar[str] = N_("Something went wrong: {reason}")
    #: The HTTP status a page or the API answers with.
    status: ClassVar[int] = 400

    def __init__(self, **given: object) -> None:
        self.given = given
        super().__init__(given)

    def __reduce__(self) -> tuple[object, tuple[type["TenshuError"], dict[str, object]]]:
        """Cross into another process with what was given."""
        return _rebuilt, (type(self), self.given)

    def text(self, language: str | None = None) -> str:
        """Return the sentence in the given language, else the current one."""
        return _(self.template, language, **self.given)

    def __str__(self) -> str:
        """Return the sentence in the current language."""
        return self.text()


def _rebuilt(kind: type[TenshuError], given: dict[str, object]) -> TenshuError:
    return kind(**given)


class MissingExtra(TenshuError):
    """An optional part was asked for whose libraries are not installed."""

    template = N_('{part} needs the extra "{extra}". Install it with: pip install "tenshu[{extra}]"')
