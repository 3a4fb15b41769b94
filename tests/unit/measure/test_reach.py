"""The reach of a segment is asked as `decide` asks: address, basis, suppression, cap."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.bootstrap import Shop
from tenshu.kit.clock import SetClock
from tenshu.measure.reach import ASKED, reach_of, read_reached
from tenshu.privacy.suppression import digest_address, suppress
from tenshu.segment.reach import funnel
from tenshu.store.ledger import Transaction
from tenshu.testing.small_shop import add_template, consent, open_small_shop, start, tell, tick

ZONE = "Asia/Tokyo"


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Shop, SetClock]:
    return open_small_shop(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, SetClock]:
    """Return a shop that tests only look at."""
    return open_small_shop(tmp_path_factory.mktemp("still"))


def reached(shop: Shop, customers: pl.Series | None = None, purpose: str = "marketing") -> dict[str, tuple[bool, ...]]:
    """Return the answers by family name."""
    found = read_reached(
        shop, customers, now=shop.clock.now(), purpose=purpose, zone=ZONE, address_key=shop.address_key
    )
    names = shop.warehouse.frame(
        "SELECT customer::BIGINT AS customer, any_value(json_extract_string(properties, '$.traits.last_name')) AS name"
        " FROM customer_facts WHERE event = 'customer_described' GROUP BY customer"
    )
    rows = found.join(names, on="customer")
    return {row["name"]: tuple(row[asked] for asked in ASKED) for row in rows.iter_rows(named=True)}


def stop(tx: Transaction, shop: Shop, address: str, purpose: str) -> None:
    """Suppress an address."""
    digest = pl.DataFrame({"address_digest": [digest_address(address, shop.address_key)]})
    suppress(tx, digest, channel="email", purpose=purpose, reason="manual", at=shop.clock.now())


def test_everybody_is_asked_everything(still: tuple[Shop, SetClock]) -> None:
    found = reached(still[0])
    assert found["佐藤"] == (True, True, True, True)
    assert found["高橋"] == (True, True, True, True), "a business relation with its reason is a basis"
    assert found["田中"] == (True, False, True, True), "has taken the consent back"
    assert found["伊藤"] == (True, False, True, True), "has never said a word"


def test_what_a_customer_waits_for_needs_no_consent_but_heeds_a_refusal(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    assert reached(home, purpose="service")["伊藤"] == (True, True, True, True)
    no = consent("S-5", "denied", "opt_in", clock.now())
    tell(home, [no | {"properties": no["properties"].replace('"marketing"', '"service"')}])
    assert reached(home, purpose="service")["伊藤"] == (True, False, True, True)


def test_a_suppressed_address_is_lost_for_its_purpose_or_for_all(shop: tuple[Shop, SetClock]) -> None:
    home, _clock = shop
    with home.ledger.writing() as tx:
        stop(tx, home, "s-1@example.com", "*")
        stop(tx, home, "s-3@example.com", "service")
    assert reached(home)["佐藤"] == (True, True, False, True)
    assert reached(home)["高橋"] == (True, True, True, True)
    assert reached(home, purpose="service")["高橋"] == (True, True, False, True)


def test_who_has_had_a_mail_today_is_capped_until_tomorrow(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    add_template(home)
    start(home)
    tick(home)
    assert reached(home)["佐藤"] == (True, True, True, False)
    assert reached(home)["田中"] == (True, False, True, True), "nothing was sent to them"
    assert reached(home, purpose="service")["佐藤"][3], "what they wait for has no cap"
    clock.set(clock.now() + timedelta(days=1))
    assert reached(home)["佐藤"] == (True, True, True, True)


def test_some_are_asked_as_everybody_is(still: tuple[Shop, SetClock]) -> None:
    home, _clock = still
    everybody = read_reached(home, None, now=home.clock.now(), purpose="marketing", zone=ZONE, address_key=b"k")
    some = everybody["customer"].sample(3, seed=1)
    found = read_reached(home, some, now=home.clock.now(), purpose="marketing", zone=ZONE, address_key=b"k")
    assert found.equals(everybody.join(some.to_frame(), on="customer", how="semi").sort("customer"))


def test_who_is_nobody_has_no_address(still: tuple[Shop, SetClock]) -> None:
    home, _clock = still
    found = read_reached(
        home, pl.Series([10**6]), now=home.clock.now(), purpose="marketing", zone=ZONE, address_key=b"k"
    )
    assert found.rows() == [(10**6, False, False, True, True)]


FLAGS = st.tuples(*[st.booleans()] * 4)


@settings(deadline=None)
@given(st.dictionaries(st.integers(1, 30), FLAGS, max_size=20), st.lists(st.integers(1, 30), max_size=20))
def test_counting_the_answers_is_the_funnel_of_the_sets(
    people: dict[int, tuple[bool, ...]], members: list[int]
) -> None:
    schema = {"customer": pl.Int64, **dict.fromkeys(ASKED, pl.Boolean)}
    answers = pl.DataFrame([(number, *flags) for number, flags in people.items()], schema=schema, orient="row")

    def those(place: int, *, wanted: bool) -> pl.Series:
        return pl.Series([number for number, flags in people.items() if flags[place] is wanted], dtype=pl.Int64)

    asked = pl.Series(members, dtype=pl.Int64)
    assert reach_of(asked, answers) == funnel(
        asked,
        addressed=those(0, wanted=True),
        consenting=those(1, wanted=True),
        suppressed=those(2, wanted=False),
        capped=those(3, wanted=False),
    )
