"""The server answers on a real socket, says when it does, ends when it is told, and shares no port."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from starlette.applications import Starlette

from tenshu.kit.i18n import speaking
from tenshu.web.server import PortTaken, free_port, serve_app


@contextmanager
def running(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serve in a thread of its own; yield the address."""
    stop, ready, found = threading.Event(), threading.Event(), list[str]()

    def on_ready(url: str) -> None:
        found.append(url)
        ready.set()

    thread = threading.Thread(target=serve_app, args=(app,), kwargs={"port": port, "on_ready": on_ready, "stop": stop})
    thread.start()
    try:
        assert ready.wait(20), "the server never said that it is ready"
        yield found[0]
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def test_the_address_answers_as_soon_as_it_is_told(app: Starlette) -> None:
    with running(app) as url:
        assert httpx.get(f"{url}/report", timeout=20).status_code == 200


def test_it_listens_on_this_machine_alone(app: Starlette) -> None:
    with running(app) as url:
        assert url.startswith("http://127.0.0.1:")


def test_after_the_end_nobody_answers(app: Starlette) -> None:
    with running(app) as url:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, timeout=5)


def test_a_port_can_be_used_again_after_the_end(app: Starlette) -> None:
    port = free_port(0)
    for _again in range(2):
        with running(app, port) as url:
            assert url == f"http://127.0.0.1:{port}"


def test_a_taken_port_is_refused_and_not_shared() -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        port = owner.getsockname()[1]
        with pytest.raises(PortTaken) as refused:
            free_port(port)
    assert str(port) in refused.value.text("en")
    assert "--port" in refused.value.text("ja")


def test_zero_means_any_free_port() -> None:
    assert 1024 <= free_port(0) <= 65535


def test_the_refusal_speaks_both_languages() -> None:
    with speaking("ja"):
        assert "使用中" in str(PortTaken(port=8000))
    with speaking("en"):
        assert "taken" in str(PortTaken(port=8000))


def test_head_options_and_odd_methods_over_the_wire_do_no_harm(app: Starlette) -> None:
    with running(app) as url, httpx.Client(base_url=url, timeout=20) as client:
        assert client.head("/report").status_code == 200
        assert client.options("/report").status_code == 405
        assert client.request("TRACE", "/report").status_code in {405, 501}
        assert client.request("PROPFIND", "/report").status_code == 405
