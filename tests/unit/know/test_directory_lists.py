"""Searching, ordering and paging as plain lists would do it, over lines that are made here."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.know.directory import MOST_WORDS, Directory, Found, Order, words_of
from tenshu.know.directory_rows import NO_ROWS, _name, _parts, _text, text_of_search
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
ORDERS: tuple[Order, ...] = get_args(Order)
PEOPLE = ("name", "kana", "company", "email", "phone", "customer_no")


class Laid(Directory):
    """A directory of lines that were laid out before."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        super().__init__(cast("Warehouse", None), cast("Ledger", None))
        table = pl.DataFrame(lines, schema=NO_ROWS.schema)
        self._laid = table.sort("revenue", "customer", descending=[True, False])

    def rows(self, now: datetime) -> pl.DataFrame:
        """Return the lines."""
        assert now == NOW
        return self._laid


def laid(customer: int, text: str = "", **more: Any) -> dict[str, Any]:
    """Return one line, found by the words of a text."""
    nothing = dict.fromkeys((*PEOPLE, "rank", "last_order_at"))
    found = "\n" + "\n".join(text.split())
    return {"customer": customer, **nothing, "orders": 0, "revenue": 0, "text": found, **more}


def numbers(found: Found) -> list[int]:
    """Return who is on the page."""
    return [one.customer for one in found.entries]


def folded_line(**told: str) -> list[str]:
    """Return the lines in which somebody of whom this was told is looked for."""
    columns = ("last_name", "first_name", "full_name", "name_kana", "company", "email", "phone", "customer_no", "told")
    schema = {"customer": pl.Int64(), **dict.fromkeys(columns, pl.String())}
    row = pl.DataFrame([{"customer": 42, **told}], schema=schema)
    named = row.with_columns(_parts()).with_columns(name=_name(), kana="name_kana")
    return str(named.select(_text()).item()).split("\n")[1:]


LINES = st.lists(
    st.builds(
        laid,
        st.integers(1, 40),
        st.sampled_from(["sato", "sato hanako", "suzuki", "hanako", ""]),
        revenue=st.integers(-3, 3),
        rank=st.sampled_from(["best", "loyal", None]),
        last_order_at=st.none() | st.integers(0, 4).map(lambda days: NOW - timedelta(days=days)),
    ),
    unique_by=lambda line: line["customer"],
    max_size=12,
)


def expected(lines: list[dict[str, Any]], order: Order) -> list[int]:
    """Return the numbers in the order, as a list sorts them."""
    keys = {
        "value": lambda line: (-line["revenue"], line["customer"]),
        "recent": lambda line: (
            line["last_order_at"] is None,
            -(line["last_order_at"] or NOW).timestamp(),
            -line["customer"],
        ),
        "newest": lambda line: (-line["customer"],),
    }
    return [line["customer"] for line in sorted(lines, key=keys[order])]


@settings(max_examples=30, deadline=None)
@given(LINES, st.sampled_from(ORDERS))
def test_every_order_is_total_and_who_never_bought_comes_last(lines: list[dict[str, Any]], order: Order) -> None:
    """Equals go by their number, so that a page never shows somebody twice."""
    assert numbers(Laid(lines).search("", now=NOW, order=order)) == expected(lines, order)


@settings(max_examples=30, deadline=None)
@given(LINES, st.sampled_from(ORDERS), st.integers(2, 5), st.sampled_from(["", "sato", "hana"]))
def test_pages_of_any_size_make_up_the_list(lines: list[dict[str, Any]], order: Order, limit: int, said: str) -> None:
    directory = Laid(lines)
    whole = directory.search(said, now=NOW, order=order)
    pages = [directory.search(said, now=NOW, order=order, skip=skip, limit=limit) for skip in range(0, 15, limit)]
    assert [number for page in pages for number in numbers(page)] == numbers(whole)
    assert {(page.total, page.everybody) for page in pages} == {(len(whole.entries), len(lines))}
    assert all(len(page.entries) <= limit for page in pages)


@settings(max_examples=30, deadline=None)
@given(LINES, st.sampled_from(["", "s", "sato", "hana", "ato", "sato hana", "hanako suz"]), st.sets(st.integers(1, 40)))
def test_all_that_is_asked_for_has_to_hold_together(lines: list[dict[str, Any]], said: str, some: set[int]) -> None:
    found = Laid(lines).search(said, now=NOW, rank="best", among=pl.Series(sorted(some), dtype=pl.Int64))
    fits = [
        line
        for line in lines
        if line["customer"] in some
        and line["rank"] == "best"
        and all(f"\n{word}" in line["text"] for word in said.split())
    ]
    assert numbers(found) == expected(fits, "value")
    assert found.everybody == sum(line["customer"] in some for line in lines)


def test_a_word_is_a_beginning_and_not_a_part() -> None:
    directory = Laid([laid(1, "sato"), laid(2, "masato"), laid(3, "satomi")])
    assert numbers(directory.search("sato", now=NOW)) == [1, 3]


