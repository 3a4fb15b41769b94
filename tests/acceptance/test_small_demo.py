"""A small demo in this process: 400 customers, 16 days; the same door, the same claims, and an auditor."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tenshu.bootstrap import Shop
from tenshu.cli.demo import as_json
from tenshu.measure.account import account
from tenshu.rehearse.rehearsal import Rehearsed, rehearse
from tests.acceptance.audit import facts, find_faults

Run = tuple[Shop, Rehearsed]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    shop, rehearsed = rehearse(tmp_path_factory.mktemp("demo") / "home", seed=5, days=16, customers=400)
    yield shop, rehearsed
    shop.close()


def test_every_account_closes_and_nothing_is_left_over(run: Run) -> None:
    for outreach in run[1].report.outreaches:
        assert outreach.account.closes
        assert outreach.account.strays == 0
        assert all(step.account.closes for step in outreach.steps)


def test_the_mailbox_has_what_the_account_says_each_once(run: Run) -> None:
    shop, rehearsed = run
    sent = sum(outreach.account.sent for outreach in rehearsed.report.outreaches)
    assert len(rehearsed.mails) == sent > 200
    assert len({message_id for message_id, _recipient in rehearsed.mails}) == sent
    assert len(facts(shop, "email_sent")) == sent


def test_an_auditor_finds_no_mail_that_should_not_have_been_sent(run: Run) -> None:
    assert find_faults(run[0]) == []


def test_the_auditor_is_not_blind(run: Run) -> None:
    # The same mails, an hour before midnight: every one of them is a fault now.
    shop, _ = run
    shop.warehouse.execute("BEGIN TRANSACTION")
    shop.warehouse.execute("UPDATE facts SET occurred_at = date_trunc('day', occurred_at) WHERE event = 'email_sent'")
    faults = find_faults(shop)
    shop.warehouse.execute("ROLLBACK")
    assert len([fault for fault in faults if fault.startswith("at night")]) == len(facts(shop, "email_sent"))


def test_every_decision_is_a_fact(run: Run) -> None:
    shop, _ = run
    assert len(facts(shop, "message_decided")) == account(shop.ledger)["people"].sum()


def test_people_answer_and_machines_are_told_apart(run: Run) -> None:
    kinds = {answer.said["by"] for answer in facts(run[0], "email_clicked")}
    assert {"human", "machine"} <= kinds


def test_the_truth_stands_beside_each_estimate(run: Run) -> None:
    lifts = [outreach.lift_orders for outreach in run[1].report.outreaches]
    assert all(lift.truth is not None for lift in lifts)
    assert any(lift.truth for lift in lifts)


def test_broken_rows_are_counted_by_reason(run: Run) -> None:
    assert sum(run[1].rejects.values()) > 30


def made(home: Path, seed: int, postgres: str | None = None) -> bytes:
    shop, rehearsed = rehearse(home, seed=seed, days=5, customers=100, postgres=postgres)
    shop.close()
    assert shop.ledger.kind == ("sqlite" if postgres is None else "postgresql")
    return as_json(rehearsed)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(tmp_path_factory.mktemp("small") / "home", 1)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_same_seed_gives_the_same_bytes_after_another_demo_in_the_same_home_on_each_engine(
    small: bytes, tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    database = None if engine == "sqlite" else request.getfixturevalue("postgres").new_database()
    another = made(tmp_path / "home", 2, database)
    assert another != small
    assert msgspec.json.decode(another)["mailbox"]["mails"] > 0
    assert made(tmp_path / "home", 1, database) == small


def test_a_shop_of_somebody_is_never_removed(tmp_path: Path) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from tenshu.cli.main import cli  # noqa: PLC0415

    (tmp_path / "mine.txt").write_text("keep me")
    result = CliRunner().invoke(cli, ["--language", "en", "demo", "--home", str(tmp_path), "--no-serve"])
    assert result.exit_code == 1
    assert "holds something that is no demo" in result.output
    assert (tmp_path / "mine.txt").exists()
