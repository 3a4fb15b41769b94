"""Spreadsheets and text files (Excel, CSV): read a file into facts, reject what is broken, guess the rest.

What is exported here is imported when it is first asked for: the child process that opens a workbook needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tenshu.collect.connectors.file.columns.titles import FieldTitle, fields_of
    from tenshu.collect.connectors.file.looked import Looked, LookedColumn, LookedTable, look_at
    from tenshu.collect.connectors.file.note import Note
    from tenshu.collect.connectors.file.plans.choice import EXTRA, OPTIONS, Choice
    from tenshu.collect.connectors.file.plans.plan import Mapping, read_mapping
    from tenshu.collect.connectors.file.stage import StagedImport, stage_file, stage_tables

__all__ = [
    "EXTRA",
    "OPTIONS",
    "Choice",
    "FieldTitle",
    "Looked",
    "LookedColumn",
    "LookedTable",
    "Mapping",
    "Note",
    "StagedImport",
    "fields_of",
    "look_at",
    "read_mapping",
    "stage_file",
    "stage_tables",
]

_PLACES: Final = {
    "columns.titles": ("FieldTitle", "fields_of"),
    "looked": ("Looked", "LookedColumn", "LookedTable", "look_at"),
    "note": ("Note",),
    "plans.choice": ("EXTRA", "OPTIONS", "Choice"),
    "plans.plan": ("Mapping", "read_mapping"),
    "stage": ("StagedImport", "stage_file", "stage_tables"),
}


def __getattr__(name: str) -> Any:
    """Return what is exported under the name."""
    for module, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
