"""A process that dies while people enter or go on: the next one does what is left, and nobody is decided upon twice."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from tenshu import flow
from tenshu.bootstrap import Shop, open_shop
from tenshu.collect.tables import facts_out
from tenshu.decide.policy import read_policy
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.journey import records
from tenshu.journey.tables import enrolments, journeys
from tenshu.kit.clock import SetClock
from tenshu.kit.failpoint import POINTS, VARIABLE, ReachedFailPoint, failing
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, add_template, open_small_shop, start

MINE = [point for point in POINTS if point.startswith(("enter.", "advance."))]
CHILD = """
import sys
from pathlib import Path
from tests.unit.flow.test_advance_kills import enter_and_advance, reopen
shop = reopen(Path(sys.argv[1]))
enter_and_advance(shop)
shop.close()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made") / "home"
    shop, _ = open_small_shop(home, people=6)
    add_template(shop)
    start(shop, holdout_rate=0.3, **TWO_MAILS)
    shop.close()
    return home


@pytest.fixture(scope="module")
def undisturbed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = shutil.copytree(made, tmp_path_factory.mktemp("undisturbed") / "home")
    shop = reopen(home)
    enter_and_advance(shop)
    written = contents(shop)
    shop.close()
    return written


def reopen(home: Path) -> Shop:
    return open_shop(home, clock=SetClock(MONDAY))


def enter_and_advance(shop: Shop) -> flow.Ticked:
    holds = flow.Live(shop, shop.settings.zone).holds_at(MONDAY)
    flow.enter_due(shop, shop.settings, holds, now=MONDAY)
    policy = read_policy(shop.ledger)
    return flow.advance_all(shop, shop.settings, policy, now=MONDAY, address_key=shop.address_key)


def contents(shop: Shop) -> dict[str, Any]:
    """Return what lies in the ledger; what was told without its number, which a rollback may have used up."""
    with shop.ledger.reading() as tx:
        found = {table.name: tx.frame(select(table)) for table in (journeys, enrolments, decisions, outbox)}
        told = tx.frame(select(facts_out.c.event, facts_out.c.node, facts_out.c.properties))
    rows = {name: frame.sort(frame.columns[:2]).to_dicts() for name, frame in found.items()}
    return {**rows, "told": sorted(told.rows())}


@pytest.mark.parametrize("point", MINE)
def test_a_kill_there_changes_nothing_in_the_end(
    point: str, made: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    home = shutil.copytree(made, tmp_path / "home")
    died = subprocess.run(
        [sys.executable, "-c", CHILD, str(home)],
        env=os.environ | {VARIABLE: f"{point}:kill"},
        check=False,
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    shop = reopen(home)
    enter_and_advance(shop)
    assert contents(shop) == undisturbed
    shop.close()


def in_parts_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    real = records.due
    monkeypatch.setattr(records, "due", lambda tx, *, now: real(tx, now=now, limit=2))


def test_parts_give_the_same_as_all_at_once(
    made: Path, undisturbed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_parts_of_two(monkeypatch)
    shop = reopen(shutil.copytree(made, tmp_path / "home"))
    assert enter_and_advance(shop).moved == len(undisturbed["enrolments"])
    assert contents(shop) == undisturbed
    shop.close()


@pytest.mark.parametrize("point", ["advance.decided@2", "advance.keeping@3", "advance.kept@1"])
def test_parts_that_were_done_stay_done(
    point: str, made: Path, undisturbed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_parts_of_two(monkeypatch)
    shop = reopen(shutil.copytree(made, tmp_path / "home"))
    name, _, nth = point.partition("@")
    with failing(f"{name}:raise@{nth}"), pytest.raises(ReachedFailPoint):
        enter_and_advance(shop)
    parts = int(nth) if name == "advance.kept" else int(nth) - 1
    with shop.ledger.reading() as tx:
        moved = tx.frame(select(enrolments.c.visit)).filter(pl.col("visit") > 0)
    assert len(moved) == 2 * parts
    enter_and_advance(shop)
    assert contents(shop) == undisturbed
    shop.close()


def test_who_went_on_is_not_due_again(made: Path, tmp_path: Path) -> None:
    shop = reopen(shutil.copytree(made, tmp_path / "home"))
    assert enter_and_advance(shop).moved > 0
    assert enter_and_advance(shop) == flow.Ticked()
    shop.close()
