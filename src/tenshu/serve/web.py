"""The process that answers browsers: links in messages straight from ledger and inbox, the report from the owner."""

import argparse
import sys
from pathlib import Path

import msgspec

from tenshu.bootstrap import Shop, open_shop
from tenshu.measure.report import ShopReport
from tenshu.serve.life import Life
from tenshu.web.app import make_app
from tenshu.web.console.reports.source import RememberedReport
from tenshu.web.port import HOST
from tenshu.web.server import serve_app


def told_report(shop: Shop) -> ShopReport:
    """Return the report that the owner makes.

    Raises:
        OwnerAway: there is no owner just now.
    """
    return msgspec.json.decode(shop.ask("report"), type=ShopReport)


def main(arguments: list[str] | None = None) -> int:
    """Answer browsers until told to end."""
    given = argparse.ArgumentParser(prog="tenshu.serve.web")
    given.add_argument("--home", type=Path, required=True)
    given.add_argument("--port", type=int, required=True)
    given.add_argument("--name", default="web")
    given.add_argument("--listen", default=HOST)
    asked = given.parse_args(arguments)
    life = Life(asked.name)
    life.begin()
    shop = open_shop(asked.home, access="ask", is_prepared=True)
    app = make_app(shop, report=RememberedReport(lambda: told_report(shop)))
    life.said = f"http://127.0.0.1:{asked.port}"
    try:
        with life.beating(shop.ledger):
            serve_app(
                app,
                port=asked.port,
                on_ready=lambda _url: life.ready(),
                stop=life.stop,
                is_reserved=True,
                listen=asked.listen,
            )
    finally:
        shop.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
