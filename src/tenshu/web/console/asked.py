"""What pages let the owner of the warehouse answer or do: a table of names and functions.

Under `tenshu serve` the function runs in the owner's process, which has the warehouse and the live state in its memory;
where one process does everything it runs here. It is called with the shop, the live state or None, and what was given,
and returns plain data. Nothing is imported before it is asked for, so that neither process carries the other's weight.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop

#: Questions: answered beside the tick, in the conversation's thread; they change nothing.
ANSWERS: Final[dict[str, str]] = {
    "backup_under_way": "tenshu.web.console.keeping.orders:backup_under_way",
    "template_gaps": "tenshu.web.console.templates_.gaps:read_gaps",
    "template_neighbours": "tenshu.web.console.templates_.gaps:read_neighbours",
    "catalogue": "tenshu.web.console.data.asked:read_catalogue",
    "ranks": "tenshu.web.console.ranks.asked:read_ranks",
    "directory": "tenshu.web.console.customers.answers:directory",
    "customer_card": "tenshu.web.console.customers.answers:card",
    "customer_timeline": "tenshu.web.console.customers.answers:timeline",
    "customer_shoes": "tenshu.web.console.customers.answers:shoes",
    "scenario_ahead": "tenshu.web.console.scenarios.answers:ahead",
    "scenario_hour": "tenshu.web.console.scenarios.answers:hour",
    "segment_count": "tenshu.web.console.segments.answers:count",
    "segment_sizes": "tenshu.web.console.segments.answers:kept_segments",
    "segment_choices": "tenshu.web.console.segments.answers:choices",
    "segment_values": "tenshu.web.console.segments.answers:values",
}
#: Orders: done between two ticks, one after the other; they may write to the warehouse.
ORDERS: Final[dict[str, str]] = {
    "undo_import": "tenshu.web.console.keeping.orders:undo",
    "backup": "tenshu.web.console.keeping.orders:backup",
}


def ask(shop: "Shop", name: str, **given: Any) -> Any:
    """Let the owner answer or do something.

    Raises:
        OwnerAway: the owner is another process, and not there just now.
        OwnerSaid: it could not, and says why.
    """
    return answer_of(name)(shop, None, **given) if shop.is_owner else shop.ask(name, **given)


def answer_of(name: str) -> Callable[..., Any]:
    """Return the function of that name."""
    module, _colon, function = (ANSWERS | ORDERS)[name].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
