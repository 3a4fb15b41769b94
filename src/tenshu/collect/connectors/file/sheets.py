"""The child process that opens a workbook: it may take so much memory and time and no more.

Run as `python -m tenshu.collect.connectors.file.sheets WORKBOOK FOLDER MEMORY SECONDS`. It writes each sheet
as text cells into FOLDER and says on its last line, as JSON, what it found or why it stopped. A workbook made to
exhaust the reader ends this process and nothing else.
"""

import json
import resource
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

MEBIBYTE: Final = 1 << 20
PROTECTED: Final = 3
UNREADABLE: Final = 4


def main(arguments: list[str]) -> int:
    """Read the workbook within its limits; return the exit code."""
    path, folder, memory, seconds = arguments
    _limit(int(memory), int(seconds))
    # Imported under the limits: nothing of the workbook's reader runs without them.
    import python_calamine as calamine  # noqa: PLC0415

    try:
        found = read_sheets(Path(path), Path(folder))
    except calamine.PasswordError:
        return PROTECTED
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, MemoryError, OSError, ValueError) as error:
        sys.stdout.write(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}))
        return UNREADABLE
    sys.stdout.write(json.dumps({"sheets": found}))
    return 0


def read_sheets(path: Path, folder: Path) -> list[dict[str, Any]]:
    """Write each visible sheet as a Parquet file of text cells; return name, file, rows and width of each.

    Raises:
        ValueError: a sheet has more columns than a table can have.
    """
    import python_calamine as calamine  # noqa: PLC0415

    from tenshu.collect.connectors.file.raw import MOST_COLUMNS, RawWriter  # noqa: PLC0415

    book = calamine.CalamineWorkbook.from_path(str(path))
    found = []
    for number, about in enumerate(book.sheets_metadata):
        if about.typ != calamine.SheetTypeEnum.WorkSheet or about.visible != calamine.SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_index(number)
        if sheet.width > MOST_COLUMNS:
            message = f"{sheet.width} columns"
            raise ValueError(message)
        if not sheet.height or not sheet.width:
            continue
        target = folder / f"sheet{number}.parquet"
        with RawWriter(target, sheet.width) as writer:
            for row, cells in enumerate(sheet.iter_rows(), 1):
                texts = [cell if type(cell) is str else cell_text(cell) for cell in cells]
                if any(texts):
                    writer.add(row, texts)
        found.append({"name": about.name, "file": target.name, "rows": writer.rows, "width": sheet.width})
    return found


def cell_text(cell: object) -> str:
    """Return the cell as its owner reads it: whole numbers without a point, days as ISO.

    >>> cell_text(17850.0), cell_text(2.55), cell_text(datetime(2011, 1, 2)), cell_text(True)
    ('17850', '2.55', '2011-01-02', 'TRUE')
    """
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
