"""Undoing an import: what it told is gone, what we did stays, and nobody who is not known any more is written to."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.collect.event import facts_frame
from tenshu.collect.importing import is_imported
from tenshu.collect.inbox import accept
from tenshu.collect.tables import imports
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.condition import parse
from tenshu.decide.policy import Policy
from tenshu.deliver.outbox import claim
from tenshu.deliver.tables import outbox
from tenshu.flow import Live, undo_import
from tenshu.flow.undoing import ImportStays, ImportUnknown, can_undo
from tenshu.identify.batch import UNDOABLE_FOR
from tenshu.journey.tables import enrolments
from tenshu.kit.failpoint import POINTS, ReachedFailPoint, failing
from tenshu.kit.ids import fact_id
from tenshu.know.publish import published_cuts
from tenshu.segment.saved import save_segment
from tenshu.testing import small_shop as cast
from tests.unit.flow.imports import bring, known, staged_left

MINE = [point for point in POINTS if point.startswith("undo.")]
NEW = [f"N-{nth}" for nth in range(4)]


def person(number: str, *, name: str = "新規") -> list[dict[str, Any]]:
    """Return who somebody is, a word on mail, and an order."""
    at = cast.MONDAY - timedelta(days=20)
    mail = f"{number.lower()}@example.com"
    described = {
        "fact_id": fact_id("described", number),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": at,
        "received_at": at,
        "source": "file",
        "identifiers": [{"kind": "customer_no", "value": number}, {"kind": "email", "value": mail}],
        "properties": f'{{"traits": {{"customer_no": "{number}", "last_name": "{name}", "email": "{mail}"}}}}',
    }
    return [described, cast.consent(number, "granted", "opt_in", at), cast.order(number, f"{number}-9", at)]


def make(home: Path) -> tuple[Shop, str]:
    """Return the small shop, and a file of four new people and one order of 佐藤 that it has imported."""
    shop, _clock = cast.open_small_shop(home)
    facts = [fact for number in NEW for fact in person(number)]
    facts.append(cast.order("S-1", "S-1-file", cast.MONDAY - timedelta(days=1), amount=90_000))
    file = bring(shop, "list", facts, at=shop.clock.now())
    flow.digest_all(shop, now=shop.clock.now())
    return shop, file


def states(shop: Shop) -> dict[str, tuple[str, str | None]]:
    with shop.ledger.reading() as tx:
        rows = tx.frame(select(outbox.c.address, outbox.c.state, outbox.c.reason))
    return {address: (state, reason) for address, state, reason in rows.rows()}


def claimed(shop: Shop) -> set[str]:
    found = claim(shop.ledger, now=shop.clock.now(), worker="w", policy=Policy(), zone=shop.settings.zone)
    return set(found["address"])


@pytest.mark.parametrize("kept_in", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.usefixtures("kept_in")
def test_shop_is_as_before_the_import_and_the_record_of_it_stays(tmp_path: Path) -> None:
    before_shop, _clock = cast.open_small_shop(tmp_path / "before")
    before = known(before_shop)
    shop, file = make(tmp_path / "home")
    assert can_undo(shop, now=shop.clock.now()) == {file}
    undone = undo_import(shop, file, shop.clock.now(), by="山田")
    assert (undone.facts, undone.people, undone.name) == (13, 4, "list.csv")
    assert known(shop) == before
    assert can_undo(shop, now=shop.clock.now()) == set()
    cast.tick(shop)
    told = shop.warehouse.frame("SELECT properties->>'by' AS by, node FROM facts WHERE event = 'import_undone'")
    assert told.rows() == [("山田", None)]
    with shop.ledger.reading() as tx:
        row = tx.frame(select(imports)).row(0, named=True)
    assert (row["undone_by"], row["undone_people"], row["undone_at"]) == ("山田", 4, shop.clock.now())


def test_ranks_and_live_conditions_are_those_of_the_facts_that_stay(tmp_path: Path) -> None:
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    now = shop.clock.now()
    rich = parse({"kind": "did", "event": "order_completed", "sum": {"field": "amount", "cmp": "gte", "value": 50_000}})
    with shop.ledger.writing() as tx:
        save_segment(tx, "rich", {"en": "rich"}, rich, now=now)
    live = Live(shop, shop.settings.zone, snapshot=tmp_path / "home" / "live-Asia-Tokyo")
    flow.digest_all(shop, now=now, live=live)
    cuts = published_cuts(shop.warehouse, now=now)
    bring(shop, "list", [cast.order("S-1", "S-1-file", now - timedelta(days=1), amount=90_000)], at=now)
    flow.digest_all(shop, now=now, live=live)
    live.save()
    key = next(iter(live._watched))
    assert live.hot(now).count(key) == 1
    undo_import(shop, "list", now, live)
    assert live.hot(now).count(key) == 0
    assert not (tmp_path / "home" / "live-Asia-Tokyo").exists()
    after = published_cuts(shop.warehouse, now=now)
    assert cuts is not None
    assert after is not None
    assert (after.scores, after.decile) == (cuts.scores, cuts.decile)


def test_who_was_who_is_asked_anew_after_an_undo(tmp_path: Path) -> None:
    shop, file = make(tmp_path / "home")
    now, live = shop.clock.now(), Live(shop, shop.settings.zone)
    accept(shop.inbox, facts_frame([cast.order("N-0", "N-0-web", now), *person("W-1")]), source="web", received_at=now)
    flow.digest_all(shop, now=now, live=live)
    assert len(live.nodes) == 3
    undo_import(shop, file, now, live)
    assert len(live.nodes) == 0
    again = [cast.order(number, f"{number}-again", now) for number in (*NEW, "W-1")]
    accept(shop.inbox, facts_frame(again), source="web", received_at=now)
    flow.digest_all(shop, now=now, live=live)
    kept = shop.warehouse.frame("SELECT order_no FROM orders WHERE order_no LIKE '%-again' OR order_no LIKE '%-web'")
    assert len(kept) == 6


def test_walks_of_strangers_end_and_their_messages_are_stopped_at_the_last_check(tmp_path: Path) -> None:
    shop, file = make(tmp_path / "home")
    cast.add_template(shop)
    cast.start(shop, **cast.TWO_MAILS)
    cast.tick(shop)
    assert len(states(shop)) == 7
    undo_import(shop, file, shop.clock.now())
    with shop.ledger.reading() as tx:
        walks = tx.frame(select(enrolments.c.status, enrolments.c.outcome))
    assert walks.rows().count(("ended", "unknown")) == 4
    assert walks.rows().count(("active", None)) == len(walks) - 4
    assert claimed(shop) == {"s-1@example.com", "s-2@example.com", "s-3@example.com"}
    new = {address: state for address, state in states(shop).items() if address.startswith("n-")}
    assert set(new.values()) == {("suppressed", "no_basis")}


def test_same_file_comes_in_again_after_its_undoing(tmp_path: Path) -> None:
    shop, file = make(tmp_path / "home")
    first = known(shop)
    with shop.ledger.reading() as tx:
        numbers = set(tx.frame(select(imports.c.import_id))["import_id"])
    undo_import(shop, file, shop.clock.now())
    assert not is_imported(shop.ledger, file)
    facts = [fact for number in NEW for fact in person(number)]
    facts.append(cast.order("S-1", "S-1-file", cast.MONDAY - timedelta(days=1), amount=90_000))
    bring(shop, "list", facts, at=shop.clock.now())
    assert is_imported(shop.ledger, file)
    flow.digest_all(shop, now=shop.clock.now())
    assert known(shop) == first
    assert staged_left(shop) == []
    assert numbers == {file}
    assert undo_import(shop, file, shop.clock.now()).people == 4


def test_people_who_are_known_again_never_get_a_number_that_was_somebody_elses(tmp_path: Path) -> None:
    shop, file = make(tmp_path / "home")
    last = shop.warehouse.frame("SELECT max(node) AS node FROM node_map").item()
    undo_import(shop, file, shop.clock.now())
    cast.tell(shop, person("Z-1"))
    found = shop.warehouse.frame("SELECT min(node) AS node FROM facts WHERE properties LIKE '%Z-1%'").item()
    assert found > last


def test_history_follows_somebody_who_stays_known_by_another_identifier(tmp_path: Path) -> None:
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    now = shop.clock.now()
    file = bring(shop, "list", person("N-1"), at=now)
    flow.digest_all(shop, now=now)
    cast.add_template(shop)
    cast.start(shop)
    cast.tick(shop)
    by_mail = {**cast.order("x", "by-mail", now), "identifiers": [{"kind": "email", "value": "n-1@example.com"}]}
    cast.tell(shop, [by_mail])
    undo_import(shop, file, now)
    (customer,) = shop.warehouse.frame("SELECT customer FROM orders WHERE order_no = 'by-mail'")["customer"]
    with shop.ledger.reading() as tx:
        mine = tx.frame(select(enrolments.c.customer, enrolments.c.outcome).where(enrolments.c.customer == customer))
        sent = tx.frame(select(outbox.c.address).where(outbox.c.customer == customer))
    assert len(mine) == 1
    assert sent["address"].to_list() == ["n-1@example.com"]
    walked = shop.warehouse.frame("SELECT count(*) AS n FROM customer_facts WHERE event = 'journey_entered'")
    assert walked.item() == len(shop.warehouse.frame("SELECT 1 FROM facts WHERE event = 'journey_entered'"))


def test_import_that_waits_in_the_inbox_is_digested_and_undone(tmp_path: Path) -> None:
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    before = known(shop)
    file = bring(shop, "list", person("N-1"), at=shop.clock.now())
    assert undo_import(shop, file, shop.clock.now()).people == 1
    assert known(shop) == before


def test_undoing_twice_says_the_same_and_tells_it_once(tmp_path: Path) -> None:
    shop, file = make(tmp_path / "home")
    first = undo_import(shop, file, shop.clock.now())
    assert undo_import(shop, file, shop.clock.now() + timedelta(hours=1)) == first
    cast.tick(shop)
    assert shop.warehouse.frame("SELECT count(*) AS n FROM facts WHERE event = 'import_undone'").item() == 1


def test_import_that_nobody_made_or_that_is_too_old_is_refused(tmp_path: Path) -> None:
    shop, file = make(tmp_path / "home")
    later = shop.clock.now() + UNDOABLE_FOR + timedelta(days=1)
    with pytest.raises(ImportUnknown, match="no import nothing"):
        undo_import(shop, "nothing", shop.clock.now())
    with pytest.raises(ImportStays, match="90 days"):
        undo_import(shop, file, later)
    assert can_undo(shop, now=later) == set()


@pytest.mark.parametrize("point", MINE)
def test_a_kill_there_leaves_it_to_the_next_process(point: str, tmp_path: Path) -> None:
    shop, file = make(tmp_path / "home")
    cast.add_template(shop)
    cast.start(shop, **cast.TWO_MAILS)
    cast.tick(shop)
    bring(shop, "again", person("N-1"), at=shop.clock.now())
    flow.digest_all(shop, now=shop.clock.now())
    with failing(f"{point}:raise@1"), pytest.raises(ReachedFailPoint):
        undo_import(shop, file, shop.clock.now())
    cast.tick(shop)  # the next process, which knows nothing of it
    rest, _clock = cast.open_small_shop(tmp_path / "rest")
    bring(rest, "again", person("N-1"), at=rest.clock.now())
    flow.digest_all(rest, now=rest.clock.now())
    assert known(shop) == known(rest)
    with shop.ledger.reading() as tx:
        row = tx.frame(select(imports).where(imports.c.import_id == file)).row(0, named=True)
        walks = tx.frame(select(enrolments.c.outcome).where(enrolments.c.status == "ended"))
    assert (row["undone_people"], row["undone_facts"]) == (3, 10)
    assert walks["outcome"].to_list().count("unknown") == 3
    cast.tick(shop)
    assert shop.warehouse.frame("SELECT count(*) AS n FROM facts WHERE event = 'import_undone'").item() == 1
