"""The owner's pages on keeping: a backup is made, taken along and deleted; an export holds everything."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tenshu.bootstrap import Shop
from tenshu.deliver.standstill import RESTORED, stand_still, standstill
from tenshu.flow.backing import LAST, SETTING, back_up, list_backups
from tenshu.flow.restoring import GAP, Gap, read_gap
from tenshu.jobs import JobRunner
from tenshu.kit.clock import rest
from tenshu.staff.audit import read_audit
from tenshu.staff.person import Role
from tenshu.store.settings import read_setting, write_setting
from tenshu.testing import small_shop as cast
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _clock = cast.open_small_shop(tmp_path / "home")
    yield opened
    opened.close()


def wait_for_backup(shop: Shop) -> str:
    for _look in range(500):
        last = read_setting(shop.ledger, LAST)
        if last is not None:
            assert last["problem"] == ""
            return str(last["name"])
        rest(timedelta(milliseconds=20))
    return pytest.fail("no backup was made")


def told(shop: Shop) -> list[tuple[str, str, str, dict[str, object]]]:
    """Return what the audit log says of downloads."""
    with shop.ledger.reading() as tx:
        return [(one.act, one.name, one.about, one.detail) for one in read_audit(tx) if one.act.endswith("_taken")]


def restored(shop: Shop) -> None:
    """Let the shop be one that was brought back an hour ago, with three messages due."""
    cast.add_template(shop)
    cast.start(shop)
    cast.tick(shop)
    now = shop.clock.now()
    with shop.ledger.writing() as tx:
        stand_still(tx, RESTORED, now)
        write_setting(
            tx, GAP, msgspec.to_builtins(Gap(since=now - timedelta(hours=9), until=now, witnessed=1204, keys=2))
        )


def test_shop_without_a_backup_is_told_what_that_means(shop: Shop) -> None:
    with visiting(shop, role="owner", language="ja") as client:
        said = client.get("/settings/backup").text
    assert "バックアップはまだありません" in said
    assert "自動バックアップはしていません" in said


def test_backup_is_made_listed_and_taken_along(shop: Shop) -> None:
    with visiting(shop, role="owner", language="en") as client:
        assert client.post("/settings/backup").status_code == 303
        name = wait_for_backup(shop)
        said = client.get("/settings/backup").text
        assert "The last backup was made just now." in said
        assert "2026-06-01 12:00" in said
        taken = client.post(f"/settings/backup/{name}/download")
        assert client.get("/settings/backup/list").text.count("<li>") == 1
    assert taken.headers["content-type"] == "application/zip"
    assert taken.headers["cache-control"] == "no-store"
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(taken.content)).namelist()
    assert told(shop) == [("backup_taken", "店主", name, {"bytes": len(taken.content)})]


def test_deleted_backup_can_be_put_back(shop: Shop) -> None:
    path, _manifest = back_up(shop, now=shop.clock.now())
    with visiting(shop, role="owner", language="en") as client:
        client.post(f"/settings/backup/{path.name}/remove")
        assert list_backups(shop.home) == []
        assert "Undo" in client.get("/settings/backup").text
        client.post(f"/settings/backup/{path.name}/keep")
    assert [one.name for one in list_backups(shop.home)] == [path.name]


@pytest.mark.parametrize("name", ["..%2f..%2fledger.sqlite", "ledger.sqlite", "nothing.tenshu-backup.zip"])
def test_no_other_file_is_given_out(name: str, shop: Shop) -> None:
    back_up(shop, now=shop.clock.now())
    with visiting(shop, role="owner", language="en") as client:
        assert client.post(f"/settings/backup/{name}/download").status_code == 404
        assert client.post(f"/settings/backup/{name}/remove").status_code == 404
    assert told(shop) == []
    assert (shop.home / "ledger.sqlite").exists()


@pytest.mark.parametrize("path", ["/settings/backup", "/settings/export", "/settings/keeping"])
@pytest.mark.parametrize("role", ["marketer", "staff", "viewer"])
def test_only_the_owner_sees_them(path: str, role: Role, shop: Shop) -> None:
    with visiting(shop, role=role, language="en") as client:
        assert client.get(path).status_code == 403


def test_nightly_backups_are_set_within_bounds(shop: Shop) -> None:
    with visiting(shop, role="owner", language="en") as client:
        client.post("/settings/backup/nightly", {"is_on": "yes", "hour": "22", "keep": "14"})
        assert read_setting(shop.ledger, SETTING) == {"is_on": True, "hour": 22, "keep": 14}
        assert "Every night after 22:00 one is made" in client.get("/settings/backup").text
        client.post("/settings/backup/nightly", {"hour": "99", "keep": "-1"})
    assert read_setting(shop.ledger, SETTING) == {"is_on": False, "hour": 3, "keep": 7}


@pytest.mark.parametrize(
    ("skip", "said"), [("yes", "3 messages that were due are not sent"), ("no", "The shop sends again.")]
)
def test_restored_shop_waits_for_a_persons_word(skip: str, said: str, shop: Shop) -> None:
    restored(shop)
    with visiting(shop, role="owner", language="en") as client:
        page = client.get("/settings/backup").text
        assert "sends nothing yet" in page
        assert "3 messages are due now" in page
        assert "1,204 mails" in page
        assert "Everybody was signed out" in page
        assert "open again: 2." in page
        client.post("/settings/backup/go-on", {"skip": skip})
        assert said in client.get("/settings/backup").text
    with shop.ledger.reading() as tx:
        assert (standstill(tx), read_gap(tx)) == (None, None)


def test_export_is_written_by_a_job_and_taken_as_one_file(shop: Shop) -> None:
    with visiting(shop, role="owner", language="ja") as client:
        assert "だれが何に同意し" in client.get("/settings/export").text
        client.post("/settings/export", {"format": "csv"})
        client.post("/settings/export", {"format": "csv"})  # once is enough
        assert "まもなく始まります" in client.get("/settings/export/list").text
        runner = JobRunner(shop)
        for _round in range(500):
            if not runner.run_waiting(now=shop.clock.now()):
                break
            rest(timedelta(milliseconds=20))
        runner.close()
        assert "ダウンロード" in client.get("/settings/export").text
        taken = client.post("/settings/export/1/download")
        assert told(shop) == [("export_taken", "店主", "1", {"bytes": len(taken.content)})]
        assert client.post("/settings/export/2/download").status_code == 404
        assert client.post("/settings/export/x/download").status_code == 404
    with zipfile.ZipFile(io.BytesIO(taken.content)) as packed:
        assert {"customers.csv", "definitions/scenarios.json", "READ ME.txt"} <= set(packed.namelist())
