"""The child process that opens a workbook or a Parquet file: it may take so much memory and time and no more.

Run as `python -m tenshu.collect.connectors.file.cells.sheets WORKBOOK FOLDER MEMORY SECONDS`. It writes each sheet
as text cells into FOLDER and says on its last line, as JSON, what it found or why it stopped. A workbook made to
exhaust the reader ends this process and nothing else.
"""

import json
import resource
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

MEBIBYTE: Final = 1 << 20
PROTECTED: Final = 3
PARQUET: Final = b"PAR1"
ZIP: Final = b"PK"
OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
#: More merged cells than this are not told apart.
MOST_MERGES: Final = 100_000
UNREADABLE: Final = 4


def main(arguments: list[str]) -> int:
    """Read the workbook within its limits; return the exit code."""
    path, folder, memory, seconds = arguments
    _limit(int(memory), int(seconds))
    # Imported under the limits: nothing of the workbook's reader runs without them.
    import python_calamine as calamine  # noqa: PLC0415

    try:
        found = _reader(Path(path))(Path(path), Path(folder))
    except calamine.PasswordError:
        return PROTECTED
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, MemoryError, OSError, ValueError) as error:
        sys.stdout.write(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}))
        return UNREADABLE
    sys.stdout.write(json.dumps(found))
    return 0


def _reader(path: Path) -> Callable[[Path, Path], dict[str, Any]]:
    """Return what reads a file that begins so."""
    with path.open("rb") as handle:
        start = handle.read(512)
    if start.startswith(PARQUET):
        return read_parquet
    return read_book if start.startswith((ZIP, OLE)) else read_page


def read_page(path: Path, folder: Path) -> dict[str, Any]:
    """Write each table of a page or of an XML workbook as text cells; return what was found, as `read_book` does.

    Raises:
        ValueError: a table has more columns than a table can have, or it cannot be read.
    """
    from tenshu.collect.connectors.file.cells.markup import read_markup  # noqa: PLC0415
    from tenshu.collect.connectors.file.cells.raw import RawWriter  # noqa: PLC0415

    sheets = []
    for number, (name, rows, spans) in enumerate(read_markup(path)):
        width = max(map(len, rows), default=0)
        _refuse_wide(width)
        target = folder / f"sheet{number}.parquet"
        with RawWriter(target, width, is_text=True) as writer:
            for row, cells in enumerate(rows, 1):
                if any(cells):
                    writer.add(row, cells)
        if writer.rows:
            about = {"file": target.name, "rows": writer.rows, "width": width, "merges": spans[:MOST_MERGES]}
            sheets.append({"name": name, **about})
    return {"sheets": sheets}


def read_book(path: Path, folder: Path) -> dict[str, Any]:
    """Write each visible sheet as a Parquet file of text cells; return what was found.

    `sheets` has name, file, rows, width and merged cells (first row and last row from 1, first column and last column
    from 0) of each; `hidden` and `charts` the names of sheets that are left alone.

    Raises:
        ValueError: a sheet has more columns than a table can have.
    """
    import python_calamine as calamine  # noqa: PLC0415

    book = calamine.CalamineWorkbook.from_path(str(path))
    found: dict[str, Any] = {"sheets": [], "hidden": [], "charts": []}
    for number, about in enumerate(book.sheets_metadata):
        if about.visible != calamine.SheetVisibleEnum.Visible:
            found["hidden"].append(about.name)
        elif about.typ != calamine.SheetTypeEnum.WorkSheet:
            found["charts"].append(about.name)
        else:
            sheet = book.get_sheet_by_index(number)
            if sheet.height and sheet.width:
                written = _write_sheet(sheet, folder / f"sheet{number}.parquet")
                found["sheets"].append({"name": about.name, **written})
    return found


def _write_sheet(sheet: Any, target: Path) -> dict[str, Any]:
    from tenshu.collect.connectors.file.cells.raw import RawWriter  # noqa: PLC0415

    _refuse_wide(sheet.width)
    with RawWriter(target, sheet.width) as writer:
        for row, cells in enumerate(sheet.iter_rows(), 1):
            texts = [cell if type(cell) is str else cell_text(cell) for cell in cells]
            if any(texts):
                writer.add(row, texts)
    left = sheet.start[1]
    merges = [
        [top + 1, bottom + 1, first - left, last - left]
        for (top, first), (bottom, last) in (sheet.merged_cell_ranges or [])[:MOST_MERGES]
        if first >= left
    ]
    return {"file": target.name, "rows": writer.rows, "width": sheet.width, "merges": merges}


def read_parquet(path: Path, folder: Path) -> dict[str, Any]:
    """Write the table of a Parquet file as text cells; its column names become row 1.

    Raises:
        ValueError: it has more columns than a table can have, or is no whole Parquet file.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415

    from tenshu.collect.connectors.file.cells.raw import ROWS_A_CHUNK, RawWriter  # noqa: PLC0415

    target = folder / "sheet0.parquet"
    with pq.ParquetFile(path) as stored:
        names = stored.schema_arrow.names
        _refuse_wide(len(names))
        with RawWriter(target, len(names)) as writer:
            writer.add(1, names)
            row = 1
            for batch in stored.iter_batches(batch_size=ROWS_A_CHUNK):
                for cells in zip(*map(_values, batch.columns), strict=True):
                    row += 1
                    writer.add(row, [cell if type(cell) is str else cell_text(cell) for cell in cells])
    return {"sheets": [{"name": "", "file": target.name, "rows": writer.rows, "width": len(names), "merges": []}]}


def _values(column: Any) -> list[Any]:
    """Return the column's values; instants to the microsecond, which is what a datetime can hold."""
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return list(column.to_pylist())


def _refuse_wide(width: int) -> None:
    from tenshu.collect.connectors.file.cells.raw import MOST_COLUMNS  # noqa: PLC0415

    if width > MOST_COLUMNS:
        message = f"{width} columns"
        raise ValueError(message)


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
        is_day = cell.tzinfo is None and cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
