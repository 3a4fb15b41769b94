"""A receiver in a process of its own: it logs every message that it accepts, and only then says so."""

import argparse
import os
import sys
import time
from pathlib import Path

from tenshu.deliver.channels.email.sink import SmtpSink


class LoggingSink(SmtpSink):
    """Writes the Message-ID of each mail to a file before it answers.

    Args:
        log: the file.
        rest: seconds to wait before each answer, so that kills find messages in flight.
    """

    def __init__(self, log: Path, rest: float) -> None:
        super().__init__()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._rest = rest

    def take(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Note one mail, and write it down."""
        super().take(sender, recipients, content)
        os.write(self._log, f"{self._mails[-1].message_id}\n".encode())
        time.sleep(self._rest)


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("log", type=Path)
    given.add_argument("--rest", type=float, default=0.0)
    asked = given.parse_args()
    with LoggingSink(asked.log, asked.rest) as sink:
        print(sink.port, flush=True)
        sys.stdin.readline()
