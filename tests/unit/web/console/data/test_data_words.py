"""The page of the data in words: each kind with its reason, its base and its users, in both languages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.condition.words import EVENTS, NOTED, TRAITS
from tenshu.kit.i18n import LANGUAGES, _, speaking
from tenshu.know.catalogue import Catalogue, Kept
from tenshu.web.console.data.data_view import BY_ITSELF, RECORDS, WHY, DataRow, DataView, data_view
from tenshu.web.console.data.uses import merged_in, named_in, uses

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


def kept(name: str, **given_values: Any) -> Kept:
    usual = {"people": 5, "facts": 9, "first_at": NOW - timedelta(days=30), "last_at": NOW, "sources": ("roster",)}
    return Kept(name=name, **{**usual, **given_values})


def view(*traits: Kept, events: tuple[Kept, ...] = (), users: dict[str, list[str]] | None = None) -> DataView:
    found = Catalogue(customers=10, traits=traits, events=events)
    return data_view(found, users or {}, users or {}, zone="Asia/Tokyo")


def trait(name: str, **given_values: Any) -> DataRow:
    return view(kept(name, **given_values)).traits[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(TRAITS))
def test_every_trait_that_the_product_knows_has_a_name_and_a_reason(name: str, language: str) -> None:
    with speaking(language):
        row = trait(name)
    assert row.title == _(TRAITS[name], language)
    assert row.why == _(WHY[name], language)
    assert (row.why == WHY[name]) == (language == "en")


def test_reasons_are_given_for_nothing_that_is_not_kept() -> None:
    assert WHY.keys() == TRAITS.keys() | NOTED.keys()


@pytest.mark.parametrize("name", sorted({**EVENTS, **RECORDS}))
def test_every_event_has_a_name_in_both_languages(name: str) -> None:
    titles = set()
    for language in LANGUAGES:
        with speaking(language):
            titles.add(view(events=(kept(name),)).events[0].title)
    assert len(titles) == 2
    assert not any("_" in title for title in titles)


def test_a_trait_that_only_this_shop_has_is_called_by_its_own_name_and_nobody_said_why() -> None:
    row = trait("好きな花")
    assert (row.title, row.why, row.used_by) == ("好きな花", "", ())


@pytest.mark.parametrize("name", sorted(BY_ITSELF))
def test_what_the_product_itself_needs_says_what_for(name: str) -> None:
    with speaking("en"):
        rows = (*view(kept(name)).traits, *view(events=(kept(name),)).events)
    assert all(row.used_by[0] == BY_ITSELF[name] for row in rows)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_records_of_its_own_work_are_kept_as_account_and_proof(name: str) -> None:
    with speaking("en"):
        (row,) = view(events=(kept(name),)).events
    assert row.used_by == ("account and proof",)


def test_no_record_is_also_something_that_the_product_uses() -> None:
    assert not RECORDS.keys() & BY_ITSELF.keys()


def test_who_uses_it_stands_behind_what_the_product_uses_it_for() -> None:
    with speaking("en"):
        row = view(kept("email"), users={"email": ["Birthday", "Thanks"]}).traits[0]
    assert row.used_by == ("identity resolution and sending", "Birthday", "Thanks")


@pytest.mark.parametrize(
    ("people", "words", "share"),
    [(0, "0 of 10 (0.0%)", 0.0), (5, "5 of 10 (50.0%)", 0.5), (10, "10 of 10 (100.0%)", 1.0)],
)
def test_every_number_comes_with_its_base(people: int, words: str, share: float) -> None:
    row = trait("sex", people=people)
    assert (row.people, row.share) == (words, share)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_share_is_between_none_and_all_whatever_was_counted(customers: int, people: int) -> None:
    found = Catalogue(customers=customers, traits=(kept("sex", people=people),))
    (row,) = data_view(found, {}, {}, zone="Asia/Tokyo").traits
    assert 0.0 <= row.share <= 1.0
    assert f"{people:,} of {customers:,} " in row.people


@pytest.mark.parametrize(
    ("zone", "since"), [("Asia/Tokyo", "2 May 2026 to 2 June 2026"), ("Europe/London", "1 May 2026 to 1 June 2026")]
)
def test_days_are_the_shops(zone: str, since: str) -> None:
    late = datetime(2026, 6, 1, 20, tzinfo=UTC)
    found = Catalogue(customers=1, traits=(kept("sex", first_at=late - timedelta(days=31), last_at=late),))
    with speaking("en"):
        assert data_view(found, {}, {}, zone=zone).traits[0].since == since


@pytest.mark.parametrize(("sources", "said"), [((), ""), (("roster",), "roster"), (("card", "web"), "card, web")])
def test_it_is_said_who_told_it(sources: tuple[str, ...], said: str) -> None:
    assert trait("sex", sources=sources).sources == said


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        ((), "Nothing is kept yet."),
        (("email",), "1 kinds of attributes about 10 people, and each is used."),
        (("sex",), "1 kinds of attributes about 10 people. 1 of them are used by nothing"),
        (("sex", "email", "company"), "3 kinds of attributes about 10 people. 2 of them are used by nothing"),
    ],
)
def test_the_sentence_tells_what_nothing_uses(traits: tuple[str, ...], sentence: str) -> None:
    with speaking("en"):
        assert view(*map(kept, traits)).sentence.startswith(sentence)
    with speaking("ja"):
        assert view(*map(kept, traits)).sentence.endswith("。")


def test_what_a_scenario_uses_is_not_called_idle() -> None:
    with speaking("en"):
        assert view(kept("sex"), users={"sex": ["Birthday"]}).sentence.endswith("and each is used.")


def test_the_order_of_the_catalogue_is_the_order_of_the_page() -> None:
    with speaking("en"):
        rows = view(kept("email"), kept("sex"), kept("address")).traits
    assert [row.title for row in rows] == ["e-mail address", "sex", "address"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ customer.last_name | sama }}", {"last_name"}),
        ("{{ customer.a }}{{customer.b}}{% if customer.c %}x{% endif %}", {"a", "b", "c"}),
        ("our customer.", set()),
        ("mycustomer.name", set()),
        ("customer.1st", set()),
        ("customer.last_name.upper", {"last_name"}),
        ("", set()),
    ],
)
def test_merged_values_are_read_from_the_text_of_a_message(text: str, found: set[str]) -> None:
    assert merged_in(text) == found
    assert merged_in({"ja": {"subject": "春", "blocks": [{"text": text}, None, 3]}}) == found


@pytest.mark.parametrize("nothing", [None, 1, True, [], {}, "", [[], {}]])
def test_a_definition_that_names_nothing_uses_nothing(nothing: object) -> None:
    assert list(named_in(nothing)) == []
    assert merged_in(nothing) == set()
    assert uses({"x": nothing}, {"y": nothing}) == ({}, {})


def test_a_word_that_is_no_text_is_no_name() -> None:
    assert list(named_in({"trait": 1, "event": None, "of": [{"event": "met"}]})) == [("event", "met")]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["trait", "event"]), st.sampled_from("xyz")), max_size=8)
)
def test_users_are_told_once_in_order_and_under_what_they_use(named: list[tuple[str, str, str]]) -> None:
    conditions = {title: {"of": [{kind: name} for who, kind, name in named if who == title]} for title in "abc"}
    traits, events = uses(conditions, {})
    for kind, found in (("trait", traits), ("event", events)):
        assert found == {
            name: sorted({who for who, told, what in named if (told, what) == (kind, name)})
            for name in {what for _who, told, what in named if told == kind}
        }
