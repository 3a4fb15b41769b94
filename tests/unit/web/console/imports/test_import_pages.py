"""A file comes in through the pages: looked at, corrected, checked, let in with a basis, told of, and nothing half."""

import io
import re
import tempfile
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tenshu.bootstrap import Shop
from tenshu.collect.connectors.file import stage_file
from tenshu.collect.importing import import_file, noted_imports
from tenshu.collect.uploads import list_uploads
from tenshu.flow import digest_all
from tenshu.identify.tables import node_map
from tenshu.privacy.consent import read_effective
from tenshu.staff.audit import newest
from tests.unit.web.console.imports.bringing import (
    LINES,
    ROWS,
    book_of,
    brought,
    checked,
    csv_of,
    entered,
    form_of,
    imported,
    words,
)
from tests.unit.web.console.visiting import Visitor, visiting


def allowed(shop: Shop) -> dict[str, tuple[str, str | None]]:
    """Return by address what each person allows, and on which basis."""
    with shop.ledger.reading() as tx:
        said = read_effective(tx, None, node_map, now=shop.clock.now())
    people = shop.warehouse.frame(
        "SELECT DISTINCT m.customer, f.properties::JSON ->> '$.traits.email' AS email "
        "FROM facts f JOIN node_map m USING (node) WHERE f.event = 'customer_described'"
    )
    rows = people.join(said, on="customer").select("email", "status", "basis").rows()
    return {email: (status, basis) for email, status, basis in rows}


def facts(shop: Shop) -> int:
    return int(shop.warehouse.frame("SELECT count(*) AS n FROM facts")["n"][0])


def test_the_first_page_teaches_and_offers_a_sample_that_can_be_imported(owner: Visitor, shop: Shop) -> None:
    page = owner.get("/import")
    assert "どんなファイルでよいのか" in words(page)
    sample = owner.get("/import/samples/tenshu-sample-ja.xlsx")
    assert sample.headers["content-disposition"].startswith("attachment")
    done = imported(owner, sample.content, "tenshu-sample-ja.xlsx")
    assert "取り込みが終わりました" in words(done)
    assert [each.summary.accepted for each in noted_imports(shop.ledger)] == [3, 3]


def test_the_columns_of_a_file_are_shown_with_samples_and_how_sure_the_guess_is(owner: Visitor) -> None:
    page = owner.get(f"/import/{brought(owner, csv_of(ROWS))}")
    form = form_of(page.text)
    assert [form[f"column-0-{nth}"] for nth in range(4)] == ["customer_no", "full_name", "email", "consent"]
    assert "sato@example.jp" in words(page)
    assert "確実" in words(page)


def test_a_look_changes_nothing_of_the_shop(owner: Visitor, shop: Shop) -> None:
    before = facts(shop)
    number = brought(owner, csv_of(ROWS))
    owner.get(f"/import/{number}")
    checked(owner, number)
    assert facts(shop) == before
    assert noted_imports(shop.ledger) == []


def test_a_file_goes_all_the_way_and_the_page_says_what_it_did(owner: Visitor, shop: Shop) -> None:
    done = imported(owner, csv_of(ROWS))
    assert "3 行のうち" in words(done)
    (noted,) = noted_imports(shop.ledger)
    assert (noted.state, noted.summary.name, noted.summary.origin.by) == ("digested", "名簿.csv", "店主")
    assert allowed(shop)["sato@example.jp"] == ("granted", "opt_in")


def test_a_workbook_of_customers_and_purchases_is_two_imports_of_one_upload(owner: Visitor, shop: Shop) -> None:
    people = (("会員番号", "氏名", "メールアドレス", "メルマガ"), *ROWS)
    done = imported(owner, book_of(顧客=people, 購入=LINES), "全部.xlsx")
    assert {each.summary.kind for each in noted_imports(shop.ledger)} == {"customers", "purchases"}
    assert words(done).index("顧客の情報") < words(done).index("購入明細")


def test_without_a_basis_people_of_whom_the_file_says_nothing_are_not_written_to(owner: Visitor, shop: Shop) -> None:
    number = brought(owner, csv_of(ROWS))
    assert "書かれていない方: 1 人" in words(checked(owner, number))
    entered(owner, number)
    assert "takahashi@example.jp" not in allowed(shop)


def test_the_stated_basis_holds_for_the_silent_and_never_for_who_said_no(owner: Visitor, shop: Shop) -> None:
    done = imported(owner, csv_of(ROWS), basis="business_relation", reason="この一年に買った方")
    assert "この一年に買った方" in words(done)
    said = allowed(shop)
    assert said["takahashi@example.jp"] == ("granted", "business_relation")
    assert said["suzuki@example.jp"][0] == "denied"
    assert said["sato@example.jp"] == ("granted", "opt_in")


