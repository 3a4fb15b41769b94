"""`tenshu serve`: everything that a shop does by itself, in one tree of processes that restarts what dies."""

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop
    from tenshu.measure.report import ShopReport
    from tenshu.serve.supervisor import Part
    from tenshu.store.lock import HeldFile

DEFAULT_PORT: Final = 8000
OWNER, DISPATCHER, WEB = "owner", "dispatcher", "web"


class ServedAlready(TenshuError):
    """A home was to be served that is served."""

    template = N_(
        "{home} is served already (process {pid}). Stop that one first, or start single parts beside it with --only."
    )


def serve(
    shop: "Shop",
    port: int = DEFAULT_PORT,
    on_ready: Callable[[str], None] | None = None,
    *,
    report: "Callable[[], ShopReport] | None" = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve the pages of an open shop from this process alone until Ctrl+C, or until `stop` is set.

    Args:
        shop: whose pages; its clock says which day it is.
        port: on 127.0.0.1; 0 chooses a free one.
        on_ready: called once with the address.
        report: where the report comes from; default: the shop's stores. A rehearsal gives its own with the truth.
        stop: ends it from another thread.
    """
    from tenshu.web.app import make_app
    from tenshu.web.server import serve_app

    serve_app(make_app(shop, report=report), port=port, on_ready=on_ready or announce_report, stop=stop)


def announce_report(url: str) -> None:
    """Say where the report is."""
    announce(f"{url}/report")


def announce(page: str, set_up: str | None = None) -> None:
    """Say where the page is, and where the first owner comes in.

    Args:
        page: its address.
        set_up: the address that makes its visitor the owner, in a shop in which nobody works yet.
    """
    click.echo(_("The shop's page is at {url} (stop it with Ctrl+C).", url=page))
    if set_up is not None:
        click.echo(_("Nobody works here yet. Whoever opens this link first becomes the owner (once, within 24 hours):"))
        click.echo(f"\n    {set_up}\n")
    sys.stdout.flush()


@click.command("serve")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0 = a free one.")
@click.option("--no-send", is_flag=True, help="Do everything but hand messages over.")
@click.option(
    "--web-workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer browsers."
)
@click.option("--only", type=click.Choice([WEB, DISPATCHER, OWNER]), help="Run one part, beside others elsewhere.")
@click.option("--listen", default="127.0.0.1", show_default=True, help="Address that answers; 0.0.0.0 in a container.")
def serve_command(home: Path, *, port: int, no_send: bool, web_workers: int, only: str | None, listen: str) -> None:
    """Do what is due, send, answer links and show the report, until it is stopped."""
    from tenshu.serve.prepare import prepare
    from tenshu.serve.supervisor import Supervisor

    prepared = prepare(home)
    if prepared.is_new:
        click.echo(_("A new shop begins in {home}.", home=home))
    is_silent = no_send or prepared.is_rehearsed
    wanted = {only} if only else {OWNER, DISPATCHER, WEB} - ({DISPATCHER} if is_silent else set())
    with ExitStack() as held:
        if not only:
            held.callback(_hold(home).close)
        kept = held.enter_context(_reserved(port, listen)) if WEB in wanted else None
        number = kept.getsockname()[1] if kept else 0
        first_web = "web" if web_workers == 1 else "web-1"

        def ready(name: str) -> None:
            if name == first_web:
                url = f"http://127.0.0.1:{number}"
                announce(f"{url}/", prepared.set_up and f"{url}{prepared.set_up}")

        parts = parts_of(home.resolve(), wanted, port=number, web_workers=web_workers, listen=listen)
        status = Supervisor(parts, on_ready=ready).run()
    sys.exit(status)


def parts_of(
    home: Path, wanted: set[str], *, port: int, web_workers: int = 1, listen: str = "127.0.0.1"
) -> "list[Part]":
    """Return the processes of a shop.

    Args:
        home: the directory.
        wanted: which of owner, dispatcher and web.
        port: where browsers are answered.
        web_workers: how many processes answer them.
        listen: the address of this machine that answers.
    """
    from tenshu.serve.supervisor import Part, child_command

    parts = [
        Part(name, child_command(name, {"home": home, "name": name}), ends_last=name == OWNER)
        for name in (OWNER, DISPATCHER)
        if name in wanted
    ]
    if WEB in wanted:
        names = [WEB] if web_workers == 1 else [f"{WEB}-{number}" for number in range(1, web_workers + 1)]
        given = {"home": home, "port": port, "listen": listen}
        parts += [Part(name, child_command(WEB, {**given, "name": name})) for name in names]
    return parts


def _hold(home: Path) -> "HeldFile":
    from tenshu.store.lock import SERVED, HeldFile, holder_of

    try:
        return HeldFile(home / SERVED)
    except BlockingIOError as held:
        raise ServedAlready(home=home, pid=holder_of(home / SERVED)) from held


def _reserved(port: int, listen: str) -> socket.socket:
    from tenshu.web.port import reserve_port

    return reserve_port(port, listen=listen)
