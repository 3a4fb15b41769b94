"""How far the settings are: set by a person, at their usual values, or missing; read from the settings themselves."""

from collections.abc import Callable
from typing import Final, Literal

from tenshu.deliver.channels.email.advice import domain_of
from tenshu.web.console.settings.form import Kept

State = Literal["set", "usual", "missing"]


def _is_law_kept(kept: Kept) -> bool:
    return bool(kept.shop.postal_address and kept.shop.contact)


def _is_sender_said(kept: Kept) -> bool:
    return bool(domain_of(kept.shop.sender_email))


def _is_saved(name: str) -> Callable[[Kept], bool]:
    return lambda kept: name in kept.saved


_IS_SET: Final[dict[str, Callable[[Kept], bool]]] = {
    "shop": _is_law_kept,
    "sender": _is_sender_said,
    "mail-server": _is_saved("smtp"),
    "place": _is_saved("shop"),
    "rhythm": _is_saved("policy"),
}
#: What must be said before a mail can go out; the others have usual values.
NEEDED: Final = ("shop", "sender", "mail-server")


def state_of(name: str, kept: Kept) -> State:
    """Return how far a page of the settings, or a step of the first start, is."""
    asked = _IS_SET.get(name)
    if asked is not None and asked(kept):
        return "set"
    return "missing" if name in NEEDED else "usual"


def is_missing(name: str, kept: Kept) -> bool:
    """Say whether it still has to be said before a mail can go out."""
    return state_of(name, kept) == "missing"
