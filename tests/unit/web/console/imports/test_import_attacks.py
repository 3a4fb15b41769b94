"""What people try with files: names that lead elsewhere, markup everywhere, bombs, forms that are not ours."""

import io
import zipfile
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop
from tenshu.collect.importing import noted_imports
from tenshu.collect.uploads import keep_upload, list_uploads
from tests.unit.web.console.imports.bringing import (
    HEADER,
    ROWS,
    book_of,
    brought,
    checked,
    csv_of,
    entered,
    imported,
    words,
)
from tests.unit.web.console.visiting import Visitor

MARKUP = "<img src=x onerror=alert(1)>"


def bomb() -> bytes:
    """Return a workbook that unpacks to gigabytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _nth in range(60):
                sheet.write(b"0" * 10_000_000)
    return packed.getvalue()


def test_markup_in_name_header_and_cell_is_shown_as_text_on_every_page(owner: Visitor) -> None:
    rows = [(1, f"{MARKUP}佐藤", "sato@example.jp", "○"), (2, "鈴木", MARKUP, "○")]
    header = (*HEADER[:3], f"メルマガ{MARKUP}")
    number = brought(owner, csv_of(rows, header), f"{MARKUP}.csv")
    pages = [owner.get("/import"), owner.get(f"/import/{number}"), checked(owner, number), entered(owner, number)]
    for page in (*pages, owner.get("/import")):
        assert MARKUP not in page.text
        assert "&lt;img src=x onerror=alert(1)&gt;" in page.text


@pytest.mark.parametrize("name", ["../../../etc/cron.d/x", "..\\..\\x.csv", "/etc/passwd", "a\x00.csv", "x" * 70_000])
def test_no_name_of_a_file_leads_out_of_its_folder(owner: Visitor, shop: Shop, name: str) -> None:
    before = {path for path in shop.home.rglob("*") if "uploads" not in path.parts}
    answer = owner.post("/import", files={"file": (name, csv_of(ROWS))})
    assert answer.status_code in {303, 400, 413}
    for upload in list_uploads(shop.home):
        folder = shop.home / "imports" / "uploads" / upload.id
        assert {path.name.split(".")[0] for path in folder.iterdir()} <= {"file", "upload"}
    after = {path for path in shop.home.rglob("*") if "uploads" not in path.parts}
    assert {path.name for path in after - before if ".sqlite-" not in path.name} <= {"imports"}


def test_the_name_of_a_download_is_no_header_of_its_own(owner: Visitor, shop: Shop) -> None:
    rows = csv_of([*ROWS, ("4", "伊藤", "壊れた@@", "○")])
    upload = keep_upload(shop.home, '名簿"\r\nX-Evil: 1.csv', io.BytesIO(rows), at=shop.clock.now(), by="")
    page = checked(owner, upload.id)
    path = f"/import/{upload.id}/refused/" + page.text.partition(f'action="/import/{upload.id}/refused/')[2].partition(
        '"'
    )[0].replace(".xlsx", ".csv")
    answer = owner.post(path)
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_formula_in_a_refused_cell_is_text_in_the_list_for_excel(owner: Visitor) -> None:
    number = brought(owner, csv_of([*ROWS, ("4", "=cmd|' /C calc'!A0", "=HYPERLINK(1)", "○")]))
    page = checked(owner, number)
    path = page.text.partition(f'action="/import/{number}/refused/')[2].partition('"')[0].replace(".xlsx", ".csv")
    listed = owner.post(f"/import/{number}/refused/{path}").text
    assert "'=HYPERLINK(1)" in listed
    assert ",=" not in listed
    assert '"=' not in listed


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("領収書.pdf", b"%PDF-1.7 no table", "領収書.pdf"),
        ("爆弾.xlsx", b"", "爆弾.xlsx"),
        ("壊れた.xlsx", b"PK\x03\x04" + b"broken" * 50, "壊れた.xlsx"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words_with_its_name(
    owner: Visitor, shop: Shop, name: str, data: bytes, said: str
) -> None:
    number = brought(owner, data or bomb(), name)
    answer = owner.get(f"/import/{number}")
    assert answer.status_code == 400
    assert said in words(answer)
    assert "うまくいきませんでした" in words(answer)
    assert "file." not in words(answer)
    assert noted_imports(shop.ledger) == []


def test_a_picture_called_a_table_can_never_be_taken_over(owner: Visitor, shop: Shop) -> None:
    number = brought(owner, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "絵.csv")
    answer = owner.get(f"/import/{number}")
    assert answer.status_code == 400 or "読み取れませんでした" in words(answer)
    assert owner.post(f"/import/{number}/check", {"columns": "yes"}).status_code in {400, 422}
    assert noted_imports(shop.ledger) == []


def test_a_table_with_too_many_columns_is_refused_in_words(owner: Visitor) -> None:
    wide = [f"列{nth}" for nth in range(2_000)]
    answer = owner.get(f"/import/{brought(owner, csv_of([wide], wide), '広い.csv')}")
    assert "2,000" in words(answer)
    assert "広い.csv" in words(answer)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
def test_every_usual_encoding_comes_in_whole(owner: Visitor, shop: Shop, encoding: str) -> None:
    imported(owner, csv_of(ROWS, encoding=encoding))
    (noted,) = noted_imports(shop.ledger)
    assert (noted.summary.rows, noted.summary.accepted) == (3, 3)


def test_an_unclosed_quote_is_said_with_its_row_and_the_other_rows_can_come_in(owner: Visitor) -> None:
    data = csv_of(ROWS) + '9,"伊藤,ito@example.jp,○\n'.encode()
    page = checked(owner, brought(owner, data))
    assert "引用符" in words(page) or "取込エラー" in words(page)


def test_a_file_over_the_limit_is_refused_before_it_is_kept(owner: Visitor, shop: Shop) -> None:
    answer = owner.post("/import", files={"file": ("a.csv", b"x")}, headers={"content-length": str(5_000_000_000)})
    assert answer.status_code == 413
    assert list_uploads(shop.home) == []


def test_a_form_that_is_not_ours_brings_nothing_in(owner: Visitor, shop: Shop) -> None:
    number = brought(owner, csv_of(ROWS))
    checked(owner, number)
    for path in ("/import", f"/import/{number}/enter", f"/import/{number}/check", f"/import/{number}/throw-away"):
        assert owner.send("POST", path, data={"csrf": "forged"}).status_code == 403
    assert [each.id for each in list_uploads(shop.home)] == [number]
    assert noted_imports(shop.ledger) == []


def test_a_get_lets_nothing_in(owner: Visitor, shop: Shop) -> None:
    number = brought(owner, csv_of(ROWS))
    checked(owner, number)
    for act in ("enter", "check", "throw-away", "look"):
        assert owner.get(f"/import/{number}/{act}").status_code in {404, 405}
    assert noted_imports(shop.ledger) == []


def test_hidden_sheets_links_and_macros_come_to_nothing(owner: Visitor) -> None:
    people = (HEADER, *ROWS)
    number = brought(owner, book_of(顧客=people, メモ=(("覚え書き",), ("棚卸し",))), "名簿.xlsm")
    page = checked(owner, number)
    assert "取り込める行 3" in words(page)


def test_a_sheet_cannot_be_named_so_that_its_form_is_another_ones(owner: Visitor) -> None:
    people = (HEADER, *ROWS)
    number = brought(owner, book_of(**{"take-1": people, '"><q>': people}), "名簿.xlsx")
    page = owner.get(f"/import/{number}")
    assert '"><q>' not in page.text


def test_a_path_of_samples_is_only_a_name_of_a_sample(owner: Visitor) -> None:
    for name in ("..%2f..%2fledger.sqlite", "upload.json", "tenshu-sample-fr.xlsx"):
        assert owner.get(f"/import/samples/{name}").status_code == 404


def test_refused_rows_of_another_name_are_not_there(owner: Visitor, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret")
    number = brought(owner, csv_of(ROWS))
    checked(owner, number)
    for name in ("..%2f..%2f..%2fsecret.csv", "secret.csv", "upload.json"):
        assert owner.post(f"/import/{number}/refused/{name}").status_code == 404
