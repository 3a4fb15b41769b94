"""Find marked stretches of a text, such as `{{ ... }}`, in one walk whatever the text holds.

Regular expressions for this need time with the square of the length when a template is full of openings that
nobody closes, and the Liquid lexer is made of such expressions. So templates are walked here first.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

Pairs = tuple[tuple[str, str], ...]
#: The stretches of Liquid: outputs and tags.
LIQUID: Final[Pairs] = (("{{", "}}"), ("{%", "%}"))


class Stretch(NamedTuple):
    """From the first character of an opening to behind the last of its closing; end is -1 when nothing closes it."""

    start: int
    end: int


def stretches(text: str, pairs: Pairs) -> Iterator[Stretch]:
    """Yield the stretches in order; of an opening that is never closed only the first.

    >>> list(stretches("a {{ b }} {% c", LIQUID))
    [Stretch(start=2, end=9), Stretch(start=10, end=-1)]
    """
    ahead = {opening: text.find(opening) for opening, _ in pairs}
    while (start := min((found for found in ahead.values() if found >= 0), default=-1)) >= 0:
        opening, closing = next(pair for pair in pairs if ahead[pair[0]] == start)
        end = text.find(closing, start + len(opening))
        if end < 0:
            ahead[opening] = -1
            yield Stretch(start, -1)
            continue
        end += len(closing)
        yield Stretch(start, end)
        ahead = {name: found if found < 0 or found >= end else text.find(name, end) for name, found in ahead.items()}


def replaced(text: str, pairs: Pairs, replace: Callable[[str], str]) -> str:
    """Return the text with each closed stretch replaced."""
    made: list[str] = []
    at = 0
    for start, end in stretches(text, pairs):
        if end >= 0:
            made += [text[at:start], replace(text[start:end])]
            at = end
    return "".join([*made, text[at:]])
