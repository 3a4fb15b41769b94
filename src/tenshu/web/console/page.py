"""One page or act of the console: its address, who may, what answers."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

from starlette.responses import Response

from tenshu.staff.person import Role

if TYPE_CHECKING:
    from tenshu.web.console.visit import Visit

Endpoint = Callable[["Visit"], Response]
#: Where areas lie.
_CONSOLE: Final = "tenshu.web.console."


@dataclass(frozen=True)
class Page:
    """An address of the console.

    Attributes:
        path: as Starlette writes it, with `{names}`.
        endpoint: answers a visit; synchronous, it runs in a thread and in the visitor's language. Named as
            `area.module:function`, it is loaded by the first visit, so that a process starts without the area's weight.
        role: the least role that may; None lets everybody in, signed in or not.
        method: GET shows and changes nothing; POST does something.
        most_bytes: the largest body that is read; more only where files are taken.
    """

    path: str
    endpoint: Endpoint | str
    role: Role | None = "viewer"
    method: Literal["GET", "POST"] = "GET"
    most_bytes: int = 1_000_000

    def answer(self, visit: "Visit") -> Response:
        """Return the answer to a visit."""
        return self.function(visit)

    @property
    def function(self) -> Endpoint:
        """The function that answers, loaded where it is only named."""
        if not isinstance(self.endpoint, str):
            return self.endpoint
        module, _colon, name = self.endpoint.partition(":")
        found: Endpoint = getattr(import_module(_CONSOLE + module), name)
        return found
