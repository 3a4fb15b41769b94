"""How large a file may be that somebody brings."""

from typing import Final

#: The largest file that is taken, in bytes. It stands apart, so that whoever only guards the door loads no readers.
MOST_BYTES: Final = 1_000_000_000
