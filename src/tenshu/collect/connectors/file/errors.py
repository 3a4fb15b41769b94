"""What can be wrong with a whole file; single rows are rejected instead."""

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_


class FileRefused(TenshuError):
    """A file that is not read at all."""

    template = N_("The file {name} was not read: {reason}")


class NoSuchFile(FileRefused):
    """A file that is not there."""

    template = N_("There is no file {name}. Check the name and the folder.")


class EmptyFile(FileRefused):
    """A file without a single row."""

    template = N_("The file {name} has no rows. Export it again, with its header row.")


class FileTooBig(FileRefused):
    """A file that would unpack into more than is allowed."""

    template = N_(
        "The file {name} unpacks to {given}, more than the {allowed} that we open. "
        "Save its table as CSV and import that."
    )


class TooManyColumns(FileRefused):
    """A table wider than any table of customers or purchases."""

    template = N_(
        "The file {name} has {given} columns, more than the {allowed} that a table can have. "
        "Save the columns you need as CSV and import that."
    )


class FileProtected(FileRefused):
    """A workbook with a password."""

    template = N_("The file {name} is protected by a password. Save it without one, then import it again.")


class NoTable(FileRefused):
    """A file that is no workbook and no text table."""

    template = N_("The file {name} is no table that we can read. Give an Excel workbook (.xlsx), CSV or TSV.")


class WorkbookUnreadable(FileRefused):
    """A workbook that the reader could not take within its limits."""

    template = N_(
        "The workbook {name} could not be read ({reason}). "
        "Open it in a spreadsheet, save its table as CSV and import that."
    )


class NotRecognised(FileRefused):
    """A table whose meaning could not be guessed."""

    template = N_(
        "We cannot tell what the columns of {name} mean: {missing} not found. The columns are: {columns}. "
        "Name them with --kind and --map."
    )


class BadMapping(FileRefused):
    """A mapping that names what is not there."""

    template = N_("The mapping for {name} says {given}, which is not there. Allowed: {allowed}.")
