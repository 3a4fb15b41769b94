"""Find and keep a port of this machine, with nothing but sockets."""

import socket
from typing import Final

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

HOST: Final = "127.0.0.1"


class PortTaken(TenshuError):
    """Another program listens on the port."""

    template = N_("Port {port} is taken on this machine. Choose another one with --port.")


def free_port(port: int, *, listen: str = HOST) -> int:
    """Return the port when nobody listens there; for 0 one that is free.

    Args:
        port: which.
        listen: the address of this machine.

    Raises:
        PortTaken: another program listens there.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen, port))
        except OSError as taken:
            raise PortTaken(port=port) from taken
        return int(probe.getsockname()[1])


def reserve_port(port: int, *, listen: str = HOST) -> socket.socket:
    """Return a socket that keeps the port for this user's servers until it is closed; for 0 one that is free.

    It never listens itself, so that it takes no connection from the servers that come and go there.

    Raises:
        PortTaken: another program listens there.
    """
    number = free_port(port, listen=listen)
    kept = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        kept.bind((listen, number))
    except OSError as taken:
        kept.close()
        raise PortTaken(port=number) from taken
    return kept
