"""Up to where the hot columns have seen: facts, instant and cut points."""

from datetime import datetime

import msgspec


class Cursor(msgspec.Struct, frozen=True):
    """What the state is a function of, besides the map of nodes and the definitions.

    Attributes:
        batch: the last batch of the inbox that it has seen.
        position: the last fact drained from the ledger that it has seen.
        at: the instant that it stands at; later facts wait.
        cuts_version: the version of the cut points, None when nothing was published.
    """

    batch: int
    position: int
    at: datetime
    cuts_version: int | None
