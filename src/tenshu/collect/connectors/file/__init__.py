"""Spreadsheets and text files (Excel, CSV): read a file into facts, reject what is broken, guess the rest."""

from tenshu.collect.connectors.file.plan import Mapping, read_mapping
from tenshu.collect.connectors.file.stage import StagedImport, stage_file

__all__ = ["Mapping", "StagedImport", "read_mapping", "stage_file"]
