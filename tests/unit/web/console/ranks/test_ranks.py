"""Ranks as pictures: every part opens as a segment of exactly the people that it counts."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from tenshu.bootstrap import Shop, open_shop
from tenshu.condition import parse
from tenshu.flow import publish
from tenshu.kit.clock import SetClock
from tenshu.kit.i18n import speaking
from tenshu.measure.customers import CustomerSheet
from tenshu.segment import evaluate
from tenshu.testing.small_shop import MONDAY, order, tell
from tenshu.web.console.ranks.asked import Ranked, read_ranks
from tenshu.web.console.ranks.ranks_view import ADVICE, addresses, ranks_view, segment_address
from tests.unit.web.console.visiting import visiting


def with_purchases(shop: Shop) -> Shop:
    """Give the cast purchases of many sizes and days, and publish the ranks."""
    facts = []
    for place, number in enumerate(("S-1", "S-2", "S-3", "S-4")):
        for nth in range(1 + place):
            at = MONDAY - timedelta(days=(place * 53 + nth * 71) % 300)
            facts.append(order(number, f"{number}-x{nth}", at, amount=100 + (place * 911 + nth * 377) % 9_000))
    tell(shop, facts)
    publish(shop, shop.settings, now=MONDAY)
    return shop


def condition_of(address: str) -> object:
    """Return the condition that an address asks for."""
    return msgspec.json.decode(parse_qs(urlsplit(address).query)["condition"][0])


def ranked(shop: Shop) -> Ranked:
    return msgspec.convert(read_ranks(shop, None, now=MONDAY.isoformat()), Ranked)


def fits(shop: Shop, address: str) -> int:
    """Return how many people the segment behind an address holds."""
    found = evaluate(shop.warehouse, {"it": parse(condition_of(address))}, now=MONDAY, zone="Asia/Tokyo")
    return int(found["it"].sum())


def test_every_cell_opens_exactly_the_people_that_it_counts(console_shop: Shop) -> None:
    shop = with_purchases(console_shop)
    sheet, opens = ranked(shop).sheet, addresses()
    counted = {(cell.recency, cell.frequency): cell.customers for cell in sheet.rfm}
    for place, address in opens.heat.items():
        assert fits(shop, address) == counted.get(place, 0), place


def test_every_rank_and_decile_opens_exactly_its_people(console_shop: Shop) -> None:
    shop = with_purchases(console_shop)
    sheet, opens = ranked(shop).sheet, addresses()
    assert {row.rank: fits(shop, opens.ranks[row.rank]) for row in sheet.ranks} == {
        row.rank: row.customers for row in sheet.ranks
    }
    assert {row.decile: fits(shop, opens.deciles[row.decile]) for row in sheet.deciles} == {
        row.decile: row.customers for row in sheet.deciles
    }


def test_a_condition_survives_its_address() -> None:
    nasty = {"kind": "trait", "trait": "last_name", "cmp": "is", "value": 'a"b&c=<d>?#佐藤'}
    assert condition_of(segment_address(nasty)) == nasty


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_links_all_twentyfive_cells_five_ranks_and_the_deciles(console_shop: Shop, language: str) -> None:
    with visiting(with_purchases(console_shop), "viewer", language) as client:
        page = client.get("/ranks").text
    links = set(re.findall(r'href="(/segments/new\?[^"]+)"', page))
    opens = addresses()
    wanted = {*opens.ranks.values(), *opens.heat.values()}
    assert wanted <= {unescape(link) for link in links}
    assert "data-chart" in page


def test_nobody_has_a_rank_before_anybody_is_known(tmp_path: Path) -> None:
    shop = open_shop(tmp_path / "new", create=True, clock=SetClock(MONDAY))
    assert ranked(shop) == Ranked()
    with visiting(shop, "viewer", "en") as client:
        page = client.get("/ranks").text
    shop.close()
    assert "Nobody has a rank yet" in page
    assert 'href="/import"' in page


def test_publishing_is_a_word_of_a_marketer(console_shop: Shop) -> None:
    console_shop.warehouse.execute("DELETE FROM rank_cuts")
    with visiting(console_shop, "staff") as client:
        assert client.post("/ranks/publish").status_code == 403
    assert ranked(console_shop) == Ranked()
    with visiting(console_shop, "marketer") as client:
        assert client.post("/ranks/publish").status_code == 303
    assert ranked(console_shop).published_at == MONDAY


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_rank_has_advice(language: str) -> None:
    with speaking(language):
        view = ranks_view(Ranked(sheet=CustomerSheet()), currency="JPY", zone="Asia/Tokyo")
    assert view.advice.keys() == ADVICE.keys()
    assert all(view.advice.values())