def test_beyond_the_last_page_there_is_nobody_but_the_total_stays() -> None:
    found = Laid([laid(1), laid(2)]).search("", now=NOW, skip=10)
    assert (found.total, found.entries) == (2, [])


def test_among_nobody_there_is_nobody() -> None:
    found = Laid([laid(1)]).search("", now=NOW, among=pl.Series([], dtype=pl.Int64))
    assert (found.total, found.everybody) == (0, 0)


def test_a_line_carries_everything_that_the_list_shows() -> None:
    told: dict[str, Any] = {name: name for name in PEOPLE} | {
        "rank": "best",
        "orders": 3,
        "revenue": 500,
        "last_order_at": NOW,
    }
    (entry,) = Laid([laid(1, **told)]).search("", now=NOW).entries
    assert {name: getattr(entry, name) for name in told} == told


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", []),
        ("  　 ", []),
        ("佐藤　花子", ["佐藤", "花子"]),
        ("a\tb\nc", ["a", "b", "c"]),
        ("090 1234 5678", ["090 1234 5678"]),
        ("03 1234", ["03", "1234"]),
        ("090 1234 佐藤", ["090", "1234", "佐藤"]),
        ("+81 3 1234 5678", ["+81 3 1234 5678"]),
        ("1 2 3 4 5 6 7", ["1 2 3 4 5 6 7"]),
    ],
)
def test_words_are_parted_but_not_the_parts_of_a_telephone_number(said: str, words: list[str]) -> None:
    assert words_of(said) == words


def test_no_more_words_than_anybody_types_are_looked_for() -> None:
    assert words_of(" ".join(f"w{nth}" for nth in range(1_000))) == [f"w{nth}" for nth in range(MOST_WORDS)]


@pytest.mark.parametrize(
    ("word", "ways"),
    [
        ("さとう", ["サトウ", "sato"]),
        ("佐藤", ["佐藤"]),
        ("Satoh", ["satoh", "sato"]),
        ("5678", ["5678"]),
        ("090-1234", ["0901234"]),
        ("+8190", ["+8190", "090"]),
        ("S-12", ["s12"]),
        ("@docomo", ["@docomo"]),
        ("-", []),
        ("", []),
        ("三", ["三"]),
    ],
)
def test_a_word_is_looked_for_in_each_way_it_can_be_meant(word: str, ways: list[str]) -> None:
    found = text_of_search(word)
    assert found[: len(ways)] == ways
    assert len(found) == len(set(found))


FULL = {
    "last_name": "佐藤",
    "first_name": "花子",
    "name_kana": "サトウ ハナコ",
    "company": "株式会社ひまわり",
    "email": "Hana.S@Example.com",
    "phone": "+819012345678",
    "customer_no": "C-001",
    "told": "m777",
}


@pytest.mark.parametrize(
    "word",
    [
        *("佐藤", "花子", "佐藤花子", "花子佐藤", "サトウ", "ハナコ", "サトウハナコ"),
        *("sato", "hanako", "satohanako", "hanakosato", "ヒマワリ", "株式会社ヒマワリ", "hanas@examplecom"),
        *("@examplecom", "c001", "09012345678", "5678", "42", "#42", "m777"),
    ],
)
def test_whatever_is_known_begins_a_line(word: str) -> None:
    assert word in folded_line(**FULL)


@pytest.mark.parametrize(
    "form", ["株式会社", "有限会社", "合同会社", "一般社団法人", "合資会社", "医療法人", "学校法人"]
)
def test_a_companys_form_need_not_be_typed_on_either_side(form: str) -> None:
    assert "花屋" in folded_line(company=f"{form}花屋")
    assert "花屋" in folded_line(company=f"花屋{form}")
    assert f"{form}花屋" in folded_line(company=f"{form}花屋")


def test_a_whole_name_is_parted_where_nobody_told_its_parts() -> None:
    lines = folded_line(full_name="髙橋　健")
    assert {"高橋", "健", "高橋健", "健高橋"} <= set(lines)
    lines = folded_line(full_name="John Paul Smith")
    assert {"john", "paulsmith", "johnpaulsmith"} <= set(lines)
    assert "山田" in folded_line(full_name="佐藤 花子", last_name="山田"), "what was told apart counts"


def test_of_whom_nothing_is_known_is_found_by_the_number_only() -> None:
    assert [one for one in folded_line() if one] == ["42", "#42"]


@pytest.mark.parametrize(("phone", "last"), [("+819012345678", "5678"), ("+442079460018", "0018"), ("110", "110")])
def test_a_phone_is_found_by_its_last_digits(phone: str, last: str) -> None:
    assert last in folded_line(phone=phone)


@pytest.mark.parametrize("email", ["nobody", "", "@"])
def test_an_address_that_is_none_breaks_nothing(email: str) -> None:
    assert "42" in folded_line(email=email)
