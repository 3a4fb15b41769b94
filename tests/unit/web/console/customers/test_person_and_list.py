"""Who somebody is, in the head of a card and in a line of the list, in both languages and whatever is lacking."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.kit.i18n import _, speaking
from tenshu.know.folding import digits_of
from tenshu.web.console.customers.person_view import RANK, PersonView, dialled, is_old_mobile, person_view
from tenshu.web.console.customers.search_view import ORDERS, PAGE, EntryView, SearchView, rank_of, search_view

AT = datetime(2026, 5, 31, 20, tzinfo=UTC)  # already 1 June in Tokyo
ZONE = "Asia/Tokyo"


def known(kind: str, value: str, *, is_shared: bool = False) -> dict[str, Any]:
    """Return an identifier."""
    return {"kind": kind, "value": value, "is_shared": is_shared}


def person(*identifiers: dict[str, Any], language: str = "en", **traits: str) -> PersonView:
    """Return the head of a card."""
    told = {"customer": 1_234, "traits": traits, "identifiers": list(identifiers), "since": {"first_at": AT}}
    with speaking(language):
        return person_view(told, ZONE)


def entry(**more: Any) -> dict[str, Any]:
    """Return one line as the owner tells it, of somebody of whom nothing is known."""
    nothing = dict.fromkeys(("name", "kana", "company", "email", "phone", "customer_no", "rank", "last_order_at"))
    return {"customer": 1_234, **nothing, "orders": 0, "revenue": 0, **more}


def shown(language: str = "en", currency: str = "JPY", **more: Any) -> EntryView:
    """Return one line as it is shown."""
    with speaking(language):
        found = {"total": 1, "everybody": 1, "entries": [entry(**more)]}
        return search_view(found, skip=0, currency=currency, zone=ZONE).entries[0]


def page(total: int, everybody: int, *, skip: int = 0, language: str = "en") -> SearchView:
    """Return a page of the list."""
    entries = [entry()] * max(0, min(PAGE, total - skip))
    with speaking(language):
        return search_view(
            {"total": total, "everybody": everybody, "entries": entries}, skip=skip, currency="JPY", zone=ZONE
        )


@pytest.mark.parametrize(
    ("traits", "name"),
    [
        ({"full_name": "山田 太郎", "customer_no": "C-1"}, "山田 太郎"),
        ({"last_name": "山田"}, "山田"),
        ({"first_name": "太郎"}, "太郎"),
        ({"full_name": "", "last_name": "山田", "first_name": "太郎"}, "山田 太郎"),
        ({"last_name": "O'Brien", "first_name": "Conor"}, "Conor O'Brien"),
        ({"company": "株式会社ひまわり", "customer_no": "C-1"}, "C-1"),
    ],
)
def test_a_name_is_put_together_from_what_there_is(traits: dict[str, str], name: str) -> None:
    assert person(**traits).name == name


def test_without_a_name_the_shops_number_stands_for_it_and_else_our_own() -> None:
    one = person(known("member_no", "M-7"), known("customer_no", "C-1"))
    assert (one.name, one.number, one.is_named) == ("M-7", "M-7", False)
    assert person(known("customer_no", "C-1"), customer_no="C-2").number == "C-2", "what was stated comes first"
    stranger = person(known("email", "a@example.com"), language="ja")
    assert (stranger.name, stranger.number, stranger.is_named) == ("顧客 1234", "", False)


def test_reading_and_company_are_empty_where_nobody_told_them() -> None:
    assert (person().reading, person().company) == ("", "")
    one = person(name_kana="ヤマダ タロウ", company="ひまわり")
    assert (one.reading, one.company) == ("ヤマダ タロウ", "ひまわり")


def test_they_are_known_since_a_day_of_the_shops_calendar() -> None:
    assert person().since == "1 June 2026"
    assert person(language="ja").since == "2026年6月1日"
    nobody = {"customer": 1, "traits": {}, "identifiers": []}
    assert person_view(nobody, ZONE).since == ""
    assert person_view({**nobody, "since": {"first_at": None}}, ZONE).since == ""


def test_the_address_stated_last_stands_first_and_the_others_are_earlier_ones() -> None:
    one = person(known("email", "old@example.com"), known("email", "new@example.com"), email="new@example.com")
    assert [(mail.value, mail.note) for mail in one.mails] == [
        ("new@example.com", ""),
        ("old@example.com", "an earlier one"),
    ]


def test_where_none_was_stated_no_address_is_an_earlier_one() -> None:
    one = person(known("email", "a@example.com"), known("email", "b@example.com"))
    assert [mail.note for mail in one.mails] == ["", ""]


def test_of_an_address_the_gravest_thing_is_told() -> None:
    """That mail may not arrive matters more than that others read it, and that more than that it is old."""
    one = person(
        known("email", "x..y@docomo.ne.jp", is_shared=True),
        known("email", "home@example.com", is_shared=True),
        email="me@example.com",
        language="ja",
    )
    assert [mail.note for mail in one.mails] == [
        "",
        "旧来の携帯アドレス。受け付けないメールサーバーがあります",
        "他の顧客と共用",
    ]


def test_phones_are_shown_as_they_are_dialled_and_each_once() -> None:
    one = person(
        known("phone", "+81312345678"), known("phone", "+819012345678"), known("email", "p@x.jp"), phone="+819012345678"
    )
    assert [(phone.value, phone.note) for phone in one.phones] == [
        ("09012345678", ""),
        ("0312345678", "an earlier one"),
    ]


@settings(max_examples=25, deadline=None)
@given(st.from_regex(r"\+81[1-9][0-9]{7,9}", fullmatch=True))
def test_the_number_that_is_shown_is_the_number_that_is_found(phone: str) -> None:
    assert dialled(phone) == digits_of(phone)


@pytest.mark.parametrize("phone", ["+442079460018", "0312345678", "", "81312345678", "内線12"])
def test_what_is_no_japanese_number_stays_as_it_is(phone: str) -> None:
    assert dialled(phone) == phone


@pytest.mark.parametrize(
    ("address", "is_old"),
    [
        ("a-b_c@softbank.ne.jp", False),
        ("a...b@ezweb.ne.jp", True),
        ("..@docomo.ne.jp", True),
        (".@x.jp", True),
        ("ab@x..jp", False),
        ("no-at-sign", False),
        ("", False),
    ],
)
def test_points_count_only_before_the_at(address: str, *, is_old: bool) -> None:
    assert is_old_mobile(address) is is_old


@pytest.mark.parametrize(
    ("more", "name", "about"),
    [
        ({}, "Customer 1234", ""),
        ({"customer_no": "C-1"}, "C-1", ""),
        ({"name": "佐藤", "customer_no": "C-1"}, "佐藤", "C-1"),
        ({"name": "佐藤", "company": "花屋", "email": "a@b.jp", "phone": "+8190"}, "佐藤", "花屋 · a@b.jp · 090"),
        ({"name": "花屋", "company": "花屋", "email": ""}, "花屋", ""),
    ],
)
def test_a_line_says_nothing_twice(more: dict[str, str], name: str, about: str) -> None:
    line = shown(**more)
    assert (line.name, line.about, line.is_named) == (name, about, "name" in more)


def test_who_never_bought_has_a_dash_for_the_money_and_no_rank() -> None:
    line = shown("ja")
    assert (line.orders, line.revenue, line.last, line.rank, line.rank_kind) == ("0", "–", "まだなし", "", "none")
    assert line.reading == ""


def test_money_in_the_list_has_no_fraction_and_days_are_the_shops() -> None:
    line = shown(currency="GBP", orders=1_200, revenue=1_234_550, last_order_at=AT, rank="best", kana="サトウ")
    assert (line.orders, line.revenue, line.last) == ("1,200", "£12,346", "1 June 2026")
    assert (line.rank, line.rank_kind, line.reading) == ("best customer", "best", "サトウ")
    assert shown(orders=1, revenue=0).revenue == "JP¥0", "who got everything for nothing has bought"


@pytest.mark.parametrize("rank", list(RANK))
def test_every_rank_is_said_of_one_person_in_both_languages(rank: str) -> None:
    with speaking("en"):
        english = rank_of(rank)
    with speaking("ja"):
        japanese = rank_of(rank)
    assert english == f"{rank} customer"
    assert japanese.endswith("顧客")


def test_every_order_of_the_list_has_its_words() -> None:
    with speaking("ja"):
        assert [_(words) for words in ORDERS.values()] == ["購入額が多い順", "最近買った順", "新しい順"]


@pytest.mark.parametrize(
    ("total", "everybody", "language", "said"),
    [
        (0, 0, "en", "0 customers"),
        (1_234, 1_234, "en", "1,234 customers"),
        (1_234, 1_234, "ja", "1,234人"),
        (5, 1_234, "en", "5 of 1,234 customers"),
        (0, 1_234, "ja", "全1,234人のうち0人"),
    ],
)
def test_how_many_were_found_is_said_of_how_many(total: int, everybody: int, language: str, said: str) -> None:
    assert page(total, everybody, language=language).total == said


@pytest.mark.parametrize(("everybody", "is_empty"), [(0, True), (1, False)])
def test_a_shop_without_customers_is_not_a_search_without_results(everybody: int, *, is_empty: bool) -> None:
    assert page(0, everybody).is_empty_shop is is_empty


@pytest.mark.parametrize(
    ("total", "skip", "places"),
    [
        (0, 0, (0, 0, None, None)),
        (1, 0, (1, 1, None, None)),
        (30, 0, (1, 30, None, None)),
        (31, 0, (1, 30, None, 30)),
        (31, 30, (31, 31, 0, None)),
        (90, 30, (31, 60, 0, 60)),
        (90, 10, (11, 40, 0, 40)),
        (5, 60, (0, 0, 30, None)),
    ],
)
def test_a_page_says_which_of_them_it_shows(
    total: int, skip: int, places: tuple[int, int, int | None, int | None]
) -> None:
    shown_page = page(total, 100, skip=skip)
    assert (shown_page.first, shown_page.last, shown_page.earlier, shown_page.later) == places


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 150))
def test_going_on_page_by_page_passes_everybody_once_and_comes_back(total: int) -> None:
    skip: int | None = 0
    seen: list[int] = []
    starts = []
    while skip is not None:
        starts.append(skip)
        one = page(total, 300, skip=skip)
        seen += range(one.first, one.last + 1) if one.first else []
        skip = one.later
    assert seen == list(range(1, total + 1))
    assert [page(total, 300, skip=start).earlier for start in starts[1:]] == starts[:-1]


def test_within_a_day_of_the_shop_they_are_known_since_the_same_day() -> None:
    later = {"customer": 1_234, "traits": {}, "identifiers": [], "since": {"first_at": AT + timedelta(hours=4)}}
    assert person_view(later, ZONE).since == person().since
