"""Backups: one file of one moment, made while others work, and a shop made of it that sends nothing by itself."""

import threading
import zipfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from tenshu import flow
from tenshu.bootstrap import Shop, open_shop
from tenshu.collect.event import facts_frame
from tenshu.collect.facts_out import tell
from tenshu.collect.inbox import accept, waiting
from tenshu.decide.policy import Policy
from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.outbox import claim, settle
from tenshu.deliver.standstill import RESTORED, standstill
from tenshu.deliver.tables import outbox
from tenshu.flow.backing import (
    LAST,
    SETTING,
    BackupUnderWay,
    Nightly,
    back_up,
    begin_backup,
    begin_nightly,
    list_backups,
)
from tenshu.flow.restoring import confirm, count_in_question, read_gap, restore_shop
from tenshu.kit.clock import SetClock, rest
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.privacy.suppression import digest_address, unsubscribe
from tenshu.staff import links, sign_ins
from tenshu.staff.api_keys import Wish, make_key, open_key
from tenshu.staff.audit import BROUGHT_BACK, TERMINAL, Actor, check, newest
from tenshu.staff.people import set_up
from tenshu.store import backup as packing
from tenshu.store.packed import BackupDamaged, BackupNewer
from tenshu.store.restore import HALF, HomeNotEmpty
from tenshu.store.settings import read_setting, write_setting
from tenshu.testing import small_shop as cast
from tests.unit.flow.imports import bring, known


def mails(shop: Shop) -> dict[str, str]:
    with shop.ledger.reading() as tx:
        return dict(tx.frame(select(outbox.c.address, outbox.c.state)).rows())


def send(shop: Shop, most: int = 64) -> set[str]:
    """Hand over what may go, as a dispatcher does; return to whom."""
    now = shop.clock.now()
    rows = claim(shop.ledger, now=now, worker="w", policy=Policy(), zone=shop.settings.zone, limit=most)
    receipts = [
        Receipt(enrolment=one, visit=visit, outcome=Outcome.ACCEPTED, code="250", text="")
        for one, visit in rows.select("enrolment", "visit").rows()
    ]
    settle(shop.ledger, rows, receipts, now=now)
    return set(rows["address"])


