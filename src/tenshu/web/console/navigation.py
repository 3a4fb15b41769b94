"""The console's table of contents, as far as a person may open it."""

from typing import Final

import msgspec

from tenshu.kit.i18n import N_, _
from tenshu.staff.person import Person, Role


class Place(msgspec.Struct, frozen=True):
    """A line of the navigation.

    Attributes:
        path: where it leads.
        title: what it is called.
        icon: name of its drawing in `static/icons.svg`.
        is_here: whether the open page belongs to it.
    """

    path: str
    title: str
    icon: str
    is_here: bool


#: Address, title, icon, least role; in the order of a shopkeeper's morning.
_PLACES: Final[tuple[tuple[str, str, str, Role], ...]] = (
    ("/", N_("Today"), "home", "viewer"),
    ("/customers", N_("Customers"), "people", "staff"),
    ("/segments", N_("Segments"), "filter", "viewer"),
    ("/ranks", N_("Ranks"), "grid", "viewer"),
    ("/scenarios", N_("Scenarios"), "tree", "viewer"),
    ("/templates", N_("Messages"), "mail", "staff"),
    ("/outbox", N_("Outbox"), "outbox", "marketer"),
    ("/report", N_("Reports"), "chart", "viewer"),
    ("/import", N_("Import"), "import", "marketer"),
    ("/settings", N_("Settings"), "settings", "owner"),
)


def navigation(path: str, person: Person) -> list[Place]:
    """Return the places that the person may open.

    >>> sato = Person(id=1, name="佐藤", email="sato@example.com", role="viewer")
    >>> [place.path for place in navigation("/segments/new", sato) if place.is_here]
    ['/segments']
    """
    return [
        Place(where, _(title), icon, _is_below(path, where)) for where, title, icon, role in _PLACES if person.can(role)
    ]


def _is_below(path: str, where: str) -> bool:
    return path == where if where == "/" else path == where or path.startswith(f"{where}/")