def test_tanaka_who_said_no_long_ago_stays_a_no_whatever_is_stated_for_the_list(owner: Visitor, shop: Shop) -> None:
    tanaka = [("S-4", "田中", "s-4@example.com", ""), ("S-5", "伊藤", "s-5@example.com", "")]
    imported(owner, csv_of(tanaka), basis="opt_in", reason="会員カードの申込書")
    said = allowed(shop)
    assert said["s-4@example.com"][0] == "revoked"
    assert said["s-5@example.com"] == ("granted", "opt_in")


def test_a_no_in_a_row_that_cannot_be_read_counts_all_the_same(owner: Visitor, shop: Shop) -> None:
    rows = [("7", "山本 葵", "壊れた@@", "×"), ("8", "中村 翼", "nakamura@example.jp", "")]
    people = (("会員番号", "氏名", "メールアドレス", "メルマガ"), *rows)
    lines = (LINES[0], ("B-1", "2026-05-01", "7", "花束", 1, 3000))
    number = brought(owner, book_of(顧客=people, 購入=lines), "全部.xlsx")
    assert "書かれていない方: 1 人" in words(checked(owner, number))
    entered(owner, number, "business_relation", "買った方")
    kept = shop.ledger
    with kept.reading() as tx:
        said = read_effective(tx, None, node_map)
    new = said.filter(pl.col("basis") == "business_relation", pl.col("status") == "granted")
    assert new.height == 2  # 高橋 of the cast, and 中村


def test_a_basis_without_a_reason_is_asked_for_and_nothing_comes_in(owner: Visitor, shop: Shop) -> None:
    number = brought(owner, csv_of(ROWS))
    checked(owner, number)
    answer = entered(owner, number, "business_card", " ")
    assert answer.status_code == 422
    assert "根拠の内容を一言書いてください" in words(answer)
    assert 'value="business_card" checked' in answer.text
    assert noted_imports(shop.ledger) == []


BROKEN = ("4", "伊藤 光", "壊れた@@", "○")


def listed(page: str) -> list[str]:
    """Return where the lists of refused rows of a page lie: as a workbook, and as CSV."""
    return re.findall(r'action="(/import/[^"]*/refused/[^"]*)"', page)


def test_rows_that_are_refused_are_said_by_reason_and_can_be_kept_as_csv_for_excel(owner: Visitor) -> None:
    page = checked(owner, brought(owner, csv_of([*ROWS, BROKEN])))
    assert "取込エラーの理由" in words(page)
    answer = owner.post(listed(page.text)[1])
    assert answer.content.startswith(b"\xef\xbb\xbf")  # so that Excel reads it as UTF-8
    assert "壊れた@@" in answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "名簿.csv" in answer.text


def test_the_list_of_refused_rows_is_a_workbook_that_is_mended_and_imported_as_it_is(
    owner: Visitor, shop: Shop
) -> None:
    done = imported(owner, csv_of([*ROWS, BROKEN]))
    answer = owner.post(listed(done.text)[0])
    assert answer.headers["content-disposition"].startswith("attachment")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    mended = [[str(cell).replace("壊れた@@", "ito@example.jp") for cell in row] for row in sheet]
    imported(owner, book_of(直した行=mended), "直した行.xlsx")
    assert allowed(shop)["ito@example.jp"] == ("granted", "opt_in")
    assert sorted(each.summary.accepted for each in noted_imports(shop.ledger)) == [1, 3]  # both at one instant


def test_who_took_a_list_of_refused_rows_along_is_written_down(owner: Visitor, shop: Shop) -> None:
    done = imported(owner, csv_of([*ROWS, BROKEN]))
    for path in listed(done.text):
        answer = owner.post(path)
        assert answer.headers["cache-control"] == "no-store"
        with shop.ledger.reading() as tx:
            told = newest(tx, "rejects_taken")
        assert told is not None
        assert (told.about, told.detail) == ("名簿.csv", {"bytes": len(answer.content)})
    assert owner.get(path).status_code == 405


def test_nothing_is_left_of_a_list_that_was_sent(owner: Visitor) -> None:
    done = imported(owner, csv_of([*ROWS, BROKEN]))
    before = set(Path(tempfile.gettempdir()).glob("refused-*"))
    owner.post(listed(done.text)[0])
    assert set(Path(tempfile.gettempdir()).glob("refused-*")) == before


def test_an_import_without_refused_rows_has_no_list_of_them(owner: Visitor, shop: Shop) -> None:
    done = imported(owner, csv_of(ROWS))
    assert listed(done.text) == []
    key = noted_imports(shop.ledger)[0].summary.import_id
    assert owner.post(f"/import/of/{key}/refused/{key}.csv").status_code == 404


