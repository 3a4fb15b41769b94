"""An SMTP receiver in a process of its own: postfix's smtp-sink where it is installed, else our own mailbox."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.child import ROOT

_SEARCHED: Final = "/usr/sbin:/usr/libexec/postfix:/usr/lib/postfix/sbin"


@contextlib.contextmanager
def running_sink() -> Iterator[tuple[str, int]]:
    """Start a receiver; yield what it is called and its port on 127.0.0.1."""
    postfix = shutil.which("smtp-sink") or shutil.which("smtp-sink", path=_SEARCHED)
    port = _free_port()
    own = [sys.executable, "-m", "benchmarks.sink", str(port)]
    called = [postfix, f"127.0.0.1:{port}", "100"] if postfix else own
    with subprocess.Popen(called, cwd=ROOT, stdin=subprocess.PIPE) as process:
        try:
            _wait_for(port)
            yield ("postfix smtp-sink" if postfix else "our asyncio SmtpSink"), port
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _serve(port: int) -> None:
    from tenshu.deliver.channels.email.sink import SmtpSink  # noqa: PLC0415 - who starts a sink does not pay for it

    with SmtpSink(port):
        sys.stdin.read()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
