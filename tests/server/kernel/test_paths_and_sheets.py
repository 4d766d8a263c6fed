"""Foreign file names and spreadsheet cells."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doujia.server.kernel import paths, sheets

BAD = [
    "", ".", "..", "../x", "a/../b", "a/./b", "/etc/passwd", "//host/share", "a//b", "a/", "C:\\x", "C:/x", "c:x", "\\\\host\\x",
    "a\\b", "a\x00b", "a\nb", "CON", "con.txt", "a/NUL", "LPT1.jpg", "COM¹", "x.", "x ", "a/ /b", "x" * 256, "字" * 86, "a:b",
    "\ud800x", "a\x7fb",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_member_names_are_refused(name: str) -> None:
    with pytest.raises(paths.PathRefused):
        paths.safe_member(name)


@pytest.mark.parametrize(
    "name",
    ["a.jpg", "a/b/c.jpg", "图片/第 1 张.jpg", "a..b/c...d", ".hidden", "console.txt", "x" * 255, "字" * 85],
)
def test_good_member_names_stay(name: str) -> None:
    assert paths.safe_member(name) == name


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "target")
    for name in ("link/x", "file"):
        with pytest.raises(paths.PathRefused):
            paths.open_new(root, name)
    assert list(outside.iterdir()) == []
    with paths.open_new(root, "in/side.txt") as handle:
        handle.write(b"1")
    with pytest.raises(FileExistsError):
        paths.open_new(root, "in/side.txt")


@given(st.text(max_size=400))
def test_export_names_are_always_safe_members(text: str) -> None:
    name = paths.export_name(text, extension="zip")
    assert paths.safe_member(name) == name
    assert name.endswith(".zip") and "/" not in name


def test_a_header_cannot_be_split_by_a_name() -> None:
    header = paths.content_disposition('a"\r\nSet-Cookie: x=1;豆.zip')
    assert header == (
        "attachment; filename=\"a___Set-Cookie_ x=1;_.zip\"; filename*=UTF-8''a___Set-Cookie_%20x%3D1%3B%E8%B1%86.zip"
    )


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "　@x", "\x01=1"]
)
def test_formula_cells_become_text(cell: str) -> None:
    assert str(sheets.neutral(cell)).startswith("'")
    book = openpyxl.load_workbook(io.BytesIO(sheets.xlsx_bytes(["x"], [[cell]])))
    assert book.worksheets[0]["A2"].data_type == "s"
    assert str(book.worksheets[0]["A2"].value).startswith("'")
    rows = list(csv.reader(io.StringIO(sheets.csv_bytes(["x"], [[cell]]).decode("utf-8-sig"))))
    assert rows[1][0].startswith("'")


@pytest.mark.parametrize("cell", ["豆荚", "a=b", "", "3-4", "a@b.c", 5, -5, 1.5, None, "'x"])
def test_harmless_cells_stay(cell: object) -> None:
    assert sheets.neutral(cell) == cell


def test_a_table_comes_back_as_it_was_written() -> None:
    data = sheets.xlsx_bytes(["姓名", "电话"], [["王小豆", "13800138000"], [None, None], ["李", 13900139000]])
    rows = list(sheets.read_xlsx(io.BytesIO(data), max_rows=10))
    assert rows == [(1, ["姓名", "电话"]), (2, ["王小豆", "13800138000"]), (4, ["李", "13900139000"])]


def test_what_is_no_table_or_a_bomb_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 80_000_000)
    empty_zip = io.BytesIO()
    with zipfile.ZipFile(empty_zip, "w") as archive:
        archive.writestr("x", "y")
    for data in (b"", b"PK\x03\x04 broken", b"a,b\n1,2\n", bomb.getvalue(), empty_zip.getvalue()):
        with pytest.raises(sheets.SheetRefused):
            list(sheets.read_xlsx(io.BytesIO(data), max_rows=10))
    many = sheets.xlsx_bytes(["x"], [[str(i)] for i in range(20)])
    with pytest.raises(sheets.SheetRefused):
        list(sheets.read_xlsx(io.BytesIO(many), max_rows=10))
