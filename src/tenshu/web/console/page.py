"""One page or act of the console: its address, who may, what answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.responses import Response

from tenshu.staff.person import Role

if TYPE_CHECKING:
    from tenshu.web.console.visit import Visit

Endpoint = Callable[["Visit"], Response]


@dataclass(frozen=True)
class Page:
    """An address of the console.

    Attributes:
        path: as Starlette writes it, with `{names}`.
        endpoint: answers a visit; synchronous, it runs in a thread and in the visitor's language.
        role: the least role that may; None lets everybody in, signed in or not.
        method: GET shows and changes nothing; POST does something.
        most_bytes: the largest body that is read; more only where files are taken.
    """

    path: str
    endpoint: Endpoint
    role: Role | None = "viewer"
    method: Literal["GET", "POST"] = "GET"
    most_bytes: int = 1_000_000
