"""Where another process has the warehouse open, the pages are the same: everything is asked over the socket."""

from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import open_shop
from tenshu.condition import parse
from tenshu.segment.saved import save_segment
from tenshu.store.remote import SOCKET, WarehouseServer
from tenshu.testing.small_shop import open_small_shop
from tenshu.web.console.asked import ANSWERS, answer_of
from tests.unit.web.console.visiting import visiting

OURS = [name for name, place in ANSWERS.items() if "console.customers" in place or "console.segments" in place]


def test_pages_are_the_same_through_the_socket(tmp_path: Path) -> None:
    shop, clock = open_small_shop(tmp_path)
    with shop.ledger.writing() as tx:
        bought = parse({"kind": "did", "event": "order_completed"})
        save_segment(tx, "buyers", {"ja": "買った方", "en": "Buyers"}, bought, now=clock.now())

    def answering(name: str) -> Any:
        return lambda _progress, **given: answer_of(name)(shop, None, **given)

    server = WarehouseServer(shop.warehouse, shop.home / SOCKET, {name: answering(name) for name in OURS})
    asking = open_shop(tmp_path, access="ask", clock=clock)
    paths = (
        "/customers",
        "/customers?q=佐藤",
        "/customers/1",
        "/customers/1/shoes",
        "/customers/1/timeline",
        "/segments",
    )
    try:
        with visiting(shop) as here, visiting(asking) as there:
            for path in (*paths, "/segments/buyers", "/segments/new"):
                one, other = here.get(path), there.get(path)
                assert (one.status_code, other.status_code) == (200, 200), path
                assert other.text.replace(there.csrf, here.csrf) == one.text, path
    finally:
        server.close()
        asking.ledger.close()
        asking.inbox.close()


@pytest.mark.parametrize("name", OURS)
def test_every_question_has_its_answer(name: str) -> None:
    assert callable(answer_of(name))
