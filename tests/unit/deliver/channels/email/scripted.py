"""A server that answers by a script, for the conversations that no decent server has."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence


@contextlib.contextmanager
def scripted(answers: Sequence[str | None], *, heard: list[bytes] | None = None) -> Iterator[int]:
    """Serve one connection on the yielded port: one answer at once, one after each thing heard, then hang up.

    None stands for silence: the connection stays open for a second and nothing is said.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, answers, [] if heard is None else heard), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def _serve(server: socket.socket, answers: Sequence[str | None], heard: list[bytes]) -> None:
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.settimeout(5)
        for place, answer in enumerate(answers):
            if place:
                heard.append(connection.recv(65_536))
            if answer is None:
                time.sleep(1)
                return
            connection.sendall(answer.encode("latin-1") + b"\r\n")
        if answers:
            heard.append(connection.recv(65_536))


@contextlib.contextmanager
def encrypted(context: ssl.SSLContext, *, is_from_the_start: bool) -> Iterator[tuple[int, list[bytes]]]:
    """Serve one encrypted conversation, by STARTTLS or from the first byte; yield the port and what was heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(
            target=_serve_encrypted,
            args=(server, context, heard),
            kwargs={"is_from_the_start": is_from_the_start},
            daemon=True,
        )
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(5)


def _serve_encrypted(
    server: socket.socket, context: ssl.SSLContext, heard: list[bytes], *, is_from_the_start: bool
) -> None:
    connection, _ = server.accept()
    with contextlib.suppress(OSError):
        connection.settimeout(5)
        if is_from_the_start:
            connection = context.wrap_socket(connection, server_side=True)
            connection.sendall(b"220 hi\r\n")
        else:
            connection.sendall(b"220 hi\r\n")
            connection.recv(65_536)
            connection.sendall(b"250-x\r\n250 STARTTLS\r\n")
            connection.recv(65_536)
            connection.sendall(b"220 go\r\n")
            connection = context.wrap_socket(connection, server_side=True)
        while True:
            line = connection.recv(65_536)
            if not line:
                break
            heard.append(line)
            connection.sendall(_encrypted_answer(line))
    connection.close()


def _encrypted_answer(line: bytes) -> bytes:
    if line.startswith(b"EHLO"):
        return b"250-x\r\n250 AUTH LOGIN PLAIN\r\n"
    if line.startswith(b"AUTH PLAIN"):
        return b"235 welcome\r\n"
    return b"354 go on\r\n" if line == b"DATA\r\n" else b"250 ok\r\n"
