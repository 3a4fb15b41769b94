"""Merge values into texts: Liquid with limits, over plain data only.

Marketers write the templates, customers fill the values, and neither may reach the machine: Liquid sees no
attributes and no methods of objects, includes no files and reads no clock. Four limits (loop
iterations, output, local names, depth) stop templates that would run for ever; filters refuse values that
would fill the memory inside one expression, which the four limits do not see. Everything merged into HTML
is escaped and there is no way to switch that off.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any, Final

from liquid import BoundTemplate, Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import (
    FilterValueError,
    LiquidError,
    LiquidInterrupt,
    LiquidSyntaxError,
    LoopIterationLimitError,
    StopRender,
)
from liquid.expression import Expression
from liquid.token import TOKEN_TAG, Token

from tenshu.content.filters import filters
from tenshu.content.stretch import LIQUID, stretches

#: Longest text, in characters, and longest list that a filter may take or give.
LONGEST_TEXT: Final = 200_000
LONGEST_LIST: Final = 20_000
#: Longest {{ output }} or {% tag %}, in characters.
LONGEST_TAG: Final = 2_000
#: What filters raise when they get a value that they were not made for.
_ODD_VALUES: Final = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError)
#: What the engine raises at a template or a value that it was not made for; not all of it is its own error.
ENGINE_ERRORS: Final = (LiquidError, LiquidInterrupt, StopRender, AssertionError, RuntimeError, *_ODD_VALUES)
_BLANKS: Final = re.compile(r"\s{100}")
_VERBATIM: Final = tuple(
    (re.compile(rf"{{%-?\s{{0,99}}{name}\b"), re.compile(rf"{{%-?\s{{0,99}}end{name}\b")) for name in ("raw", "doc")
)
_NO_TAGS: Final = ("include", "render")
_NO_FILTERS: Final = ("safe", "escapejs")


class MailEnvironment(Environment):
    """Liquid as tenshu allows it."""

    loop_iteration_limit = 20_000
    output_stream_limit = 500_000
    local_namespace_limit = 100_000
    context_depth_limit = 10
    block_nesting_limit = 20


@cache
def environment(language: str, *, is_html: bool) -> Environment:
    """Return the Liquid environment of a language, one for HTML (escaping) and one for plain text."""
    made = MailEnvironment(autoescape=is_html)
    for tag in _NO_TAGS:
        del made.tags[tag]
    for name in _NO_FILTERS:
        del made.filters[name]
    made.filters.update(filters(language))
    made.filters = {name: _guarded(name, call) for name, call in made.filters.items()}
    return made


def parse(source: str, language: str, *, is_html: bool) -> BoundTemplate:
    """Parse a template once; render it as often as there are people.

    Raises:
        liquid.exceptions.LiquidError: the template is not valid; it names the line. Of some templates the engine
            says so by another of `ENGINE_ERRORS`.
    """
    _refuse_unclosed(source)
    template = environment(language, is_html=is_html).from_string(source)
    for expression in _expressions(template):
        if type(expression) is RangeLiteral:
            expression.__class__ = ShortRange
    return template


def _refuse_unclosed(source: str) -> None:
    """Refuse what would keep the lexer busy for minutes: unclosed tags, endless tags, runs of blanks in them."""
    for start, end in stretches(source, LIQUID):
        written = source[start : end if end >= 0 else start + 40]
        if end < 0 or end - start > LONGEST_TAG or _BLANKS.search(written):
            message = f"{written[:40]!r} is not closed, or is longer than {LONGEST_TAG} characters"
            raise LiquidSyntaxError(message, token=Token(TOKEN_TAG, written[:40], start, source))
    for opened, closed in _VERBATIM:
        if len(opened.findall(source)) > len(closed.findall(source)):
            message = f"{opened.pattern!r} is never closed"
            raise LiquidSyntaxError(message, token=None)


class ShortRange(RangeLiteral):
    """A range such as (1..10) that refuses to be long.

    Loops are limited by Liquid itself, but `contains` would walk a billion numbers unseen.
    """

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        """Return the range."""
        made = super().evaluate(context)
        if made.stop - made.start > LONGEST_LIST:
            raise LoopIterationLimitError(f"a range may hold at most {LONGEST_LIST} numbers", token=self.token)
        return made


def _expressions(template: BoundTemplate) -> Iterator[Expression]:
    """Yield every expression of a template, with those inside others."""
    context = RenderContext(template)
    nodes: list[Node] = list(template.nodes)
    while nodes:
        node = nodes.pop()
        nodes.extend(node.children(context))
        waiting = list(node.expressions())
        while waiting:
            expression = waiting.pop()
            yield expression
            waiting.extend(expression.children())


def _guarded(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter so that neither what it takes nor what it gives can fill the memory."""
    foresee = _FORESEEN.get(name)

    @wraps(call)
    def guarded(value: object, *args: Any, **kwargs: Any) -> Any:
        if foresee is not None:
            _refuse_above(foresee(value, *args), LONGEST_TEXT, name)
        for given in (value, *args):
            if isinstance(given, range):
                _refuse_above(len(given), LONGEST_LIST, name)
        try:
            made = call(value, *args, **kwargs)
        except _ODD_VALUES as error:
            raise FilterValueError(f"{name}: {error}", token=None) from error
        if isinstance(made, str):
            _refuse_above(len(made), LONGEST_TEXT, name)
        elif isinstance(made, list):
            _refuse_above(len(made), LONGEST_LIST, name)
        return made

    return guarded


def _refuse_above(size: int, limit: int, name: str) -> None:
    if size > limit:
        raise FilterValueError(f"{name}: {size} is more than the limit of {limit}", token=None)


def _replaced(value: object, old: object = "", new: object = "") -> int:
    text = str(value)
    return len(text) + text.count(str(old)) * len(str(new))


def _joined(value: object, separator: object = " ") -> int:
    if not isinstance(value, list | tuple):
        return 0
    return sum(len(item) if isinstance(item, str) else 20 for item in value) + len(value) * len(str(separator))


def _rounded(value: object, digits: object = 0) -> int:  # noqa: ARG001 - the filter's own arguments
    try:
        return abs(int(str(digits)))
    except ValueError:
        return 0


#: Filters whose result can be far longer than what they are given: its size, known beforehand.
_FORESEEN: Final[dict[str, Callable[..., int]]] = {"replace": _replaced, "join": _joined, "round": _rounded}
