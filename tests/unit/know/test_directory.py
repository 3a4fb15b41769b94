"""The directory finds everybody by whatever is known of them, and knows of what has changed."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from tenshu.bootstrap import Shop
from tenshu.kit.clock import SetClock
from tenshu.kit.ids import fact_id
from tenshu.know import directory as directories
from tenshu.know.directory import Directory, Found
from tenshu.know.publish import publish_ranks
from tenshu.testing.small_shop import open_small_shop, order, tell

ZONE = "Asia/Tokyo"


def described(number: str, at: datetime, *more: dict[str, str], **traits: str) -> dict[str, Any]:
    """Return the fact that somebody has told these traits, with further identifiers."""
    return {
        "fact_id": fact_id("described", number, at.isoformat(), *traits.values()),
        "event": "customer_described",
        "occurred_at": at,
        "received_at": at,
        "source": "roster",
        "identifiers": [{"kind": "customer_no", "value": number}, *more],
        "properties": msgspec.json.encode({"traits": traits}).decode(),
    }


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, SetClock]:
    """Return a shop that tests only look at."""
    return filled(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Shop, SetClock]:
    """Return a shop to which more may happen."""
    return filled(tmp_path)


def filled(home: Path) -> tuple[Shop, SetClock]:
    """Return the shop that the tests speak of."""
    shop, clock = open_small_shop(home)
    now = clock.now()
    tell(
        shop,
        [
            described(
                "S-1",
                now,
                last_name="佐藤",
                first_name="花子",
                name_kana="サトウ ハナコ",
                phone="+819012345678",
                company="株式会社ひまわり",
                email="hana..s.@docomo.ne.jp",
            ),
            described("S-2", now, last_name="髙橋", first_name="健", name_kana="タカハシ ケン"),
            described("E-1", now, full_name="John Smith", email="john@example.org"),
            described("M-1", now, {"kind": "member_no", "value": "M-777"}, full_name="齋藤　一郎"),
            order("N-9", "N-9-1", now - timedelta(days=3), amount=90_000),
        ],
    )
    publish_ranks(shop.warehouse, now=now, zone=ZONE)
    return shop, clock


@pytest.fixture(scope="module")
def still(kept: tuple[Shop, SetClock]) -> Directory:
    """Return the directory of the shop that tests only look at."""
    return Directory(kept[0].warehouse, kept[0].ledger)


@pytest.fixture
def directory(shop: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch) -> Directory:
    """Return a directory that looks at every question whether anything has changed."""
    monkeypatch.setattr(directories, "LOOK_AFTER", 0.0)
    return Directory(shop[0].warehouse, shop[0].ledger)


def names(found: Found) -> list[str | None]:
    """Return the names of those found; who has none by the shop's number."""
    return [one.name or one.customer_no for one in found.entries]


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("佐藤", "佐藤 花子"),
        ("さとう", "佐藤 花子"),
        ("ｻﾄ", "佐藤 花子"),
        ("はなこ", "佐藤 花子"),
        ("ハナコ さとう", "佐藤 花子"),
        ("佐藤花子", "佐藤 花子"),
        ("satou", "佐藤 花子"),
        ("Hanako", "佐藤 花子"),
        ("090-1234", "佐藤 花子"),
        ("+81 90 1234 5678", "佐藤 花子"),
        ("5678", "佐藤 花子"),
        ("HANA..s.@docomo", "佐藤 花子"),
        ("@docomo.ne.jp", "佐藤 花子"),
        ("ひまわり", "佐藤 花子"),
        ("株式会社ヒマワリ", "佐藤 花子"),
        ("高橋 けん", "髙橋 健"),
        ("smith", "John Smith"),
        ("john", "John Smith"),
        ("斉藤", "齋藤　一郎"),
        ("一郎", "齋藤　一郎"),
        ("m-777", "齋藤　一郎"),
        ("n-9", "N-9"),
    ],
)
def test_a_customer_is_found_by_the_beginning_of_anything_known(
    still: Directory, kept: Any, said: str, who: str
) -> None:
    assert names(still.search(said, now=kept[1].now())) == [who]


@pytest.mark.parametrize("said", ["無い名前", "zzz", "%", "_", "' OR 1=1 --", "\\x", "*", "佐藤 健", "9" * 400])
def test_what_fits_nobody_finds_nobody(still: Directory, kept: Any, said: str) -> None:
    """Wildcards and quotes are letters like others."""
    found = still.search(said, now=kept[1].now())
    assert (found.total, found.entries) == (0, [])


@pytest.mark.parametrize("said", ["", " ", "\n\t", "　", "- ", "・"])
def test_what_says_nothing_leaves_nobody_out(still: Directory, kept: Any, said: str) -> None:
    found = still.search(said, now=kept[1].now())
    assert found.total == found.everybody == 8


def test_every_word_has_to_fit(still: Directory, kept: Any) -> None:
    now = kept[1].now()
    assert names(still.search("佐藤 090", now=now)) == ["佐藤 花子"]
    assert still.search("佐藤 080", now=now).total == 0


