"""What a form of the columns says: exactly what was chosen, never more than the file has."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file.looked import Looked, LookedColumn, LookedTable
from tenshu.collect.connectors.file.note import note
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.kit.i18n import speaking
from tenshu.web.console.imports.choosing import as_guessed, chosen, of_kinds, repeated
from tenshu.web.console.imports.look_view import look_view, sureness_of


def column(index: int, header: str, field: str | None, confidence: float = 0.97, **more: Any) -> LookedColumn:
    return LookedColumn(index=index, header=header, field=field, confidence=confidence, samples=("見本",), **more)


def table(sheet: str = "名簿", kind: str = "customers", **more: Any) -> LookedTable:
    columns = (
        column(0, "会員番号", "customer_no"),
        column(1, "氏名", "full_name", 0.7),
        column(2, "連絡先", "phone", 0.51, alternatives=(("email", 0.4),)),
        column(4, "趣味", None, 0.0, extra="extra:趣味"),
    )
    made = LookedTable(
        sheet=sheet,
        kind=kind,
        confidence=0.97,
        header_row=3,
        columns=columns,
        rows=240,
        sample_rows=(("1", "佐藤", "090", "園芸"),),
        assumptions=(),
        skipped=(note("above", rows="1-2"),),
        is_chosen=True,
    )
    return msgspec.structs.replace(made, **more)


def looked(*tables: LookedTable) -> Looked:
    return Looked(name="名簿.xlsx", tables=tables or (table(),), notes=())


def form(**more: str) -> dict[str, str]:
    """Return the form of the guess, changed; `_` stands for `-`."""
    sent = {
        "take-0": "yes",
        "was-0": "customers",
        "kind-0": "customers",
        "column-0-0": "customer_no",
        "column-0-1": "full_name",
        "column-0-2": "phone",
        "column-0-4": "",
    }
    return sent | {name.replace("_", "-"): value for name, value in more.items()}


GUESSED = Choice(sheet="名簿", kind="customers", columns={"customer_no": ["#1"], "full_name": ["#2"], "phone": ["#3"]})


def test_a_form_as_it_was_shown_says_what_was_guessed() -> None:
    assert chosen(form(), looked()) == as_guessed(looked()) == (GUESSED,)


def test_a_column_may_mean_something_else_or_be_left_out() -> None:
    (choice,) = chosen(form(column_0_2="email", column_0_1=""), looked())
    assert choice.columns == {"customer_no": ["#1"], "email": ["#3"]}


def test_a_column_of_the_owners_own_is_kept_under_its_name_or_the_one_that_was_written() -> None:
    (choice,) = chosen(form(column_0_4="extra"), looked())
    assert choice.columns["extra:趣味"] == ["#5"]
    (choice,) = chosen(form(column_0_4="extra", name_0_4=" 好きなこと（花） "), looked())
    assert choice.columns["extra:好きなこと_花"] == ["#5"]


def test_a_sheet_that_is_not_ticked_is_left_out() -> None:
    sent = form() | {"kind-1": "purchases"}
    assert [each.sheet for each in chosen(sent, looked(table(), table("購入", "purchases")))] == ["名簿"]
    assert chosen({}, looked()) == ()


def test_another_kind_brings_the_guess_for_that_kind_not_the_old_columns() -> None:
    sent = form(kind_0="purchases")
    assert of_kinds(sent, looked()) == (Choice(sheet="名簿", kind="purchases", columns={}),)
    as_purchases = looked(table(kind="purchases", columns=(column(0, "会員番号", "order_no"),)))
    assert chosen(sent, as_purchases) == (Choice(sheet="名簿", kind="purchases", columns={"order_no": ["#1"]}),)


def test_options_are_taken_only_as_they_exist() -> None:
    sent = form(option_0_fill="yes") | {"option-0-date_order": "nonsense", "option-0-year": "2026"}
    assert chosen(sent, looked())[0].options == {"fill": "yes", "year": "2026"}
    assert chosen(form(option_0_year="２０２６年"), looked())[0].options == {}


@given(st.dictionaries(st.sampled_from([*form(), "column-0-9", "take-7", "kind-1"]), st.text(max_size=12), max_size=9))
def test_whatever_is_sent_only_columns_of_the_file_and_known_fields_are_chosen(sent: dict[str, str]) -> None:
    for choice in chosen(sent, looked()):
        assert choice.kind in {"customers", "purchases"}
        assert {header for headers in choice.columns.values() for header in headers} <= {"#1", "#2", "#3", "#5"}
        assert all(name.startswith("extra:") or name.isascii() for name in choice.columns)


def test_a_field_that_has_one_column_cannot_have_two_and_an_address_can() -> None:
    (choice,) = chosen(form(column_0_1="birthday", column_0_2="birthday"), looked())
    assert repeated(choice) == ["birthday"]
    for field in ("address", "email", "phone", "opt_out"):
        (choice,) = chosen(form(column_0_1=field, column_0_2=field), looked())
        assert repeated(choice) == []


@pytest.mark.parametrize(
    ("confidence", "word"),
    [(1.0, "sure"), (0.85, "sure"), (0.84, "likely"), (0.6, "likely"), (0.59, "unsure"), (0, "unsure")],
)
def test_confidence_is_one_of_three_words(confidence: float, word: str) -> None:
    assert sureness_of(confidence) == word


def test_the_view_says_of_each_column_how_sure_the_guess_is_and_what_was_chosen_by_hand() -> None:
    choices = chosen(form(column_0_2="email", column_0_4="extra"), looked())
    view = look_view("0" * 16, looked(), looked(), choices)
    assert [each.sureness for each in view.tables[0].columns] == ["sure", "likely", "yours", "yours"]
    assert [each.value for each in view.tables[0].columns] == ["customer_no", "full_name", "email", "extra"]
    assert view.tables[0].columns[3].kept_as == "趣味"


def test_a_file_is_ready_only_when_a_sheet_is_taken_and_nothing_needed_is_missing() -> None:
    assert look_view("0" * 16, looked(), looked(), None).is_ready
    assert not look_view("0" * 16, looked(), looked(), ()).is_ready
    missing = looked(table(missing=("customer_no|member_no|email|phone",)))
    with speaking("ja"):
        view = look_view("0" * 16, looked(), missing, (GUESSED,))
    assert not view.is_ready
    assert "顧客番号・メールアドレス・電話番号" in view.tables[0].problems[0]


def test_two_columns_of_one_meaning_are_said_to_be_one_too_many() -> None:
    choices = chosen(form(column_0_1="birthday", column_0_2="birthday"), looked())
    with speaking("en"):
        view = look_view("0" * 16, looked(), looked(), choices)
    assert view.tables[0].problems == ("More than one column is chosen as Birthday. Choose one of them.",)
    assert not view.is_ready


def test_what_was_left_out_is_a_sentence() -> None:
    with speaking("en"):
        view = look_view("0" * 16, looked(), looked(), None)
    assert view.tables[0].skipped == ("Rows above the header are left out: 1-2.",)


def test_a_long_cell_is_cut_for_the_eye() -> None:
    long = looked(table(columns=(column(0, "備考", None, 0.0, extra=""),)))
    cells = msgspec.structs.replace(long.tables[0].columns[0], samples=("あ" * 300,))
    tables = (msgspec.structs.replace(long.tables[0], columns=(cells,)),)
    view = look_view("0" * 16, looked(*tables), looked(*tables), None)
    assert len(view.tables[0].columns[0].samples[0]) == 28
