"""A port is free, taken, or kept for this program's own servers."""

import socket

import pytest

from tenshu.web.port import HOST, PortTaken, free_port, reserve_port


def test_a_free_port_is_one_that_nobody_has() -> None:
    number = free_port(0)
    assert free_port(number) == number


def test_a_port_that_is_listened_on_is_taken() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        number = other.getsockname()[1]
        for ask in (free_port, reserve_port):
            with pytest.raises(PortTaken, match=str(number)):
                ask(number)


def test_a_kept_port_is_open_to_our_servers_and_closed_to_others() -> None:
    with reserve_port(0) as kept:
        number = kept.getsockname()[1]
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((HOST, number))
        servers = [socket.socket() for _ in range(2)]
        for server in servers:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.bind((HOST, number))
            server.listen()
        with pytest.raises(PortTaken):
            free_port(number)
        for _turn in range(20):
            socket.create_connection((HOST, number), timeout=10).close()  # never the kept one: it does not listen
        for server in servers:
            server.close()
    assert free_port(number) == number


def test_a_port_is_kept_for_every_address_of_the_machine_when_asked() -> None:
    with reserve_port(0, listen="0.0.0.0") as kept:  # noqa: S104 - as in a container
        assert kept.getsockname()[0] == "0.0.0.0"  # noqa: S104
        assert kept.getsockname()[1] > 0


def test_a_port_that_answers_for_every_address_is_taken_for_each() -> None:
    with socket.socket() as answering:
        answering.bind(("0.0.0.0", 0))  # noqa: S104
        answering.listen()
        with pytest.raises(PortTaken):
            free_port(answering.getsockname()[1], listen="127.0.0.1")
