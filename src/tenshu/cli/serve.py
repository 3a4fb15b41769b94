"""`tenshu serve`: the report page, and the links in messages, on this machine."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenshu.kit.i18n import _

if TYPE_CHECKING:
    from tenshu.measure.report import ShopReport
    from tenshu.web.served import ServedShop

DEFAULT_PORT = 8000


def serve(
    shop: "ServedShop",
    port: int = DEFAULT_PORT,
    on_ready: Callable[[str], None] | None = None,
    *,
    report: "Callable[[], ShopReport] | None" = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve the pages of an open shop until Ctrl+C, or until `stop` is set.

    Args:
        shop: whose pages; its clock says which day it is.
        port: on 127.0.0.1; 0 chooses a free one.
        on_ready: called once with the address.
        report: where the report comes from; default: the shop's stores. A rehearsal gives its own with the truth.
        stop: ends it from another thread.
    """
    from tenshu.web.app import make_app
    from tenshu.web.server import serve_app

    serve_app(make_app(shop, report=report), port=port, on_ready=on_ready or announce, stop=stop)


def announce(url: str) -> None:
    """Say where the page is."""
    click.echo(_("The shop's page is at {url} (stop it with Ctrl+C).", url=f"{url}/report"))


@click.command("serve")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0 = a free one.")
def serve_command(home: Path, port: int) -> None:
    """Show the report page and answer the links in messages, on this machine."""
    from tenshu.bootstrap import open_shop

    shop = open_shop(home)
    try:
        serve(shop, port)
    finally:
        shop.close()
