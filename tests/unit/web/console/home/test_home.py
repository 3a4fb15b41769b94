"""The first page: what waits for a person, what comes next, what happened; a new shop is shown the way."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.bootstrap import Shop, open_shop, save_settings
from tenshu.deliver.standstill import BY_HAND, stand_still
from tenshu.journey.switch import pause
from tenshu.kit.clock import SetClock
from tenshu.kit.i18n import speaking
from tenshu.measure.days import Day
from tenshu.measure.state import ScenarioState, Standing
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick
from tenshu.web.console.home.home_view import mail_columns, next_views, order_columns
from tenshu.web.console.home.needs import Situation, needs
from tests.unit.web.console.visiting import visiting

ALL_WELL = Situation(customers=10)
TROUBLES: dict[str, dict[str, Any]] = {
    "faults": {"faults": 2},
    "standstill": {"standstill": "Somebody has paused all sending."},
    "in doubt": {"in_doubt": {"hello": ("ご挨拶", 3)}},
    "tripped": {"tripped": {"hello": "ご挨拶"}},
    "resting": {"resting": ("昔のシナリオ",)},
    "review": {"reviews": {"hello": ("ご挨拶", date(2026, 6, 1))}},
    "no sender": {"is_sender": False},
    "refused rows": {"refused": ("顧客.xlsx", 4)},
}


def test_a_shop_in_which_all_is_well_needs_nobody() -> None:
    assert needs(ALL_WELL) == ()


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_trouble_is_a_sentence_with_a_place_to_settle_it(trouble: str, language: str) -> None:
    with speaking(language):
        (need,) = needs(msgspec.structs.replace(ALL_WELL, **TROUBLES[trouble]))
    assert need.text
    assert need.label
    assert need.url.startswith("/")


def test_what_cannot_wait_comes_first() -> None:
    told = needs(
        Situation(is_smtp=False, refused=("a.csv", 1), in_doubt={"a": ("a", 1)}, reviews=TROUBLES["review"]["reviews"])
    )
    urgent = [need.is_urgent for need in told]
    assert urgent == sorted(urgent, reverse=True)
    assert urgent[0]


def test_a_rehearsal_asks_nobody_for_a_mail_server() -> None:
    assert needs(Situation(is_smtp=False, is_sender=False, is_rehearsed=True)) == ()


@given(st.lists(st.tuples(*[st.integers(0, 5000)] * 3), min_size=1, max_size=20))
def test_columns_fit_into_their_frame_and_the_highest_fills_it(counts: list[tuple[int, int, int]]) -> None:
    days = [Day(on=date(2026, 1, 1), sent=a, silent=b, held_out=c) for a, b, c in counts]
    columns, _most = mail_columns(days)
    tops = [sum(column.heights) for column in columns]
    assert all(-0.1 <= top <= 100.1 for top in tops)
    if any(map(sum, counts)):
        assert max(tops) == pytest.approx(100, abs=0.1)


def test_days_without_orders_are_drawn_flat() -> None:
    columns, most = order_columns([Day(on=date(2026, 1, 1)), Day(on=date(2026, 1, 2))])
    assert [column.heights for column in columns] == [(0.0,), (0.0,)]
    assert most == "0"


def state(name: str, standing: Standing) -> ScenarioState:
    return ScenarioState(name=name, version=1, title={"en": name}, standing=standing)


def test_the_soonest_comes_first_and_what_is_over_is_not_there() -> None:
    states = [state("late", Standing.RUNNING), state("soon", Standing.RUNNING), state("over", Standing.FINISHED)]
    soon = {"late": MONDAY + timedelta(days=3), "soon": MONDAY + timedelta(hours=1)}
    with speaking("en"):
        told = next_views([*states, state("by chance", Standing.RUNNING)], soon, now=MONDAY, zone="Asia/Tokyo")
    assert [one.name for one in told] == ["soon", "late", "by chance"]
    assert [one.when for one in told] == ["today at 13:00", "4 June 2026, 12:00", "when it happens"]


def test_tomorrow_is_the_shops_tomorrow() -> None:
    evening = datetime(2026, 6, 1, 14, 30, tzinfo=UTC)  # 23:30 in Tokyo
    with speaking("en"):
        (told,) = next_views(
            [state("a", Standing.RUNNING)], {"a": evening + timedelta(hours=1)}, now=evening, zone="Asia/Tokyo"
        )
    assert told.when == "tomorrow at 00:30"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose broadcast has just been decided."""
    shop, _clock = open_small_shop(tmp_path / "home", people=3)
    add_template(shop)
    start(shop)
    tick(shop)
    yield shop
    shop.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_shows_the_account_of_all_scenarios_closed(running: Shop, language: str) -> None:
    with visiting(running, "viewer", language) as client:
        page = client.get("/").text
    assert "account-bar" in page
    assert ("ご挨拶" if language == "ja" else "Hello") in page
    assert 'class="urgent"' not in page


def test_a_pause_of_all_sending_stands_on_the_page(running: Shop) -> None:
    with running.ledger.writing() as tx:
        stand_still(tx, BY_HAND, MONDAY)
    with visiting(running, "viewer", "en") as client:
        assert "Somebody has paused all sending." in client.get("/").text


def test_a_new_shop_is_shown_three_steps(tmp_path: Path) -> None:
    shop = open_shop(tmp_path / "new", create=True, clock=SetClock(MONDAY))
    with visiting(shop, "owner", "en") as client:
        page = client.get("/").text
    shop.close()
    assert 'href="/setup"' in page
    assert 'href="/import"' in page
    assert 'href="/guide"' in page
    assert "account-bar" not in page


def test_a_title_of_markup_is_shown_as_text(running: Shop) -> None:
    nasty = "<script>alert(1)</script>"
    shop = save_settings(running, msgspec.structs.replace(running.settings, name=nasty))
    start(shop, "nasty", title={"ja": nasty, "en": nasty})
    with visiting(shop, "owner", "en") as client:
        page = client.get("/").text
    assert nasty not in page
    assert page.count("&lt;script&gt;alert(1)") >= 2


def test_a_paused_scenario_is_still_there(running: Shop) -> None:
    pause(running.ledger, "hello")
    with visiting(running, "owner", "en") as client:
        assert "paused" in client.get("/").text


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_the_choice_of_a_language_never_leads_elsewhere(running: Shop, back: str) -> None:
    with visiting(running) as client:
        assert client.post("/language", {"language": "en", "back": back}).headers["location"] == "/"


def test_a_chosen_language_stays(running: Shop) -> None:
    with visiting(running, language="ja") as client:
        client.post("/language", {"language": "en", "back": "/"})
        assert '<html lang="en">' in client.get("/").text
        client.post("/language", {"language": "tlh", "back": "/"})
        assert '<html lang="en">' in client.get("/").text
