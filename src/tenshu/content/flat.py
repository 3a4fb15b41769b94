"""Fill parts of a template that hold only texts and outputs, without walking a tree for each person.

Most letters need no tag: they are texts with a name here and there. Such a part is cut into its pieces once; for a
person each different output is worked out once, by the engine's own expression, and the pieces are joined. Whatever is
out of the ordinary (an error, a limit, half a character) is left to the engine, which says what is wrong with it.
"""

from collections.abc import Mapping
from io import StringIO
from typing import Any, Final, NamedTuple

from liquid import BoundTemplate, RenderContext
from liquid.builtin.content import ContentNode
from liquid.builtin.output import OutputNode
from liquid.expression import Expression
from liquid.stringify import to_liquid_string

from tenshu.content.merge import ENGINE_ERRORS

#: No character is more bytes than this in UTF-8, in which the engine counts its output.
_MOST_BYTES: Final = 4


class Output(NamedTuple):
    """One `{{ output }}`: as it is written, and what it means."""

    written: str
    expression: Expression


class Filling:
    """What one person's outputs come to, each worked out once for all the parts of a template.

    Args:
        values: what the template sees.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._contexts: dict[bool, RenderContext] = {}
        self._made: dict[tuple[bool, str], str] = {}

    def text_of(self, output: Output, template: BoundTemplate) -> str:
        """Return what the engine would write for the output in a part of that template.

        Raises:
            ENGINE_ERRORS: it would write nothing.
        """
        is_html = bool(template.env.autoescape)
        key = (is_html, output.written)
        if key not in self._made:
            if is_html not in self._contexts:
                self._contexts[is_html] = RenderContext(template, globals=template.make_globals(dict(self._values)))
            text = to_liquid_string(output.expression.evaluate(self._contexts[is_html]), is_html)
            text.encode()  # half a character cannot be sent
            self._made[key] = _as_buffered(text) if "\r" in text else text
        return self._made[key]


class FlatPart:
    """A part of texts and outputs.

    Args:
        template: the parsed part.
        pieces: it, in order.
    """

    def __init__(self, template: BoundTemplate, pieces: list[str | Output]) -> None:
        self._template = template
        self._pieces = pieces
        self._longest = (template.env.output_stream_limit or 0) // _MOST_BYTES

    def filled(self, filling: Filling) -> str | None:
        """Return the part filled for one person, or None when the engine itself has to look at it."""
        try:
            made = "".join(
                [piece if type(piece) is str else filling.text_of(piece, self._template) for piece in self._pieces]  # type: ignore[arg-type]
            )
        except ENGINE_ERRORS:
            return None
        return made if len(made) <= self._longest else None


def flat_part(template: BoundTemplate) -> FlatPart | None:
    """Return the part cut into pieces, or None when it holds tags or half a character."""
    pieces: list[str | Output] = []
    for node in template.nodes:
        if type(node) is ContentNode:
            pieces.append(_as_buffered(node.text))
        elif type(node) is OutputNode:
            pieces.append(Output(node.token.value, node.expression))
        else:
            return None
    written = "".join(piece for piece in pieces if isinstance(piece, str))
    try:
        written.encode()
    except UnicodeEncodeError:
        return None
    return FlatPart(template, pieces)


def _as_buffered(text: str) -> str:
    """Return the text with its lines ended as the engine's buffer ends them."""
    buffer = StringIO(newline=None)
    buffer.write(text)
    return buffer.getvalue()
