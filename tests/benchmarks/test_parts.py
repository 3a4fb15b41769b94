"""Every part runs at a tiny size, and a baseline that is compared with does the same work: its result is the same."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from benchmarks.conditions_of import conditions
from benchmarks.digest_by_fact import FactLoop
from benchmarks.facts_of import Fact, describe, frames, told, touching
from benchmarks.figure import Figure, Part
from benchmarks.purchases_csv import write_purchases

from benchmarks import part_digest, part_import, part_mail, part_pages, part_rfm, part_tick
from tenshu.condition import dump

TINY = 0.001


def figures_of(part: Part, folder: Path, *, size: float = TINY) -> list[Figure]:
    made = part.run(folder, size=size, repeats=1)
    assert made
    for one in made:
        assert one.value == one.value
        assert "DIFFER" not in one.what
        assert "NOT ALL" not in one.what
        assert (one.baseline_value is None) == (one.baseline == "")
        assert (one.demand == "") or one.is_met is not None
    return made


def test_rfm_and_deciles_are_those_of_the_same_sql_by_hand(tmp_path: Path) -> None:
    made = figures_of(part_rfm, tmp_path)
    assert [one.what.split(",")[0] for one in made] == ["RFM", "deciles", "RFM + deciles"]
    assert all(one.ratio is not None and one.ratio > 0 for one in made)


def test_the_part_import_takes_both_files_whole(tmp_path: Path) -> None:
    memory, time = figures_of(part_import, tmp_path)
    assert memory.unit == "MB"
    assert memory.peak_bytes is not None
    assert time.baseline == "200 rows"


def test_a_tills_export_has_as_many_rows_as_asked_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        write_purchases(tmp_path / name, rows=500)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    read = pl.read_csv(tmp_path / "one.csv")
    assert read.height == 500
    assert read["伝票番号"].n_unique() == 250


def test_the_product_digests_what_the_loops_digest(tmp_path: Path) -> None:
    made = figures_of(part_digest, tmp_path)
    by_thousand, by_fact = "SQLite loop, commit per 1,000", "SQLite loop, commit per fact"
    assert [one.baseline for one in made] == ["", by_thousand, by_thousand, by_fact, by_fact]
    assert [bool(one.demand) for one in made] == [True, True, False, True, False]
    given = {"facts": 700, "known": 30, "new": 8}
    ours, waiting = (
        part_digest.product(str(tmp_path / f"ticks-{a_tick}"), **given, a_tick=a_tick) for a_tick in (2, 9_999)
    )
    theirs = [part_digest.loop(str(tmp_path / str(every)), **given, commit_every=every) for every in (1, 1000)]
    assert ours["result"] == waiting["result"] == theirs[0]["result"] == theirs[1]["result"]
    assert ours["result"]["counts"][0] < 700 + 30  # some were told twice


def test_the_loop_joins_people_who_turn_out_to_be_one(tmp_path: Path) -> None:
    loop = FactLoop(tmp_path / "loop.sqlite", commit_every=10)
    alone: Fact = {**describe([1], at=part_digest.AT)[0], "fact_id": b"a" * 16}
    alone["identifiers"] = alone["identifiers"][1:]
    number: Fact = {**describe([1], at=part_digest.AT)[0], "fact_id": b"b" * 16}
    number["identifiers"] = number["identifiers"][:1]
    loop.accept([alone, number, *describe([1], at=part_digest.AT)], a_request=2)
    loop.digest()
    assert [(customer, facts) for customer, facts, _revenue, _at in loop.totals()] == [(1, 3)]
    assert loop.counts() == [3, 0, 2]
    loop.close()


def test_all_mails_are_sent_and_recorded(tmp_path: Path) -> None:
    made = figures_of(part_mail, tmp_path)
    assert [one.baseline for one in made] == ["", "EmailMessage + smtplib", "our builder, unrecorded"]
    assert all(one.syncs is not None and one.syncs > 0 for one in made)


@pytest.mark.timeout(180)
def test_a_tick_is_told_for_each_shop_and_both_ways_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_tick, "TICKS", 1)
    made = figures_of(part_tick, tmp_path)
    assert sum("kill to first tick" in one.what for one in made) == 2
    assert {path.name for path in (tmp_path / "homes").iterdir()} == set(part_tick.SHOPS)


def test_a_hundred_conditions_are_a_hundred_different_ones() -> None:
    bodies = {repr(dump(one)) for one in conditions(100).values()}
    assert len(bodies) == 100


def test_facts_of_a_tick_are_about_exactly_the_people_named() -> None:
    facts = touching([3, 5, 8], 9, at=part_digest.AT, salt="t")
    numbers = [fact["identifiers"][0]["value"] for fact in facts]
    assert sorted(set(numbers)) == ["C00000003", "C00000005", "C00000008"]
    assert len(numbers) == 9
    assert facts[-1]["occurred_at"] == part_digest.AT


def test_facts_are_the_same_each_time_and_some_come_twice() -> None:
    facts = told(200, known=10, new=3, at=part_digest.AT)
    assert facts == told(200, known=10, new=3, at=part_digest.AT)
    assert len({fact["fact_id"] for fact in facts}) == 196
    assert facts[0]["occurred_at"] == part_digest.AT - timedelta(milliseconds=200)
    assert sum(frame.height for frame in frames(facts, 64)) == 200


def test_every_page_opens_for_an_owner_who_signs_in_by_the_link(tmp_path: Path) -> None:
    made = figures_of(part_pages, tmp_path)
    shown = [one.what.removesuffix(", warm, 200 customers") for one in made[:-1]]
    assert shown[: len(part_pages.PAGES)] == list(part_pages.PAGES)
    assert {what.split(":")[0] for what in shown[len(part_pages.PAGES) :]} == {"/scenarios/new", "/scenarios"}
    assert made[-1].what.startswith("live count")
    assert {one.unit for one in made} == {"s"}
