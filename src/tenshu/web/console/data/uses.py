"""Find out what uses a trait or an event: conditions of segments and scenarios, and the text of messages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_MERGED: Final = re.compile(r"\bcustomer\.([A-Za-z_]\w{0,63})")


def named_in(definition: object) -> Iterator[tuple[str, str]]:
    """Yield every trait and event that a definition names, as (kind, name).

    Args:
        definition: plain data of a condition or of anything that holds conditions.

    >>> list(named_in({"kind": "and", "of": [{"kind": "trait", "trait": "sex"}, {"kind": "did", "event": "met"}]}))
    [('trait', 'sex'), ('event', 'met')]
    """
    if isinstance(definition, Mapping):
        for kind in ("trait", "event"):
            if isinstance(definition.get(kind), str):
                yield kind, definition[kind]
        for value in definition.values():
            yield from named_in(value)
    elif isinstance(definition, list | tuple):
        for value in definition:
            yield from named_in(value)


def merged_in(texts: object) -> set[str]:
    """Return the traits that the texts of a message merge in.

    >>> merged_in({"ja": {"subject": "{{ customer.last_name | sama }}"}})
    {'last_name'}
    """
    if isinstance(texts, str):
        return set(_MERGED.findall(texts))
    parts: Any = texts.values() if isinstance(texts, Mapping) else texts if isinstance(texts, list | tuple) else ()
    return set().union(*(merged_in(part) for part in parts))


def uses(
    conditions: Mapping[str, object], messages: Mapping[str, object]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return who uses what: trait -> titles, event -> titles.

    Args:
        conditions: title -> definition, of segments and scenarios.
        messages: title -> texts.
    """
    traits: dict[str, list[str]] = {}
    events: dict[str, list[str]] = {}
    for title, definition in conditions.items():
        for kind, name in set(named_in(definition)):
            (traits if kind == "trait" else events).setdefault(name, []).append(title)
    for title, texts in messages.items():
        for name in merged_in(texts):
            traits.setdefault(name, []).append(title)
    return _tidy(traits), _tidy(events)


def _tidy(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: sorted(set(titles)) for name, titles in found.items()}
