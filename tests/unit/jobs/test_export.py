"""An export holds everything of the shop, whole or not at all, and no cell of it is a formula."""

import csv
import errno
import os
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.bootstrap import Shop, open_shop
from tenshu.collect.reject import safe_cell
from tenshu.jobs import KINDS, check
from tenshu.jobs import export_ledger as ledger_part
from tenshu.jobs.export import KIND, MANIFEST, TABLES, ZIP, FolderTaken, FormatUnknown
from tenshu.jobs.export_definitions import FOLDER as DEFINITIONS
from tenshu.jobs.export_definitions import READ_ME
from tenshu.jobs.export_ledger import LEDGER_TABLES, write_ledger_table
from tenshu.jobs.export_tables import safe_text, write_csv
from tenshu.jobs.kinds import NotTaken, UnknownKind, Work
from tenshu.jobs.queue import ask
from tenshu.jobs.runner import run_inline
from tenshu.kit.clock import SetClock
from tenshu.store.settings import write_setting
from tenshu.testing.copied_shop import POSTGRES, close_all
from tenshu.testing.postgres_server import PostgresServer
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, order, start, tell, tick
from tests.unit.jobs.homes import job_of, run_all

FORMULA = '=HYPERLINK("http://evil.example")'


def mailed_shop(home: Path) -> Iterator[Shop]:
    """Yield a shop of seven people to whom a mail was decided."""
    opened, clock = open_small_shop(home, people=2)
    add_template(opened)
    start(opened)
    clock.set(MONDAY + timedelta(hours=1))
    tick(opened)
    tell(opened, [order("S-1", "evil", MONDAY, product=FORMULA)])
    yield opened
    opened.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield from mailed_shop(tmp_path / "home")


def export(shop: Shop, **given: Any) -> tuple[Path, dict[str, int]]:
    """Export here and now; return where, and how many rows each table has."""
    result = run_inline(shop, "export", given, now=shop.clock.now())
    return Path(result["folder"]), result["rows"]


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file as a spreadsheet program reads it."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_table_is_there_with_all_its_rows(shop: Shop) -> None:
    folder, counts = export(shop)
    words = {MANIFEST, DEFINITIONS, *READ_ME.values()}
    assert {path.name for path in folder.iterdir()} == {f"{name}.csv" for name in TABLES} | words
    assert {name: len(rows(folder, name)) for name in TABLES} == counts
    assert counts["customers"] == 7
    assert counts["facts"] == shop.warehouse.frame("SELECT count(*) AS n FROM facts")["n"][0]
    assert counts["decisions"] == counts["enrolments"] == 7
    assert counts["outbox"] == sum(row["outcome"] == "send" for row in rows(folder, "decisions"))


def test_people_are_told_by_number_everywhere(shop: Shop) -> None:
    folder, _ = export(shop)
    people = {row["customer"]: row["customer_no"] for row in rows(folder, "customers")}
    assert set(people.values()) == {"S-1", "S-2", "S-3", "S-4", "S-5", "P-0", "P-1"}
    for name in ("order_lines", "orders", "consents", "decisions", "outbox", "enrolments"):
        assert {row["customer"] for row in rows(folder, name)} <= set(people)
    assert {row["value"] for row in rows(folder, "identifiers") if row["kind"] == "customer_no"} == set(people.values())