def test_the_same_file_twice_changes_nothing_and_says_so(owner: Visitor, shop: Shop) -> None:
    imported(owner, csv_of(ROWS))
    before = facts(shop)
    number = brought(owner, csv_of(ROWS))
    assert "すでに取り込んでいます" in words(checked(owner, number))
    done = entered(owner, number)
    assert done.status_code == 200
    assert "名簿.csv はすでに取り込み済みです。何も変更していません。" in words(done)
    assert facts(shop) == before
    assert len(noted_imports(shop.ledger)) == 1


def test_the_same_file_with_a_basis_adds_the_basis_alone(owner: Visitor, shop: Shop) -> None:
    imported(owner, csv_of(ROWS))
    before = facts(shop)
    imported(owner, csv_of(ROWS), basis="business_relation", reason="買った方")
    assert facts(shop) == before + 1
    assert allowed(shop)["takahashi@example.jp"] == ("granted", "business_relation")


def test_a_file_that_was_thrown_away_leaves_nothing_behind(owner: Visitor, shop: Shop) -> None:
    number = brought(owner, csv_of(ROWS))
    checked(owner, number)
    owner.post(f"/import/{number}/throw-away")
    assert list_uploads(shop.home) == []
    assert not list((shop.home / "imports" / "uploads").iterdir())
    assert owner.get(f"/import/{number}").status_code == 404


def test_nothing_of_the_file_stays_in_its_folder_once_it_came_in(owner: Visitor, shop: Shop) -> None:
    imported(owner, csv_of(ROWS))
    (folder,) = (shop.home / "imports" / "uploads").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["entered.json", "upload.json"]
    assert not list((shop.home / "imports").glob("*.parquet"))


def test_a_closed_browser_changes_nothing_the_page_finds_the_file_again(owner: Visitor) -> None:
    number = brought(owner, csv_of(ROWS))
    checked(owner, number)
    assert "このとおり取り込みますか" in words(owner.get(f"/import/{number}"))
    assert f"/import/{number}" in owner.get("/import").text


def test_two_files_at_once_wait_beside_each_other(owner: Visitor, shop: Shop) -> None:
    files = [("file", ("顧客.csv", csv_of(ROWS))), ("file", ("購入.csv", csv_of(LINES[1:], LINES[0])))]
    answer = owner.post("/import", files=files, follow=True)
    assert "2 個のファイルを受け取りました" in words(answer)
    assert {each.name for each in list_uploads(shop.home)} == {"顧客.csv", "購入.csv"}


def test_an_upload_that_came_in_leads_to_what_it_did(owner: Visitor) -> None:
    number = brought(owner, csv_of(ROWS))
    checked(owner, number)
    entered(owner, number)
    again = owner.get(f"/import/{number}", follow=True)
    assert str(again.url).endswith(f"/import/of/{number}")
    assert entered(owner, number).status_code == 200  # sent twice: the second changes nothing


def test_the_list_says_who_brought_what_when_and_how_it_went(owner: Visitor) -> None:
    imported(owner, csv_of([*ROWS, ("4", "伊藤 光", "壊れた@@", "○")]))
    said = words(owner.get("/import"))
    assert "名簿.csv" in said
    assert "2026年6月1日 12:00 店主 4 1 取り込み済み" in said


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_who_may_not_import_sees_no_file(shop: Shop, role: str) -> None:
    with visiting(shop, role=role) as visitor:  # type: ignore[arg-type]
        assert visitor.get("/import").status_code == 403
        assert visitor.post("/import", files={"file": ("a.csv", csv_of(ROWS))}).status_code == 403
    assert list_uploads(shop.home) == []


def test_every_number_that_is_no_upload_is_not_found(owner: Visitor) -> None:
    for number in ("0" * 16, "%2e%2e", "nothing", "0" * 15 + "g"):
        assert owner.get(f"/import/{number}").status_code == 404
        assert owner.get(f"/import/of/{number}").status_code == 404


def test_imports_of_a_terminal_are_listed_and_shown_too(owner: Visitor, shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "端末.csv"
    path.write_bytes(csv_of(ROWS))
    now = shop.clock.now()
    staged = stage_file(path, shop_zone="Asia/Tokyo", currency="JPY", received_at=now, folder=shop.home / "imports")
    import_file(shop.inbox, shop.ledger, staged, home=shop.home)
    waiting = owner.get(f"/import/of/{staged.import_id}")
    assert "順番を待っています" in words(waiting)
    digest_all(shop, now=now)
    assert "取り込みが終わりました" in words(owner.get(f"/import/of/{staged.import_id}"))
    assert "ターミナルから" in words(owner.get("/import"))


def test_every_page_speaks_english_too(english: Visitor) -> None:
    number = brought(english, csv_of(ROWS))
    assert "Is this what your columns mean?" in words(english.get(f"/import/{number}"))
    assert "Shall this come in?" in words(checked(english, number))
    assert "This came in" in words(entered(english, number))
