"""`tenshu scenario status, resume, end, skip-overdue, doubt`: what stopped itself is said, and a person decides."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tenshu import flow
from tenshu.bootstrap import open_shop
from tenshu.deliver import breaker
from tenshu.deliver.tables import outbox
from tenshu.testing.small_shop import MONDAY
from tests.unit.cli.terminal import clock_stands_at, hello, refusal, told, type_in, written


@pytest.fixture
def home(small_home: Path, tmp_path: Path) -> Path:
    """A shop whose broadcast has been decided and waits."""
    clock_stands_at(small_home, MONDAY)
    told("scenario", "start", written(tmp_path / "hello.json", hello()), "--home", small_home)
    return small_home


def decided(home: Path) -> Path:
    """Let everybody enter, and stop before anything is sent."""
    shop = open_shop(home)
    flow.tick(shop, shop.settings, now=shop.clock.now(), address_key=shop.address_key)
    shop.close()
    return home


def tripped(home: Path, reason: str, **found: int) -> None:
    shop = open_shop(home)
    with shop.ledger.writing() as tx:
        breaker.trip(tx, "hello", reason, found, now=MONDAY)
    shop.close()


def asked(*arguments: str | Path) -> bool:
    """Say whether the command asks first, and does nothing without an answer."""
    result = type_in(*arguments)
    return result.exit_code == 1 and "[y/N]" in result.output and "Aborted" in result.output


def in_doubt(home: Path) -> None:
    shop = open_shop(home)
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(state="in_doubt", reason="dispatcher_died", claimed_at=MONDAY))
    shop.close()


def test_the_state_of_each_scenario_is_shown_in_both_languages(home: Path) -> None:
    assert "hello" in told("scenario", "status", "--home", home)
    decided(home)
    assert "finishing" in told("scenario", "status", "--home", home)
    assert "終了の途中" in told("scenario", "status", "--home", home, language="ja")


def test_what_has_stopped_itself_says_why_and_what_to_do(home: Path) -> None:
    decided(home)
    tripped(home, "overdue", count=3, hours=24)
    said = told("scenario", "status", "--home", home)
    assert "sending has stopped itself" in said
    assert "hello: 3 messages have been due for more than 24 hours. Send or skip?" in said
    assert f"tenshu scenario skip-overdue hello --home {home}" in said
    assert "自動停止中" in told("scenario", "status", "--home", home, language="ja")


def test_a_person_is_asked_before_it_goes_on(home: Path) -> None:
    decided(home)
    tripped(home, "flood", count=5000, people=5)
    assert asked("scenario", "resume", "hello", "--home", home)
    assert "sending has stopped itself" in told("scenario", "status", "--home", home)
    said = told("scenario", "resume", "hello", "--home", home, "--yes")
    assert said.startswith("5000 messages are due at once, for 5 people.")
    assert "sending has stopped itself" not in told("scenario", "status", "--home", home)


def test_what_is_late_is_skipped_on_a_word(home: Path) -> None:
    decided(home)
    clock_stands_at(home, MONDAY + timedelta(days=3))
    assert asked("scenario", "skip-overdue", "hello", "--home", home)
    said = told("scenario", "skip-overdue", "hello", "--home", home, "--yes")
    assert said == "3 messages are skipped.\n"
    assert "finished" in told("scenario", "status", "--home", home)


def test_an_end_is_for_good_and_asked_about(home: Path) -> None:
    decided(home)
    assert asked("scenario", "end", "hello", "--home", home)
    assert told("scenario", "end", "hello", "--home", home, "--yes") == "hello is ended.\n"
    assert told("scenario", "resume", "hello", "--home", home) == "hello is ended.\n"
    assert "\tended\t" in told("scenario", "list", "--home", home)


def test_messages_in_doubt_are_listed_and_decided_on(home: Path) -> None:
    decided(home)
    in_doubt(home)
    assert f"tenshu scenario doubt hello --home {home}" in told("scenario", "status", "--home", home)
    listed = told("scenario", "doubt", "hello", "--home", home)
    assert "s-1@example.com" in listed
    assert listed.endswith("3 in all.\n")
    assert asked("scenario", "doubt", "hello", "--home", home, "--resend")
    assert told("scenario", "doubt", "hello", "--home", home, "--resend", "--yes") == "3 messages are queued again.\n"
    in_doubt(home)
    done = told("scenario", "doubt", "hello", "--home", home, "--count-as-sent", "--yes")
    assert done == "3 messages count as sent.\n"
    assert told("scenario", "doubt", "hello", "--home", home).endswith("0 in all.\n")


def test_both_words_at_once_are_refused(home: Path) -> None:
    refused = type_in("scenario", "doubt", "hello", "--home", home, "--resend", "--count-as-sent")
    assert refused.exit_code == 2
    assert "not both" in refused.output


@pytest.mark.parametrize("command", [("end", "--yes"), ("skip-overdue", "--yes"), ("doubt",)])
def test_a_scenario_that_was_never_started_is_named(small_home: Path, command: tuple[str, ...]) -> None:
    name, *options = command
    assert 'There is no scenario "hallo" here.' in refusal("scenario", name, "hallo", "--home", small_home, *options)