def test_definitions_are_json_and_hold_no_secret(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        write_setting(tx, "smtp", {"host": "mail.example.com", "password": "hunter2", "more": [{"api_key": "s3"}]})
    folder, _counts = export(shop)
    said = {path.stem: msgspec.json.decode(path.read_bytes()) for path in (folder / DEFINITIONS).iterdir()}
    assert said["scenarios"][0]["body"]["name"] == "hello"
    assert said["messages"][0]["body"]["languages"].keys() == {"ja", "en"}
    assert said["settings"]["smtp"] == {"host": "mail.example.com", "more": [{}]}
    assert said["settings"]["shop"]["name"] == "小さな花屋"
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"hunter2" not in everything


def test_page_says_of_every_file_what_it_is_in_both_languages(shop: Shop) -> None:
    folder, counts = export(shop)
    for name in READ_ME.values():
        text = (folder / name).read_bytes().decode("utf-8-sig")
        for table in TABLES:
            assert f"{table}.csv ({counts[table]:,}): " in text
        assert text.count("\r\n") == text.count("\n")
    assert "顧客" in (folder / READ_ME["ja"]).read_text("utf-8-sig")


def test_zip_holds_the_same_files(shop: Shop) -> None:
    plain, counts = export(shop)
    packed, same = export(shop, zip=True)
    assert same == counts
    assert {path.name for path in packed.iterdir()} == {ZIP, MANIFEST}
    with zipfile.ZipFile(packed / ZIP) as file:
        assert file.testzip() is None
        files = {path.relative_to(plain).as_posix() for path in plain.rglob("*") if path.is_file()}
        assert set(file.namelist()) == files - {MANIFEST}
        assert file.read("customers.csv") == (plain / "customers.csv").read_bytes()


def test_no_cell_is_a_formula(shop: Shop) -> None:
    folder, _ = export(shop)
    (line,) = [row for row in rows(folder, "order_lines") if row["order_no"] == "evil"]
    assert line["product_id"] == line["description"] == f"'{FORMULA}"


def test_parquet_holds_what_was_said_as_it_was(shop: Shop) -> None:
    folder, counts = export(shop, format="parquet")
    found = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    assert {name: len(frame) for name, frame in found.items()} == counts
    assert FORMULA in found["order_lines"]["product_id"].to_list()
    assert found["orders"]["amount"].dtype == pl.Int64
    assert found["decisions"]["decided_at"].dtype == pl.Datetime("us")


def test_what_nobody_but_the_machine_needs_is_not_in_it(shop: Shop) -> None:
    folder, _ = export(shop)
    for name in TABLES:
        header = (folder / f"{name}.csv").read_text("utf-8-sig").splitlines()[0]
        assert not {"address_digest", "worker", "lease_at", "secret"} & set(header.split(","))


def test_the_manifest_says_what_is_in_it_and_as_of_when(shop: Shop) -> None:
    folder, counts = export(shop)
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes())
    assert manifest["rows"] == counts
    assert manifest["as_of"] == "2026-06-01T04:00:00Z"
    assert manifest["format"] == "csv"


def test_only_this_user_may_look_into_an_export(shop: Shop) -> None:
    folder, _ = export(shop)
    assert folder.stat().st_mode & 0o077 == 0


def test_an_export_goes_where_it_is_sent(shop: Shop, tmp_path: Path) -> None:
    wanted = tmp_path / "for the tax office" / "2026"
    folder, _ = export(shop, folder=str(wanted))
    assert folder == wanted
    assert (wanted / MANIFEST).is_file()


def test_a_child_exports_the_same(shop: Shop, tmp_path: Path) -> None:
    here, _ = export(shop, folder=str(tmp_path / "here"))
    with shop.ledger.writing() as tx:
        given = check("export", {"folder": str(tmp_path / "child")})
        number = ask(tx, "export", given, now=shop.clock.now())
    run_all(shop, KINDS)
    assert job_of(shop.ledger, number).state == "done"
    for name in TABLES:
        assert (tmp_path / "child" / f"{name}.csv").read_bytes() == (here / f"{name}.csv").read_bytes()


def test_a_folder_that_holds_something_is_left_alone(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(FolderTaken):
        export(shop, folder=str(tmp_path / "full"))
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]


def test_a_folder_that_was_filled_meanwhile_fails_the_job(shop: Shop, tmp_path: Path) -> None:
    with shop.ledger.writing() as tx:
        number = ask(tx, "export", check("export", {"folder": str(tmp_path / "new")}), now=MONDAY)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "letter.txt").write_text("mine")
    run_all(shop, KINDS)
    job = job_of(shop.ledger, number)
    assert job.state == "failed"
    assert job.error is not None
    assert "holds something" in job.error.text("en")


