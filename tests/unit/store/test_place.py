"""A home says where its stores are, and says what is wrong with what it was told."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.errors import TenshuError
from tenshu.store.home import HomeInUse, LedgerUnreachable, SchemaInUse, choose_postgres, open_ledger, open_stores
from tenshu.store.migrate import upgrade
from tenshu.store.place import (
    PostgresChoice,
    PostgresUrlInvalid,
    StoresFileInvalid,
    checked_choice,
    inbox_place,
    is_home,
    ledger_place,
    read_choice,
    write_choice,
)
from tenshu.store.postgres import PostgresPlace
from tenshu.store.settings import read_setting, write_setting

NOWHERE = "postgresql://tenshu@127.0.0.1:1/shop"


def test_home_that_says_nothing_keeps_files(tmp_path: Path) -> None:
    assert read_choice(tmp_path) is None
    assert (ledger_place(tmp_path), inbox_place(tmp_path)) == (tmp_path / "ledger.sqlite", tmp_path / "inbox.sqlite")
    assert not is_home(tmp_path)


@given(
    st.text("abc/@:%?=&\"'\\ é天\t", max_size=30).map(lambda end: f"postgresql://host/{end}"),
    st.text("ab_\"'é-", min_size=1),
)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, url: str, schema_prefix: str) -> None:
    home = tmp_path_factory.mktemp("home")
    try:
        choice = checked_choice(url, schema_prefix)
    except PostgresUrlInvalid:
        return
    write_choice(home, choice)
    assert read_choice(home) == choice
    write_choice(home, None)
    assert read_choice(home) is None


def test_both_stores_have_a_schema_of_their_own_in_one_database(tmp_path: Path) -> None:
    write_choice(tmp_path, PostgresChoice(NOWHERE, "flowers"))
    assert ledger_place(tmp_path) == PostgresPlace(NOWHERE, "flowers_ledger")
    assert inbox_place(tmp_path) == PostgresPlace(NOWHERE, "flowers_inbox")
    assert is_home(tmp_path)


def test_file_that_may_hold_a_password_is_its_owners_and_never_shown(tmp_path: Path) -> None:
    choice = PostgresChoice("postgresql://shop:sesame@db.example.com/shop")
    write_choice(tmp_path, choice)
    assert os.stat(tmp_path / "stores.toml").st_mode & 0o077 == 0
    assert "sesame" not in choice.shown
    assert "db.example.com" in choice.shown


@pytest.mark.parametrize("url", ["", "shop", "mysql://db/shop", "sqlite:///x", "http://db", "postgresql//x"])
def test_what_is_no_address_of_postgresql_is_refused(url: str) -> None:
    with pytest.raises(PostgresUrlInvalid) as refused:
        checked_choice(url)
    assert "postgresql://USER@HOST" in refused.value.text("en")


@pytest.mark.parametrize(
    "said", ["[postgres", "[postgres]\nurl = 3", "[postgres]\nurls = 'x'", "[mysql]\nurl = 'x'", "[postgres]\n"]
)
def test_file_that_makes_no_sense_is_named(tmp_path: Path, said: str) -> None:
    (tmp_path / "stores.toml").write_text(said)
    with pytest.raises(StoresFileInvalid, match=r"stores\.toml"):
        open_stores(tmp_path)


def test_server_that_does_not_answer_is_named_without_the_password(tmp_path: Path) -> None:
    write_choice(tmp_path, PostgresChoice("postgresql://tenshu:sesame@127.0.0.1:1/shop"))
    with pytest.raises(LedgerUnreachable) as refused:
        open_ledger(tmp_path)
    for said in (refused.value.text("en"), refused.value.text("ja")):
        assert "127.0.0.1:1/shop" in said
        assert "sesame" not in said


def test_choosing_a_server_that_does_not_answer_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreachable):
        choose_postgres(tmp_path / "home", NOWHERE)
    assert not (tmp_path / "home").exists()


def test_empty_home_begins_in_postgresql_and_opens_there_again(tmp_path: Path, choice: PostgresChoice) -> None:
    for _ in range(2):  # saying it again is no mistake
        choose_postgres(tmp_path, choice.url, schema_prefix=choice.schema_prefix)
    stores = open_stores(tmp_path)
    upgrade(stores.ledger, "ledger")
    upgrade(stores.inbox, "inbox")
    with stores.ledger.writing() as tx:
        write_setting(tx, "shop", "花屋")
    assert (stores.ledger.kind, stores.inbox.kind) == ("postgresql", "postgresql")
    stores.close()
    again = open_stores(tmp_path)
    assert read_setting(again.ledger, "shop") == "花屋"
    again.close()
    assert not (tmp_path / "ledger.sqlite").exists()


def test_home_with_a_shop_and_schemas_with_a_shop_are_refused(tmp_path: Path, choice: PostgresChoice) -> None:
    old = open_stores(tmp_path / "old")
    upgrade(old.ledger, "ledger")
    old.close()
    with pytest.raises(HomeInUse, match="--move-to"):
        choose_postgres(tmp_path / "old", choice.url)
    choose_postgres(tmp_path / "one", choice.url, schema_prefix=choice.schema_prefix)
    ledger = open_ledger(tmp_path / "one")
    upgrade(ledger, "ledger")
    ledger.close()
    refused: list[type[TenshuError]] = []
    for home, prefix in (("one", f"{choice.schema_prefix}_2"), ("two", choice.schema_prefix)):
        with pytest.raises(TenshuError) as problem:
            choose_postgres(tmp_path / home, choice.url, schema_prefix=prefix)
        refused.append(problem.type)
    assert refused == [HomeInUse, SchemaInUse]
    # Another prefix is another shop in the same database.
    choose_postgres(tmp_path / "two", choice.url, schema_prefix=f"{choice.schema_prefix}_2")
