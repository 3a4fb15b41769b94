"""Where another process owns the warehouse: jobs read and let in, pages wait with words, and nothing is lost."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tenshu.bootstrap import REHEARSED_UNTIL, Shop, open_shop
from tenshu.collect.importing import noted_imports
from tenshu.collect.uploads import list_uploads, read_upload
from tenshu.jobs.queue import ENDED, cancel, list_jobs
from tenshu.jobs.runner import run_inline
from tenshu.kit.clock import SystemClock, elapsed, rest
from tenshu.serve.owner import Owner
from tenshu.store.remote import SOCKET, WarehouseServer
from tenshu.store.settings import write_setting
from tests.unit.web.console.imports.bringing import ROWS, brought, checked, csv_of, entered, form_of, words
from tests.unit.web.console.visiting import Visitor, visiting

PATIENCE = 60.0


class Beside:
    """An owner that beats when it is told to, and a shop of another process that asks it."""

    def __init__(self, shop: Shop) -> None:
        home = shop.home
        self.mine = replace(shop, clock=SystemClock())
        self.owner = Owner(self.mine)
        self.server = WarehouseServer(shop.warehouse, home / SOCKET, self.owner.calls())
        self.shop = replace(open_shop(home, access="ask"), clock=SystemClock())
        self.stop = threading.Event()
        self.orders = threading.Thread(target=self.obey, daemon=True)

    def obey(self) -> None:
        """Do what is told, without a beat of its own."""
        self.owner.loop._tick = None
        self.owner.loop.run(self.stop)

    def close(self) -> None:
        self.stop.set()
        self.owner.loop.wake()
        self.server.close()
        self.owner.jobs.close()
        self.shop.close()


@pytest.fixture
def beside(shop: Shop) -> Iterator[Beside]:
    made = Beside(shop)
    yield made
    made.close()


@pytest.fixture
def visitor(beside: Beside) -> Iterator[Visitor]:
    with visiting(beside.shop, language="ja") as found:
        yield found


def beat_until_done(beside: Beside) -> None:
    """Let the owner beat until no job is open and the inbox is empty."""
    until = elapsed() + PATIENCE
    while True:
        beside.owner.jobs.run_waiting(now=beside.shop.clock.now())
        with beside.shop.ledger.reading() as tx:
            if all(job.state in ENDED for job in list_jobs(tx)):
                break
        assert elapsed() < until
        rest(timedelta(milliseconds=20))
    beside.owner.tick()


def test_a_file_goes_all_the_way_through_the_owners_jobs_and_back_again(beside: Beside, visitor: Visitor) -> None:
    number = brought(visitor, csv_of(ROWS))
    waiting = checked(visitor, number)
    assert "すべての行を読んでいます" in words(waiting)
    assert f'hx-get="/import/{number}"' in waiting.text
    assert "この画面を閉じても作業は続きます" in words(waiting)
    beat_until_done(beside)
    assert "このとおり取り込みますか" in words(visitor.get(f"/import/{number}"))
    assert visitor.part("GET", f"/import/{number}").headers["hx-redirect"] == f"/import/{number}"
    assert noted_imports(beside.shop.ledger) == []
    letting = entered(visitor, number, "business_relation", "この一年に買った方")
    assert "ファイルを取り込んでいます" in words(letting)
    beat_until_done(beside)
    assert "取り込みが終わりました" in words(visitor.get(f"/import/{number}", follow=True))
    (noted,) = noted_imports(beside.shop.ledger)
    assert (noted.state, noted.summary.origin.granted) == ("digested", 1)
    beside.orders.start()  # and all of it back again, by the same process
    answer = visitor.post(f"/import/of/{number}/undo", follow=True)
    assert "取り込みを取り消しました" in words(answer)
    assert [each.state for each in noted_imports(beside.shop.ledger)] == ["undone"]


def test_a_part_that_waits_is_only_the_part(beside: Beside, visitor: Visitor) -> None:
    number = brought(visitor, csv_of(ROWS))
    checked(visitor, number)
    part = visitor.part("GET", f"/import/{number}")
    assert part.text.lstrip().startswith("<section")
    assert "<html" not in part.text
    assert not beside.owner.jobs._running


def test_pressed_twice_it_is_read_once(beside: Beside, visitor: Visitor) -> None:
    number = brought(visitor, csv_of(ROWS))
    form = form_of(visitor.get(f"/import/{number}").text)
    for _nth in range(3):
        visitor.post(f"/import/{number}/check", form)
    with beside.shop.ledger.reading() as tx:
        assert len(list_jobs(tx)) == 1


def test_what_went_wrong_is_said_and_the_columns_are_one_step_back(beside: Beside, visitor: Visitor) -> None:
    number = brought(visitor, csv_of(ROWS))
    checked(visitor, number)
    upload = read_upload(beside.shop.home, number)
    with beside.shop.ledger.writing() as tx:
        assert upload.check_job is not None
        cancel(tx, upload.check_job, now=beside.shop.clock.now())
    page = visitor.get(f"/import/{number}")
    assert "中止されました。" in words(page)
    assert f'href="/import/{number}/columns"' in page.text
    assert "列の意味はこれで合っていますか" in words(visitor.get(f"/import/{number}/columns"))


def test_it_cannot_be_thrown_away_while_it_comes_in(beside: Beside, visitor: Visitor) -> None:
    number = brought(visitor, csv_of(ROWS))
    given = {"upload": number, "zone": "Asia/Tokyo", "currency": "JPY"}
    run_inline(beside.mine, "stage_file", given, now=beside.shop.clock.now())
    entered(visitor, number)
    visitor.post(f"/import/{number}/throw-away")
    assert [each.id for each in list_uploads(beside.shop.home)] == [number]


def test_a_rehearsed_shop_takes_no_real_file(beside: Beside) -> None:
    with beside.shop.ledger.writing() as tx:
        write_setting(tx, REHEARSED_UNTIL, beside.shop.clock.now().isoformat())
    with visiting(beside.shop, language="ja") as somebody:
        number = brought(somebody, csv_of(ROWS))
        answer = checked(somebody, number)
    assert "このお店は練習用で" in words(answer)
    with beside.shop.ledger.reading() as tx:
        assert list_jobs(tx) == []
