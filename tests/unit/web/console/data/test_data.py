"""The catalogue of data: complete, with its base, and honest about what is never used."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.bootstrap import Shop
from tenshu.kit.i18n import speaking
from tenshu.know.catalogue import Catalogue, catalogue
from tenshu.testing.small_shop import MONDAY, add_template, everybody, open_small_shop, order, start, tell
from tenshu.web.console.data.asked import read_catalogue
from tenshu.web.console.data.data_view import BY_ITSELF, data_view
from tenshu.web.console.data.uses import merged_in, named_in, uses
from tests.unit.web.console.visiting import visiting

NAMES = st.from_regex(r"[a-z]\w{0,10}", fullmatch=True)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path / "home", people=5)
    yield opened
    opened.close()


def test_every_stated_trait_is_counted_by_people(shop: Shop) -> None:
    found = catalogue(shop.warehouse, now=MONDAY)
    assert found.customers == 10
    assert {kept.name: kept.people for kept in found.traits} == {"customer_no": 10, "email": 10, "last_name": 10}
    assert {kept.sources for kept in found.traits} == {("roster",)}


def test_events_say_since_when_they_are_kept(shop: Shop) -> None:
    events = {kept.name: kept for kept in catalogue(shop.warehouse, now=MONDAY).events}
    bought = events["product_purchased"]
    assert bought.facts == 10
    assert bought.first_at < bought.last_at <= MONDAY
    assert events["consent_recorded"].people == 9


@given(NAMES, st.integers(0, 6))
def test_a_name_is_found_at_any_depth(name: str, depth: int) -> None:
    condition: object = {"kind": "trait", "trait": name, "cmp": "exists", "value": True}
    for _level in range(depth):
        condition = {"kind": "and", "of": [{"kind": "did", "event": "met"}, {"kind": "not", "of": condition}]}
    assert ("trait", name) in set(named_in(condition))


@given(NAMES)
def test_a_merged_value_is_found_in_subject_and_body(name: str) -> None:
    assert merged_in({"ja": {"subject": "春です", "text": f"{{{{ customer.{name} | sama }}}}へ"}}) == {name}
    assert merged_in({"ja": {"subject": "春です", "text": f"{name}"}}) == set()


def test_users_are_told_by_title_and_once() -> None:
    condition = {"kind": "or", "of": [everybody(), everybody()]}
    traits, events = uses({"お礼": condition}, {"hello": "{{ customer.last_name }}{{ customer.email }}"})
    assert traits == {"last_name": ["hello", "お礼"], "email": ["hello"]}
    assert events == {}


def test_what_nothing_uses_is_said(shop: Shop) -> None:
    with visiting(shop, "viewer", "en") as client:
        before = client.get("/data").text
        add_template(shop)
        start(shop)
        after = client.get("/data").text
    assert "1 of them are used by nothing" in before
    assert "and each is used" in after
    assert ">Hello</span>" in after


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_empty_shop_is_told_what_will_be_here(language: str) -> None:
    with speaking(language):
        view = data_view(Catalogue(), {}, {}, zone="Asia/Tokyo")
    assert view.sentence
    assert (view.traits, view.events) == ((), ())


def test_shares_have_their_base_and_never_pass_the_whole(shop: Shop) -> None:
    with speaking("en"):
        view = data_view(catalogue(shop.warehouse, now=MONDAY), {}, {}, zone="Asia/Tokyo")
    assert all(0 <= row.share <= 1 and " of 10 " in row.people for row in (*view.traits, *view.events))
    assert BY_ITSELF.keys() >= {"email", "customer_no"}


def test_the_catalogue_follows_new_facts_and_is_else_counted_once(shop: Shop) -> None:
    def read() -> Catalogue:
        return msgspec.convert(read_catalogue(shop, None, now=MONDAY.isoformat()), Catalogue)

    before = read()
    assert read() == before
    tell(shop, [order("S-1", "one more", MONDAY)])
    bought = {kept.name: kept.facts for kept in read().events}
    assert bought["product_purchased"] == {kept.name: kept.facts for kept in before.events}["product_purchased"] + 1
