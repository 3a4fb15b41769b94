"""What is corrected in the form is what comes in: meanings, columns of one's own, sheets, tax, and nothing else."""

from typing import Any

import msgspec
import pytest

from tenshu.bootstrap import Shop
from tenshu.collect.importing import noted_imports
from tests.unit.web.console.imports.bringing import (
    LINES,
    ROWS,
    book_of,
    brought,
    checked,
    csv_of,
    entered,
    form_of,
    words,
)
from tests.unit.web.console.visiting import Visitor

HEADER = ("会員番号", "氏名", "連絡先", "趣味", "社内メモ")
PEOPLE = (("901", "山本 葵", "yamamoto@example.jp", "園芸", "VIP"), ("902", "中村 翼", "nakamura@example.jp", "", ""))


def traits(shop: Shop, number: str) -> dict[str, Any]:
    """Return what is stated about the customer of that number."""
    found = shop.warehouse.frame(
        "SELECT properties FROM facts WHERE event = 'customer_described' "
        f"AND (properties::JSON ->> '$.traits.customer_no') = '{number}'"
    )
    told: dict[str, Any] = msgspec.json.decode(found["properties"][0])["traits"]
    return told


def amounts(shop: Shop) -> list[int]:
    """Return the amounts of the order lines that came from files."""
    return sorted(shop.warehouse.frame("SELECT amount FROM order_lines WHERE order_no LIKE 'A-%'")["amount"])


def taken(owner: Visitor, data: bytes, name: str = "名簿.csv", **changes: str) -> str:
    """Bring a file in with changes in its form; return what the last page says."""
    number = brought(owner, data, name)
    checked(owner, number, **changes)
    return words(entered(owner, number))


def test_a_column_means_what_was_chosen_not_what_was_guessed(owner: Visitor, shop: Shop) -> None:
    number = brought(owner, csv_of(PEOPLE, HEADER))
    assert form_of(owner.get(f"/import/{number}").text)["column-0-2"] != "email"  # the header alone misleads
    checked(owner, number, column_0_2="email")
    entered(owner, number)
    assert traits(shop, "901")["email"] == "yamamoto@example.jp"


def test_a_column_of_ones_own_is_kept_under_its_name_and_what_is_left_out_is_nowhere(
    owner: Visitor, shop: Shop
) -> None:
    taken(owner, csv_of(PEOPLE, HEADER), column_0_2="email", column_0_3="extra", name_0_3="好きなこと", column_0_4="")
    told = traits(shop, "901")
    assert told["好きなこと"] == "園芸"
    assert "VIP" not in msgspec.json.encode(told).decode()
    assert "好きなこと" not in traits(shop, "902")


def test_a_sheet_that_is_not_taken_stays_out(owner: Visitor, shop: Shop) -> None:
    people = (("会員番号", "氏名", "メールアドレス", "メルマガ"), *ROWS)
    number = brought(owner, book_of(顧客=people, 購入=LINES), "全部.xlsx")
    form = form_of(owner.get(f"/import/{number}").text)
    del form["take-1"]
    owner.post(f"/import/{number}/check", form)
    entered(owner, number)
    assert [each.summary.kind for each in noted_imports(shop.ledger)] == ["customers"]
    assert amounts(shop) == []


def test_tax_that_the_file_does_not_tell_of_is_added_when_it_is_said(owner: Visitor, shop: Shop) -> None:
    said = {"option_0_tax": "excluded"}
    number = brought(owner, csv_of(LINES[1:], LINES[0]), "購入.csv")
    form = form_of(owner.get(f"/import/{number}").text)
    told = {name.replace("_", "-"): value for name, value in said.items()}
    owner.post(f"/import/{number}/check", form | told | {"option-0-tax_rate": "10"})
    entered(owner, number)
    assert amounts(shop) == [3300, 5500]


def test_without_a_word_prices_are_taken_as_they_are(owner: Visitor, shop: Shop) -> None:
    taken(owner, csv_of(LINES[1:], LINES[0]), "購入.csv")
    assert amounts(shop) == [3000, 5000]


def test_another_kind_is_looked_at_anew_and_cannot_be_checked_while_something_is_missing(owner: Visitor) -> None:
    number = brought(owner, csv_of(ROWS))
    form = form_of(owner.get(f"/import/{number}").text) | {"kind-0": "purchases"}
    part = owner.part("POST", f"/import/{number}/look", data=form)
    assert "購入日の列が必要です" in words(part)
    assert " disabled>" in part.text
    answer = owner.post(f"/import/{number}/check", form_of(part.text))
    assert answer.status_code == 422
    assert "購入日の列が必要です" in words(answer)
    back = owner.part("POST", f"/import/{number}/look", data=form_of(part.text) | {"kind-0": "customers"})
    assert form_of(back.text)["column-0-2"] == "email"


def test_two_columns_of_one_meaning_are_not_checked(owner: Visitor) -> None:
    number = brought(owner, csv_of(ROWS))
    form = form_of(owner.get(f"/import/{number}").text) | {"column-0-0": "birthday", "column-0-1": "birthday"}
    answer = owner.post(f"/import/{number}/check", form)
    assert answer.status_code == 422
    assert "複数の列が選ばれています" in words(answer)


def test_what_was_chosen_is_there_again_on_another_day(owner: Visitor) -> None:
    number = brought(owner, csv_of(PEOPLE, HEADER))
    form = form_of(owner.get(f"/import/{number}").text) | {"column-0-2": "email", "column-0-3": "extra"}
    owner.part("POST", f"/import/{number}/look", data=form)
    kept = form_of(owner.get(f"/import/{number}").text)
    assert (kept["column-0-2"], kept["column-0-3"], kept["name-0-3"]) == ("email", "extra", "趣味")


def test_what_was_read_by_other_choices_is_read_anew(owner: Visitor) -> None:
    number = brought(owner, csv_of(PEOPLE, HEADER))
    checked(owner, number, column_0_2="")
    form = form_of(owner.get(f"/import/{number}/columns").text) | {"column-0-2": "email"}
    owner.part("POST", f"/import/{number}/look", data=form)
    assert "列の意味はこれで合っていますか" in words(owner.get(f"/import/{number}"))
    assert entered(owner, number).url.path == f"/import/{number}"  # what was read before is not let in


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_file_without_a_header_is_corrected_alike_in_both_languages(
    owner: Visitor, english: Visitor, shop: Shop, language: str
) -> None:
    visitor = owner if language == "ja" else english
    number = brought(visitor, csv_of(ROWS[1:], ROWS[0]))
    checked(visitor, number, column_0_0="customer_no", column_0_1="full_name", column_0_2="email", column_0_3="consent")
    entered(visitor, number)
    (noted,) = noted_imports(shop.ledger)
    assert (noted.summary.rows, noted.summary.accepted) == (3, 3)
    assert traits(shop, "1")["last_name"] == "佐藤"