def test_an_empty_folder_may_be_filled(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folder, _ = export(shop, folder=str(tmp_path / "empty"))
    assert (folder / MANIFEST).is_file()


def test_moving_twice_is_moving_once(shop: Shop, tmp_path: Path) -> None:
    given = {"format": "csv", "folder": str(tmp_path / "out")}
    for attempt in ("1", "2"):
        work = Work(key="job-1", folder=tmp_path / attempt, home=shop.home, given=given, now=MONDAY)
        work.result.mkdir(parents=True)
        (work.result / MANIFEST).write_bytes(msgspec.json.encode({"key": "job-1", "attempt": attempt}))
        KIND.take(shop, work, {})
    assert msgspec.json.decode((tmp_path / "out" / MANIFEST).read_bytes())["attempt"] == "1"


def test_an_export_to_another_disk_is_whole_or_not_there(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if "jobs" in Path(source).parts:
            raise OSError(errno.EXDEV, "another disk")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    folder, _ = export(shop, folder=str(tmp_path / "disk"))
    assert (folder / MANIFEST).is_file()
    assert not (tmp_path / "disk.part").exists()


def test_what_an_export_does_not_take_is_named() -> None:
    with pytest.raises(FormatUnknown, match="xlsx"):
        check("export", {"format": "xlsx"})
    with pytest.raises(NotTaken, match='takes no "colour"'):
        check("export", {"colour": "red"})
    with pytest.raises(UnknownKind, match="fit_bought_together, export"):
        check("import", {})


def test_a_table_of_the_ledger_is_read_whole_in_pieces(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: dict[str, pl.DataFrame] = {}
    for size in (1, 2, 3, 7, 50_000):
        monkeypatch.setattr(ledger_part, "CHUNK", size)
        for name, table in LEDGER_TABLES.items():
            path = tmp_path / f"{name}-{size}.parquet"
            with shop.ledger.reading() as tx:
                write_ledger_table(tx, table, path)
            found = pl.read_parquet(path)
            assert whole.setdefault(name, found).equals(found), (name, size)
    assert len(whole["consents"]) == 6


def test_an_empty_shop_exports_empty_tables(tmp_path: Path) -> None:
    empty = open_shop(tmp_path / "home", create=True, clock=SetClock(MONDAY))
    folder, counts = export(empty)
    assert set(counts.values()) == {0}
    assert (folder / "facts.csv").read_text("utf-8-sig").startswith("customer,fact_id,event,")
    empty.close()


@given(text=st.text(st.sampled_from("=+-@\t\r\n '\"a佐＝－ \u3000\u00a0\x00\x1f"), max_size=6) | st.text(max_size=6))
@settings(max_examples=300)
def test_a_column_is_made_safe_as_a_cell_is(text: str) -> None:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    assert frame.select(safe_text(pl.col("text")).alias("text")).item() == safe_cell(text)


@given(texts=st.lists(st.text("ab,\"'\n\r佐=;\t", max_size=6) | st.none(), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_back_from_the_csv(tmp_path_factory: pytest.TempPathFactory, texts: list[str | None]) -> None:
    folder = tmp_path_factory.mktemp("csv")
    frame = pl.DataFrame({"n": range(len(texts)), "text": texts}, schema={"n": pl.Int64, "text": pl.String})
    frame.write_parquet(folder / "one.parquet")
    write_csv(folder / "one.parquet", folder / "one.csv")
    assert [row["text"] for row in rows(folder, "one")] == [safe_cell(text or "") for text in texts]


@pytest.mark.parametrize("way", ["inline", "child"])
def test_a_shop_in_postgresql_exports_the_same_as_one_in_files(
    shop: Shop, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    expected, _ = export(shop, folder=str(tmp_path / "files"))
    monkeypatch.setenv(POSTGRES, postgres.url)
    other = next(mailed_shop(tmp_path / "other"))
    assert other.ledger.kind == "postgresql"
    given = check("export", {"folder": str(tmp_path / "out")})
    if way == "inline":
        run_inline(other, "export", given, now=other.clock.now())
    else:
        with other.ledger.writing() as tx:
            ask(tx, "export", given, now=other.clock.now())
        run_all(other, KINDS)
    for name in TABLES:
        assert rows(tmp_path / "out", name) == rows(expected, name), name
    close_all()
