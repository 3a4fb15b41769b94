"""The catalogue of data: what is kept, since when, from where, of how many people."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.bootstrap import Shop
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.kit.ids import fact_id
from tenshu.know.catalogue import Catalogue, Kept, catalogue
from tenshu.store.warehouse import Warehouse
from tenshu.testing.small_shop import MONDAY, open_small_shop, order, tell


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path_factory.mktemp("catalogue") / "home", people=5)
    yield opened
    opened.close()


def described(number: str, traits: dict[str, Any], *, days: int = 0, source: str = "form") -> dict[str, Any]:
    """Return the fact that somebody told something of themselves so many days ago."""
    at = MONDAY - timedelta(days=days)
    return {
        "fact_id": fact_id("told", number, str(sorted(traits)), str(days), source),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": at,
        "received_at": at,
        "source": source,
        "identifiers": [{"kind": "customer_no", "value": number}],
        "properties": msgspec.json.encode({"traits": traits}).decode(),
    }


def by_name(kept: tuple[Kept, ...]) -> dict[str, Kept]:
    return {one.name: one for one in kept}


def test_a_shop_without_facts_keeps_nothing(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "empty.duckdb")
    assert catalogue(warehouse, now=MONDAY) == Catalogue()
    warehouse.close()


def test_every_known_person_is_the_base(shop: Shop) -> None:
    assert catalogue(shop.warehouse, now=MONDAY).customers == 10


def test_people_are_counted_once_however_often_they_told(tmp_path: Path) -> None:
    opened, _clock = open_small_shop(tmp_path / "home")
    tell(opened, [described("S-1", {"sex": "f"}, days=nth) for nth in range(3)])
    kept = by_name(catalogue(opened.warehouse, now=MONDAY).traits)["sex"]
    opened.close()
    assert (kept.people, kept.facts) == (1, 3)
    assert kept.last_at - kept.first_at == timedelta(days=2)


def test_sources_are_told_in_order_and_once(tmp_path: Path) -> None:
    opened, _clock = open_small_shop(tmp_path / "home")
    tell(opened, [described("S-1", {"sex": "f"}, source=name) for name in ("web", "form", "web")])
    kept = by_name(catalogue(opened.warehouse, now=MONDAY).traits)["sex"]
    opened.close()
    assert kept.sources == ("form", "web")


def test_a_trait_of_any_name_is_found_and_never_run(tmp_path: Path) -> None:
    names = ["好きな花", "x'; DROP TABLE facts; --", "<b>太字</b>", "a.b"]
    opened, _clock = open_small_shop(tmp_path / "home")
    tell(opened, [described("S-2", dict.fromkeys(names, "はい"))])
    found = set(by_name(catalogue(opened.warehouse, now=MONDAY).traits))
    again = catalogue(opened.warehouse, now=MONDAY)
    opened.close()
    assert set(names) <= found
    assert again.customers == 5


def test_what_is_told_later_than_now_is_not_kept_yet(shop: Shop) -> None:
    past = catalogue(shop.warehouse, now=MONDAY - timedelta(days=401))
    assert past.traits == ()
    assert past.events == ()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 400))
def test_time_only_adds(shop: Shop, days: int) -> None:
    earlier = by_name(catalogue(shop.warehouse, now=MONDAY - timedelta(days=days)).events)
    later = by_name(catalogue(shop.warehouse, now=MONDAY).events)
    assert all(later[name].facts >= kept.facts for name, kept in earlier.items())
    assert all(later[name].first_at == kept.first_at for name, kept in earlier.items())


def test_facts_of_nobody_count_as_facts_and_not_as_people(tmp_path: Path) -> None:
    opened, _clock = open_small_shop(tmp_path / "home")
    before = by_name(catalogue(opened.warehouse, now=MONDAY).events)["product_purchased"]
    tell(opened, [order("S-1", "cash", MONDAY - timedelta(days=1)) | {"identifiers": []}])
    after = by_name(catalogue(opened.warehouse, now=MONDAY).events)["product_purchased"]
    opened.close()
    assert (after.people, after.facts) == (before.people, before.facts + 1)


def test_the_most_complete_trait_and_the_most_frequent_event_come_first(shop: Shop) -> None:
    found = catalogue(shop.warehouse, now=MONDAY)
    assert [kept.people for kept in found.traits] == sorted((kept.people for kept in found.traits), reverse=True)
    assert [kept.facts for kept in found.events] == sorted((kept.facts for kept in found.events), reverse=True)
