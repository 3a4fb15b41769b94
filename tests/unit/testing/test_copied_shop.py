"""Copies of a shop are as if each had been made: they know the same, and what one is told the other never hears."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.content.tables import templates
from tenshu.store.place import PostgresChoice, read_choice, write_choice
from tenshu.testing.copied_shop import close_all
from tenshu.testing.postgres_server import PostgresServer, run_alone
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, order, tell

ON_EACH_ENGINE = pytest.mark.parametrize("kept_in", ["sqlite", "postgresql"], indirect=True)


def facts(shop: Shop) -> int:
    return int(shop.warehouse.frame("SELECT count(*)::BIGINT AS n FROM facts")["n"][0])


def letters(shop: Shop) -> int:
    with shop.ledger.reading() as tx:
        return tx.frame(select(templates.c.template)).height


@ON_EACH_ENGINE
@pytest.mark.usefixtures("kept_in")
def test_what_one_copy_is_told_the_other_never_hears(tmp_path: Path) -> None:
    one, _ = open_small_shop(tmp_path / "one")
    before = facts(one)
    add_template(one)
    tell(one, [order("S-1", "new", MONDAY)])
    other, clock = open_small_shop(tmp_path / "other")
    assert (facts(one), letters(one)) == (before + 1, 1)
    assert (facts(other), letters(other)) == (before, 0)
    assert other.clock is clock
    tell(other, [order("S-1", "new", MONDAY)])
    assert facts(other) == before + 1
    one.close()
    other.close()


@ON_EACH_ENGINE
@pytest.mark.usefixtures("kept_in")
def test_a_copy_has_as_many_more_people_as_asked(tmp_path: Path) -> None:
    for nth, people in enumerate((2, 0, 2)):
        shop, _ = open_small_shop(tmp_path / str(nth), people=people)
        told = shop.warehouse.frame("SELECT count(*)::BIGINT AS n FROM facts WHERE event = 'customer_described'")
        assert told["n"].to_list() == [5 + people]
        shop.close()


@pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("kept_in")
def test_databases_of_copies_are_gone_when_all_are_closed(tmp_path: Path, postgres: PostgresServer) -> None:
    shop, _ = open_small_shop(tmp_path / "home")
    choice = read_choice(tmp_path / "home")
    assert choice is not None
    shop.warehouse.close()
    close_all()
    with pytest.raises(Exception, match="does not exist"):
        run_alone(choice.url, "SELECT 1")
    run_alone(postgres.url, "SELECT 1")


def test_a_shop_for_which_a_database_was_chosen_is_made_there(tmp_path: Path, postgres: PostgresServer) -> None:
    chosen = PostgresChoice(postgres.new_database(), "mine")
    write_choice(tmp_path / "home", chosen)
    shop, _ = open_small_shop(tmp_path / "home")
    assert shop.ledger.kind == "postgresql"
    assert read_choice(shop.home) == chosen
    shop.close()
