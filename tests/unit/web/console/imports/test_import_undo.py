"""An import is taken back from its page, by the owner alone, with an account of what went, and can come again."""

from tenshu.bootstrap import Shop
from tenshu.collect.importing import noted_imports
from tests.unit.web.console.imports.bringing import LINES, ROWS, book_of, csv_of, imported, words
from tests.unit.web.console.visiting import Visitor, visiting


def customers(shop: Shop) -> int:
    return int(shop.warehouse.frame("SELECT count(DISTINCT customer) AS n FROM node_map")["n"][0])


def key(shop: Shop) -> str:
    return noted_imports(shop.ledger)[0].summary.import_id


def test_an_import_is_taken_back_whole_and_the_page_says_what_went(owner: Visitor, shop: Shop) -> None:
    before = customers(shop)
    imported(owner, csv_of(ROWS), basis="business_relation", reason="買った方")
    assert customers(shop) == before + 3
    answer = owner.post(f"/import/of/{key(shop)}/undo", follow=True)
    assert "このファイルだけにあった顧客 3 人がなくなりました" in words(answer)
    assert "同じファイルをもう一度取り込めます" in words(answer)
    assert customers(shop) == before


def test_what_was_taken_back_can_be_imported_again(owner: Visitor, shop: Shop) -> None:
    imported(owner, csv_of(ROWS))
    owner.post(f"/import/of/{key(shop)}/undo")
    done = imported(owner, csv_of(ROWS))
    assert "取り込みが終わりました" in words(done)
    assert [each.state for each in noted_imports(shop.ledger)] == ["digested"]


def test_both_kinds_of_one_workbook_are_taken_back_together(owner: Visitor, shop: Shop) -> None:
    before = customers(shop)
    people = (("会員番号", "氏名", "メールアドレス", "メルマガ"), *ROWS)
    done = imported(owner, book_of(顧客=people, 購入=LINES), "全部.xlsx")
    assert "/undo" in done.text
    upload = noted_imports(shop.ledger)[0].summary.origin.upload
    owner.post(f"/import/of/{upload}/undo")
    assert {each.state for each in noted_imports(shop.ledger)} == {"undone"}
    assert customers(shop) == before


def test_taken_back_twice_it_is_gone_once_and_says_so(owner: Visitor, shop: Shop) -> None:
    imported(owner, csv_of(ROWS))
    path = f"/import/of/{key(shop)}/undo"
    owner.post(path)
    assert "すでに取り消してあります" in words(owner.post(path, follow=True))


def test_a_marketer_sees_the_import_and_no_way_to_take_it_back(owner: Visitor, shop: Shop) -> None:
    imported(owner, csv_of(ROWS))
    with visiting(shop, role="marketer") as marketer:
        page = marketer.get(f"/import/of/{key(shop)}")
        assert "取り込みが終わりました" in words(page)
        assert "/undo" not in page.text
        assert "/undo" not in marketer.get("/import").text
        assert marketer.post(f"/import/of/{key(shop)}/undo").status_code == 403
    assert noted_imports(shop.ledger)[0].state == "digested"


def test_the_list_offers_the_owner_to_take_back_what_still_can_be(owner: Visitor, shop: Shop) -> None:
    imported(owner, csv_of(ROWS))
    path = f"/import/of/{key(shop)}/undo"
    assert f'action="{path}"' in owner.get("/import").text
    owner.post(path)
    assert f'action="{path}"' not in owner.get("/import").text
    assert "取り消し済み" in words(owner.get("/import"))


def test_an_import_that_never_was_cannot_be_taken_back(owner: Visitor) -> None:
    answer = owner.post("/import/of/0123456789abcdef/undo", follow=True)
    assert answer.status_code == 404
