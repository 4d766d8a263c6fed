"""Tables for Excel that carry no formulas, and tables from Excel read with care."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from doujia.server.kernel.errors import Unprocessable

__all__ = ["SheetRefused", "csv_bytes", "neutral", "read_xlsx", "xlsx_book", "xlsx_bytes"]

MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 100
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class SheetRefused(Unprocessable):
    """Not a table that can be read."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__("sheet_refused", zh=zh, en=en)


def neutral(value: Any) -> Any:
    """Return a cell that Excel does not take for a formula; numbers, dates and None pass as they are.

    A leading ``'`` is put before ``= + - @``, tab, line ends and their full-width forms, also behind spaces (OWASP, CSV
    injection). A negative number stays a number when it is given as one.

    >>> neutral('=HYPERLINK("http://x")')
    '\\'=HYPERLINK("http://x")'
    """
    if not isinstance(value, str):
        return value
    text = "".join(c for c in value if c in "\t\r\n" or ord(c) >= 32)
    return (
        f"'{text}"
        if text.startswith(_DANGEROUS) or text.lstrip(" \u00a0\u3000").startswith(_DANGEROUS)
        else text
    )


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a CSV file (UTF-8 with mark, so that Excel reads Chinese), every cell neutral and quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([neutral(c) for c in header])
    for row in rows:
        writer.writerow([neutral(c) for c in row])
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "Sheet1") -> bytes:
    """Return an XLSX file with one sheet; every text cell is neutral and stored as text."""
    return xlsx_book([(title, header, rows)])


def xlsx_book(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> bytes:
    """Return an XLSX file with a sheet for each (title, header, rows); every text cell is neutral and stored as text."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for title, header, rows in sheets:
        sheet = book.create_sheet(title)
        for row in (header, *rows):
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, value=neutral(value))
                if isinstance(value, str):
                    cell.data_type = "s"  # openpyxl would make a formula of what begins with "="
                    cell.number_format = "@"
                cells.append(cell)
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_xlsx(file: BinaryIO, *, max_rows: int, max_columns: int = 64) -> Iterator[tuple[int, list[str]]]:
    """Yield ``(row number as Excel shows it, cells as text)`` of the first sheet, without its empty rows.

    Raises:
        SheetRefused: no XLSX, too big when unpacked, or more than ``max_rows`` rows.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
        unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
        if unpacked > MAX_UNPACKED or len(entries) > 1000 or unpacked > MAX_RATIO * max(packed, 10_000):
            raise SheetRefused("表格太大。", "The table is too big.")
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise SheetRefused("这不是 XLSX 表格。", "This is not an XLSX table.") from error
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise SheetRefused("表格里没有工作表。", "There is no sheet in this file.")
        seen = 0
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=max_columns), start=1):
            cells = [_text(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                seen += 1
                if seen > max_rows:
                    raise SheetRefused(f"最多 {max_rows} 行。", f"There may be at most {max_rows} rows.")
                yield number, cells
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # Excel keeps a phone number as 13800138000.0
    return str(value).strip()