def ended(shop: Shop, name: str | None) -> None:
    """Wait until a backup that was begun has ended."""
    for _look in range(1000):
        if (read_setting(shop.ledger, LAST) or {}).get("name") == name:
            return
        rest(timedelta(milliseconds=20))
    pytest.fail(f"{name} has not ended")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A small shop with a scenario that is about to write to three people."""
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    cast.add_template(shop)
    cast.start(shop)
    cast.tick(shop)
    return shop


def reopened(home: Path, shop: Shop, hours: int = 0) -> Shop:
    return open_shop(home, clock=SetClock(shop.clock.now() + timedelta(hours=hours)))


@pytest.mark.parametrize("kept_in", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.usefixtures("kept_in")
def test_restored_shop_knows_what_the_shop_knew(tmp_path: Path) -> None:
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    path, manifest = back_up(shop, now=shop.clock.now())
    restore_shop(path, tmp_path / "new", now=shop.clock.now())
    new = reopened(tmp_path / "new", shop)
    assert known(new) == known(shop)
    assert new.settings == shop.settings
    assert new.address_key == shop.address_key
    assert manifest.shop == "小さな花屋"
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in list_backups(shop.home)] == [path.name]
    cast.tick(new)
    cast.tell(new, [cast.order("S-1", "later", shop.clock.now())])
    assert new.warehouse.frame("SELECT count(*) AS n FROM orders WHERE order_no = 'later'").item() == 1
    new.close()


def test_restored_shop_sends_nothing_until_a_person_lets_it(shop: Shop, tmp_path: Path) -> None:
    path, _manifest = back_up(shop, now=shop.clock.now())
    restore_shop(path, tmp_path / "new", now=shop.clock.now() + timedelta(hours=1))
    new = reopened(tmp_path / "new", shop, hours=1)
    cast.tick(new)
    assert send(new) == set()
    with new.ledger.reading() as tx:
        held, gap = standstill(tx), read_gap(tx)
        assert count_in_question(tx, now=new.clock.now()) == 3
    assert held is not None
    assert held.reason == RESTORED
    assert gap is not None
    assert (gap.since, gap.until) == (shop.clock.now(), new.clock.now())
    assert confirm(new.ledger, now=new.clock.now(), skip=False) == 0
    assert len(send(new)) == 3
    with new.ledger.reading() as tx:
        assert read_gap(tx) is None
    new.close()


def test_sign_ins_and_links_of_a_backup_open_nothing_and_its_keys_are_told(shop: Shop, tmp_path: Path) -> None:
    now = shop.clock.now()
    wish = Wish(kind="secret", title="Shop", scope=("reports:read",), days=30)
    with shop.ledger.writing() as tx:
        token = links.make_link(tx, "set_up", now=now)
        owner = set_up(tx, token, name="O", email="o@example.com", digest="-", by=TERMINAL, now=now)
        signed = sign_ins.begin(tx, owner, now=now, ip="", agent="")
        link = links.make_link(tx, "reset", now=now, person=owner)
        key = make_key(tx, wish, by=Actor(owner, "O"), now=now)
    path, _manifest = back_up(shop, now=now)
    later = now + timedelta(minutes=5)
    _manifest, gap = restore_shop(path, tmp_path / "new", now=later)
    new = reopened(tmp_path / "new", shop)
    with new.ledger.reading() as tx:
        assert sign_ins.find(tx, signed, later) is None
        with pytest.raises(links.LinkSpent):
            links.read_link(tx, link, "reset", later)
        assert open_key(tx, key, later) is not None
        told, whole = newest(tx, BROUGHT_BACK), check(tx)
    assert gap.keys == 1
    assert told is not None
    assert (told.about, told.done_at, told.detail["size"]) == (path.name, later, path.stat().st_size)
    assert (whole.broken_at, whole.entries) == (None, told.number)
    new.close()


def test_what_waited_may_be_skipped_as_a_whole(shop: Shop, tmp_path: Path) -> None:
    path, _manifest = back_up(shop, now=shop.clock.now())
    restore_shop(path, tmp_path / "new", now=shop.clock.now() + timedelta(hours=1))
    new = reopened(tmp_path / "new", shop, hours=1)
    assert confirm(new.ledger, now=new.clock.now(), skip=True) == 3
    assert send(new) == set()
    assert set(mails(new).values()) == {"suppressed"}
    new.close()


def test_with_the_old_home_nothing_goes_out_twice_and_refusals_stay(shop: Shop, tmp_path: Path) -> None:
    path, _manifest = back_up(shop, now=shop.clock.now())
    sent = send(shop, most=2)
    refused = "s-3@example.com" if "s-3@example.com" not in sent else next(iter(mails(shop).keys() - sent))
    with shop.ledger.writing() as tx:
        customer = tx.value(select(outbox.c.customer).where(outbox.c.address == refused))
        unsubscribe(
            tx,
            node=customer,
            channel="email",
            purpose="marketing",
            address_digest=digest_address(refused, shop.address_key),
            at=shop.clock.now(),
            proof={},
        )
    _manifest, gap = restore_shop(path, tmp_path / "new", now=shop.clock.now(), old=shop.home)
    assert (gap.witnessed, gap.refused) == (2, 1)
    new = reopened(tmp_path / "new", shop)
    confirm(new.ledger, now=new.clock.now(), skip=False)
    assert send(new) == set()
    assert {mails(new)[one] for one in sent} == {"in_doubt"}
    assert mails(new)[refused] == "suppressed"
    new.close()


def test_walks_that_decide_once_more_are_kept_back_by_the_witness(tmp_path: Path) -> None:
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    cast.add_template(shop)
    path, _manifest = back_up(shop, now=shop.clock.now())
    cast.start(shop)
    cast.tick(shop)
    sent = send(shop)
    restore_shop(path, tmp_path / "new", now=shop.clock.now(), old=shop.home)
    new = reopened(tmp_path / "new", shop)
    cast.start(new)
    cast.tick(new)
    confirm(new.ledger, now=new.clock.now(), skip=False)
    assert len(sent) == 3
    assert send(new) & sent == set()
    new.close()


def test_file_that_waits_in_the_inbox_is_in_the_backup(tmp_path: Path) -> None:
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    bring(shop, "list", [cast.order("S-1", "staged", shop.clock.now())], at=shop.clock.now())
    path, _manifest = back_up(shop, now=shop.clock.now())
    restore_shop(path, tmp_path / "new", now=shop.clock.now())
    new = reopened(tmp_path / "new", shop)
    assert waiting(new.inbox) == 1
    flow.digest_all(new, now=new.clock.now())
    assert new.warehouse.frame("SELECT count(*) AS n FROM orders WHERE order_no = 'staged'").item() == 1
    new.close()


def test_backup_under_load_is_of_one_moment(shop: Shop, tmp_path: Path) -> None:
    """Facts that the ledger told and facts that came in: each is in the restored shop once, or not at all."""
    is_over = threading.Event()

    def write() -> None:
        for nth in range(1, 60):
            if is_over.wait(0.005):
                return
            now = shop.clock.now()
            with shop.ledger.writing() as tx:
                tell(tx, "email_sent", _row(nth), ["nth"], at=now)
            accept(shop.inbox, facts_frame([cast.order("S-1", f"L-{nth}", now)]), source="web", received_at=now)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        name = begin_backup(shop, now=shop.clock.now())
        for _tick in range(3):
            cast.tick(shop)
        ended(shop, name)
    finally:
        is_over.set()
        writer.join()
    assert read_setting(shop.ledger, LAST) == {"name": name, "problem": ""}
    restore_shop(shop.home / "backups" / name, tmp_path / "new", now=shop.clock.now())
    new = reopened(tmp_path / "new", shop)
    cast.tick(new)
    for sql in (
        "SELECT (properties->>'nth')::INT AS nth FROM facts WHERE event = 'email_sent' ORDER BY nth",
        "SELECT order_no[3:]::INT AS nth FROM order_lines WHERE order_no LIKE 'L-%' ORDER BY nth",
    ):
        found = new.warehouse.frame(sql)["nth"].to_list()
        assert found == list(range(1, len(found) + 1))
    known(new)  # its mirror is its ledger's map
    new.close()


def _row(nth: int) -> pl.DataFrame:
    return pl.DataFrame({"customer": [1], "nth": [nth]})


def test_one_backup_is_made_at_a_time(shop: Shop) -> None:
    name = begin_backup(shop, now=shop.clock.now())
    try:
        with pytest.raises(BackupUnderWay):
            back_up(shop, now=shop.clock.now())
    finally:
        ended(shop, name)
    assert list_backups(shop.home)[0].name == name


def test_nightly_backups_are_made_once_a_night_and_the_oldest_go(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        write_setting(tx, SETTING, {"is_on": True, "hour": 3, "keep": 2})
    kept = back_up(shop, now=shop.clock.now())[0].name
    for night in range(4):
        now = shop.clock.now() + timedelta(days=night)
        name = begin_nightly(shop, now=now)
        ended(shop, name)
        assert begin_nightly(shop, now=now + timedelta(hours=1)) is None
    found = [one.name for one in list_backups(shop.home)]
    assert len(found) == 3
    assert kept in found
    assert [name[:16] for name in found[:2]] == ["nightly-20260604", "nightly-20260603"]


def test_nothing_is_made_at_night_unless_somebody_wants_it(shop: Shop) -> None:
    assert Nightly().is_on is False
    assert begin_nightly(shop, now=shop.clock.now()) is None


@pytest.mark.parametrize("point", ["backup.cut", "backup.packed"])
def test_backup_that_is_cut_short_leaves_nothing(point: str, shop: Shop) -> None:
    with failing(f"{point}:raise"), pytest.raises(ReachedFailPoint):
        back_up(shop, now=shop.clock.now())
    assert list((shop.home / "backups").iterdir()) == []
    (shop.home / "backups" / ".work-dead").mkdir()
    path, _manifest = back_up(shop, now=shop.clock.now())
    assert [one.name for one in (shop.home / "backups").iterdir()] == [path.name]


@pytest.mark.parametrize("point", ["restore.unpacked", "restore.completed"])
def test_restoring_that_is_cut_short_leaves_no_home(point: str, shop: Shop, tmp_path: Path) -> None:
    path, _manifest = back_up(shop, now=shop.clock.now())
    (tmp_path / f"new{HALF}").mkdir()  # what a kill left
    with failing(f"{point}:raise"), pytest.raises(ReachedFailPoint):
        restore_shop(path, tmp_path / "new", now=shop.clock.now())
    assert not (tmp_path / "new").exists()
    restore_shop(path, tmp_path / "new", now=shop.clock.now())
    assert (tmp_path / "new" / "ledger.sqlite").exists()


def test_backup_never_overwrites_a_home(shop: Shop, tmp_path: Path) -> None:
    path, _manifest = back_up(shop, now=shop.clock.now())
    with pytest.raises(HomeNotEmpty):
        restore_shop(path, shop.home, now=shop.clock.now())
    (tmp_path / "empty").mkdir()
    restore_shop(path, tmp_path / "empty", now=shop.clock.now())


def test_damaged_file_and_one_of_the_future_are_refused(shop: Shop, tmp_path: Path) -> None:
    path, manifest = back_up(shop, now=shop.clock.now())
    raw = bytearray(path.read_bytes())
    raw[raw.find(b"PAR1") + 100] ^= 1
    (tmp_path / "bad.zip").write_bytes(raw)
    with pytest.raises(BackupDamaged, match="warehouse/"):
        restore_shop(tmp_path / "bad.zip", tmp_path / "new", now=shop.clock.now())
    (tmp_path / "no.zip").write_text("no zip")
    with pytest.raises(BackupDamaged):
        restore_shop(tmp_path / "no.zip", tmp_path / "new", now=shop.clock.now())
    said = path.read_bytes().replace(b'"ledger": "' + manifest.schemas["ledger"].encode(), b'"ledger": "9999')
    (tmp_path / "newer.zip").write_bytes(said)
    _rewrite(path, tmp_path / "newer.zip", manifest.schemas["ledger"])
    with pytest.raises(BackupNewer, match="newer"):
        restore_shop(tmp_path / "newer.zip", tmp_path / "new", now=shop.clock.now())
    assert not (tmp_path / "new").exists()


def _rewrite(path: Path, target: Path, revision: str) -> None:
    """Copy a backup, with tables of a version that nobody knows."""
    with zipfile.ZipFile(path) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            body = read.read(name)
            written.writestr(name, body.replace(f'"ledger": "{revision}"'.encode(), b'"ledger": "9999"'))


def test_copy_of_the_warehouse_is_not_read_from_its_file(shop: Shop) -> None:
    """Opening and closing a file that is locked would let go of the lock: only the engine may touch it."""
    path, manifest = back_up(shop, now=shop.clock.now())
    assert {part.name for part in manifest.parts} >= {"warehouse/facts.parquet", "ledger.sqlite", "inbox.sqlite"}
    assert packing.SUFFIX in path.name