def test_lists_go_by_value_by_the_last_purchase_or_by_arrival(still: Directory, kept: Any) -> None:
    now = kept[1].now()
    everybody = still.search("", now=now)
    assert everybody.total == everybody.everybody == 8
    assert names(everybody)[0] == "N-9"
    assert [one.revenue for one in everybody.entries] == sorted(
        (one.revenue for one in everybody.entries), reverse=True
    )
    recent = [one.last_order_at for one in still.search("", now=now, order="recent").entries]
    bought = [at for at in recent if at is not None]
    assert bought == sorted(bought, reverse=True)
    assert recent == [*bought, *[None] * (len(recent) - len(bought))]
    newest = [one.customer for one in still.search("", now=now, order="newest").entries]
    assert newest == sorted(newest, reverse=True)


def test_pages_follow_each_other_without_a_gap(still: Directory, kept: Any) -> None:
    now = kept[1].now()
    whole = [one.customer for one in still.search("", now=now).entries]
    pages = [still.search("", now=now, skip=skip, limit=3) for skip in (0, 3, 6)]
    assert [one.customer for page in pages for one in page.entries] == whole
    assert {page.total for page in pages} == {len(whole)}


def test_ranks_and_other_conditions_narrow_the_list(still: Directory, kept: Any) -> None:
    now = kept[1].now()
    dormant = still.search("", now=now, rank="dormant")
    assert names(dormant) == ["髙橋 健"]
    assert dormant.everybody == 8
    some = pl.Series([one.customer for one in dormant.entries])
    assert names(still.search("", now=now, among=some)) == ["髙橋 健"]
    assert still.search("佐藤", now=now, among=some).total == 0


def test_what_is_told_later_is_found_and_the_rest_is_not_read_again(directory: Directory, shop: Any) -> None:
    home, clock = shop
    assert directory.search("さくら", now=clock.now()).total == 0
    before = directory.rows(clock.now()).height
    clock.set(clock.now() + timedelta(minutes=1))
    tell(home, [described("S-5", clock.now(), last_name="伊藤", first_name="さくら", name_kana="イトウ サクラ")])
    tell(home, [order("S-5", "S-5-2", clock.now(), amount=500_000)])
    found = directory.search("さくら", now=clock.now())
    assert names(found) == ["伊藤 さくら"]
    assert found.entries[0].revenue == 501_000
    assert names(directory.search("", now=clock.now()))[0] == "伊藤 さくら"
    assert directory.rows(clock.now()).height == before


def test_two_who_turn_out_to_be_one_are_one_line(directory: Directory, shop: Any) -> None:
    home, clock = shop
    before = directory.search("", now=clock.now()).everybody
    clock.set(clock.now() + timedelta(minutes=1))
    tell(home, [{**order("Z-1", "Z-1-1", clock.now()), "identifiers": [{"kind": "email", "value": "z@example.com"}]}])
    assert directory.search("", now=clock.now()).everybody == before + 1
    tell(home, [described("S-3", clock.now(), {"kind": "email", "value": "z@example.com"}, last_name="高橋")])
    assert directory.search("", now=clock.now()).everybody == before
    assert directory.search("z@example", now=clock.now()).total == 1


def test_changes_give_the_same_table_as_reading_everything(directory: Directory, shop: Any) -> None:
    home, clock = shop
    directory.rows(clock.now())
    for nth in range(4):
        clock.set(clock.now() + timedelta(minutes=1))
        tell(home, [described(f"S-{nth}", clock.now(), last_name=f"客{nth}", phone=f"+8190000000{nth:02}")])
    changed = directory.rows(clock.now())
    fresh = Directory(home.warehouse, home.ledger).rows(clock.now())
    assert changed.sort("customer").equals(fresh.sort("customer"))
    assert changed["customer"].to_list() == fresh["customer"].to_list()


def test_facts_that_are_taken_away_are_noticed(directory: Directory, shop: Any) -> None:
    """An import that is undone takes facts out of batches that have long been seen."""
    home, clock = shop
    assert directory.search("花子", now=clock.now()).total == 1
    home.warehouse.execute("DELETE FROM facts WHERE event = 'customer_described' AND properties LIKE '%花子%'")
    home.warehouse.execute(
        "INSERT INTO facts SELECT * REPLACE (batch + 1 AS batch) FROM facts ORDER BY batch DESC LIMIT 1"
    )
    assert directory.search("花子", now=clock.now()).total == 0


def test_an_empty_shop_has_an_empty_directory(tmp_path: Path) -> None:
    from tenshu.bootstrap import open_shop  # noqa: PLC0415 - only here

    shop = open_shop(tmp_path / "home", create=True)
    found = Directory(shop.warehouse, shop.ledger).search("佐藤", now=shop.clock.now())
    assert (found.total, found.everybody, found.entries) == (0, 0, [])
    shop.close()
