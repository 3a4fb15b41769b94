"""Who the simulated people are: what stays the same about each of them, drawn once."""

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.kit.rng import unit
from tenshu.simulate.behaviour import Behaviour

#: What people read mail with; the last octet of truth is not needed, only that they differ.
READERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari",
)
#: What Apple Mail Privacy Protection calls itself when it fetches pictures ahead of any reading.
PREFETCHER = "Mozilla/5.0"
#: A security gateway; it follows links to look for malware.
SCANNER = "Mozilla/5.0 (compatible; ExampleMailSecurity-LinkScanner/3.1)"


class People(msgspec.Struct, frozen=True):
    """Columns of what is lasting about each person, all of one length and in order of `customer`.

    Attributes:
        customer: customer numbers, ascending.
        read_rate: share of mails this person reads when not tired.
        loads_images: reading can be seen.
        is_prefetched: the provider opens every mail by itself.
        is_scanned: a gateway follows every link.
        is_gone: the mailbox does not exist any more.
        reader: place of the mail program in `READERS`.
    """

    customer: NDArray[np.int64]
    read_rate: NDArray[np.float64]
    loads_images: NDArray[np.bool_]
    is_prefetched: NDArray[np.bool_]
    is_scanned: NDArray[np.bool_]
    is_gone: NDArray[np.bool_]
    reader: NDArray[np.int64]

    def places(self, customers: pl.Series) -> NDArray[np.int64]:
        """Return where each customer stands in the columns, -1 for somebody unknown."""
        wanted = customers.to_numpy()
        if not len(self.customer):
            return np.full(len(wanted), -1, dtype=np.int64)
        found = np.searchsorted(self.customer, wanted).clip(max=len(self.customer) - 1)
        return np.where(self.customer[found] == wanted, found, -1)


def draw_people(customers: pl.Series, *, behaviour: Behaviour, seed: int) -> People:
    """Draw everybody's lasting traits; the same seed and number give the same person."""
    numbers = np.sort(customers.to_numpy().astype(np.int64))

    def chance(name: str) -> NDArray[np.float64]:
        return unit(f"{seed}:person:{name}", numbers) if len(numbers) else np.zeros(0)

    liking = 1.0 + behaviour.read_spread * (2.0 * chance("liking") - 1.0)
    return People(
        customer=numbers,
        read_rate=np.clip(behaviour.read_rate * liking, 0.0, 1.0),
        loads_images=chance("images") < behaviour.image_rate,
        is_prefetched=chance("prefetch") < behaviour.prefetch_rate,
        is_scanned=chance("scanner") < behaviour.scanner_rate,
        is_gone=chance("gone") < behaviour.gone_rate,
        reader=(chance("reader") * len(READERS)).astype(np.int64),
    )
