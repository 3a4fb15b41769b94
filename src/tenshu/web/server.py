"""Serve the application on this machine until it is told to stop.

Only 127.0.0.1 is listened on, unless told otherwise: whoever wants the links of messages reachable from outside puts
a proxy with TLS before it. The port is tried first, because the server would share a taken one with its owner.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

from tenshu.web.port import HOST, PortTaken, free_port

__all__ = ["HOST", "PortTaken", "free_port", "serve_app"]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def serve_app(
    app: Starlette,
    *,
    port: int,
    on_ready: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
    is_reserved: bool = False,
    listen: str = HOST,
) -> None:
    """Serve until `stop` is set, or Ctrl+C or SIGTERM where this runs in the main thread.

    Args:
        app: what to serve.
        port: where; 0 chooses a free one.
        on_ready: called once with the address when requests are answered.
        stop: set it from another thread to end.
        is_reserved: the port is kept for this program already, and several processes may answer there.
        listen: the address of this machine that answers; `0.0.0.0` is every one, as in a container.

    Raises:
        PortTaken: another program listens there.
    """
    number = port if is_reserved else free_port(port, listen=listen)
    asyncio.run(_serve(app, (listen, number), on_ready, stop or threading.Event()))


async def _serve(
    app: Starlette, place: tuple[str, int], on_ready: Callable[[str], None] | None, stop: threading.Event
) -> None:
    address, port = place
    server = Server(app, address=address, port=port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False)
    _stop_on_signals(stop)
    running = asyncio.create_task(server.serve())
    await _answers(port, running)
    if on_ready is not None and not running.done():
        on_ready(f"http://{HOST}:{port}")
    told = asyncio.create_task(asyncio.to_thread(stop.wait))
    await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    server.stop()  # type: ignore[no-untyped-call]
    await running


async def _answers(port: int, running: asyncio.Task[None]) -> None:
    """Wait until the port takes connections, or the server has ended before it could."""
    while not running.done():
        try:
            _reader, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


def _stop_on_signals(stop: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        with suppress(NotImplementedError):  # Windows has no such handlers; Ctrl+C raises there
            loop.add_signal_handler(number, stop.set)
