"""A message as it is written once and rendered for each person.

A template holds, for each language, a subject, a preheader (the line that mail programs show beside the
subject), a layout in MJML or HTML, and a plain text. `compile_template` parses the four parts once;
`render` fills them with the plain data of one person. The fields that a template uses can be asked for,
so that a screen can warn of an unknown one or of one that is empty for many people.

Says nothing about whom to write to (`decide`) nor how a mail is made of it (`deliver.channels.email`).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from tenshu.content.blocks.block import Blocks
from tenshu.content.flat import Filling, flat_part
from tenshu.content.header_text import header_text
from tenshu.content.merge import ENGINE_ERRORS, parse
from tenshu.content.mjml import html_of
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

LONGEST_PART: Final = 300_000
_BODY: Final = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_HIDDEN: Final = (
    "display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden"
)


class TemplateText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template in one language.

    Attributes:
        subject: Liquid, one line.
        preheader: Liquid, shown beside the subject by mail programs; may be empty.
        mjml: MJML (or a whole HTML page) with Liquid.
        text: plain text with Liquid, for readers who want no HTML.
        blocks: what layout and text were made of; None when they were written by hand.
    """

    subject: str
    preheader: str = ""
    mjml: str
    text: str
    blocks: Blocks | None = None


class TemplateSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template as saved.

    Attributes:
        name: how scenarios call it.
        languages: its text in each language (ja, en).
        title: how people call it; empty when they say its name.
    """

    name: str
    languages: dict[str, TemplateText]
    title: str = ""


class Rendered(msgspec.Struct, frozen=True):
    """A message for one person, before links are signed and sender lines added."""

    subject: str
    preheader: str
    html: str
    text: str


class TemplateMalformed(TenshuError):
    """A template that cannot be used."""

    template = N_('The template "{name}" cannot be used: {part}, line {line}: {reason}. Correct it and save again.')


class RenderFailed(TenshuError):
    """A template that cannot be filled for one person."""

    template = N_('The template "{name}" cannot be filled for this customer: {part}: {reason}. Nothing was sent.')


class CompiledTemplate:
    """A template in one language, parsed once.

    >>> text = TemplateText(subject="{{ customer.last_name | sama }}", mjml="<body>{{ x }}</body>", text="{{ x }}")
    >>> compiled = compile_template(TemplateSource(name="hello", languages={"ja": text}), "ja")
    >>> rendered = compiled.render({"customer": {"last_name": "佐藤"}, "x": "<b>"})
    >>> rendered.subject, rendered.html, rendered.text
    ('佐藤様', '<body>&lt;b&gt;</body>', '<b>')
    >>> compiled.fields()
    ('customer.last_name', 'x')
    """

    def __init__(self, name: str, language: str, parts: Mapping[str, BoundTemplate]) -> None:
        self.name = name
        self.language = language
        self._parts = parts
        self._flat = {part: flat_part(parsed) for part, parsed in parts.items()}
        self._fields = tuple(sorted({path for part, parsed in parts.items() for path in self._read_by(part, parsed)}))

    def render(self, context: Mapping[str, Any]) -> Rendered:
        """Fill the template with one person's plain data: dicts, lists, texts, numbers, dates.

        Raises:
            RenderFailed: a limit was reached, or a tag or a filter got a value that it cannot work on.
            HeaderRefused: a merged value would break the subject.
        """
        filled = {"now": None, "today": None, **context}
        filling = Filling(filled)
        made = {part: self._filled(part, template, filled, filling) for part, template in self._parts.items()}
        return Rendered(
            header_text(made["subject"].strip(), name="subject"), made["preheader"], made["html"], made["text"]
        )

    def fields(self) -> tuple[str, ...]:
        """Return the fields that the template reads, such as customer.last_name, in order of the alphabet."""
        return self._fields

    def _read_by(self, part: str, template: BoundTemplate) -> list[str]:
        try:
            return template.global_variable_paths()
        except ENGINE_ERRORS as error:
            raise TemplateMalformed(name=self.name, part=part, line=1, reason=_reason(error)) from error

    def _filled(self, part: str, template: BoundTemplate, context: dict[str, Any], filling: Filling) -> str:
        flat = self._flat[part]
        if flat is not None and (made := flat.filled(filling)) is not None:
            return made
        try:
            return template.render(context)
        except ENGINE_ERRORS as error:
            raise RenderFailed(name=self.name, part=part, reason=_reason(error)) from error


def parse_template(data: object) -> TemplateSource:
    """Read a template from JSON data.

    Raises:
        TemplateMalformed: a part is missing, unknown or of the wrong kind, or a language is not known.
    """
    try:
        source = msgspec.convert(data, TemplateSource)
    except msgspec.ValidationError as error:
        name = data.get("name", "") if isinstance(data, Mapping) else ""
        raise TemplateMalformed(name=name, part="-", line=1, reason=str(error)) from error
    if not source.languages or not set(source.languages) <= {"ja", "en"}:
        raise TemplateMalformed(name=source.name, part="languages", line=1, reason="give ja, en or both")
    return source


def compile_template(source: TemplateSource, language: str) -> CompiledTemplate:
    """Parse a template in the language, or in its first one when it is not written in that language.

    Raises:
        TemplateMalformed: Liquid or MJML is broken; names part and line.
    """
    spoken = language if language in source.languages else next(iter(source.languages))
    text = source.languages[spoken]
    for part, written in (
        ("subject", text.subject),
        ("preheader", text.preheader),
        ("html", text.mjml),
        ("text", text.text),
    ):
        if len(written) > LONGEST_PART:
            raise TemplateMalformed(
                name=source.name, part=part, line=1, reason=f"longer than {LONGEST_PART} characters"
            )
        _parsed(source.name, part, written, spoken)  # before the layout is made: lines are the writer's own
    try:
        html = html_of(text.mjml, language=spoken)
    except TenshuError as error:
        line = error.given.get("line", 1)
        raise TemplateMalformed(
            name=source.name, part="html", line=line, reason=error.given.get("reason", "")
        ) from error
    except ENGINE_ERRORS as error:
        raise TemplateMalformed(name=source.name, part="html", line=1, reason=_reason(error)) from error
    parts = {
        "subject": _parsed(source.name, "subject", text.subject, spoken),
        "preheader": _parsed(source.name, "preheader", text.preheader, spoken),
        "html": _parsed(source.name, "html", _with_preheader(html, text.preheader), spoken),
        "text": _parsed(source.name, "text", text.text, spoken),
    }
    return CompiledTemplate(source.name, spoken, parts)


def _with_preheader(html: str, preheader: str) -> str:
    found = _BODY.search(html)
    if not preheader or found is None:
        return html
    return f'{html[: found.end()]}<div style="{_HIDDEN}">{preheader}</div>{html[found.end() :]}'


def _parsed(name: str, part: str, written: str, language: str) -> BoundTemplate:
    try:
        return parse(written, language, is_html=part == "html")
    except ENGINE_ERRORS as error:
        raise TemplateMalformed(name=name, part=part, line=_line(error), reason=_reason(error)) from error


def _line(error: BaseException) -> int:
    try:
        where = error.context() if isinstance(error, LiquidError) else None
    except ValueError:  # the error stands behind the end of the text
        return 1
    return where[0] if where else 1


def _reason(error: BaseException) -> str:
    said = error.message if isinstance(error, LiquidError) else error
    return f"{type(error).__name__}: {said}"
