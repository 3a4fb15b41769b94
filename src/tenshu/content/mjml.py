"""Turn MJML with Liquid in it into one HTML template, once, before anybody is written to.

MJML knows nothing of Liquid: it drops text between sections without a word, stops at `{% if a < 3 %}`, and
accepts tags that do not exist. So Liquid is swapped for plain tokens before, wrapped in `mj-raw` where
MJML allows no text, and put back afterwards; whatever got lost on the way is an error that names it.
No font is fetched from anybody's server: a mail that phones home tells a third party who opened it.

Specification: documentation.mjml.io; compiled by mrml.
"""

import re
from typing import Final

import mrml

from tenshu.content.stretch import LIQUID, Pairs, replaced
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

_COMMENT: Final[Pairs] = (("<!--", "-->"),)
_PIECE: Final = re.compile(r"(?P<token>zqlq\d+qlqz)|<(?P<close>/?)(?P<tag>mj[a-z-]*)(?P<rest>[^<>]*?)(?P<empty>/?)>")
_TOKEN: Final = re.compile(r"zqlq(\d+)qlqz")
#: Tags whose direct children are tags only; the first group allows mj-raw between them.
_STRUCTURE: Final = frozenset({"mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"})
_STRICT: Final = frozenset(
    {"mjml", "mj-head", "mj-attributes", "mj-social", "mj-navbar", "mj-accordion", "mj-carousel"}
)
#: Tags whose content is text or HTML, which MJML takes over as it stands.
_TEXT: Final = frozenset(
    {
        "mj-text",
        "mj-button",
        "mj-table",
        "mj-raw",
        "mj-social-element",
        "mj-navbar-link",
        "mj-accordion-title",
        "mj-accordion-text",
        "mj-title",
        "mj-preview",
        "mj-style",
    }
)
_EMPTY: Final = frozenset(
    {
        "mj-image",
        "mj-divider",
        "mj-spacer",
        "mj-carousel-image",
        "mj-accordion-element",
        "mj-all",
        "mj-class",
        "mj-font",
        "mj-breakpoint",
        "mj-html-attributes",
        "mj-selector",
        "mj-html-attribute",
    }
)
_KNOWN: Final = _STRUCTURE | _STRICT | _TEXT | _EMPTY
_TAG: Final = re.compile(r"<(?P<close>/?)(?P<tag>[A-Za-z][\w-]*)[^<>]*?(?P<empty>/?)>")
_VOID: Final = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
#: Tags inside tags; the compiler would run out of stack, and take the process with it, at some thousands.
DEEPEST: Final = 100
_FONTS_OF_MJML: Final = "Ubuntu, Helvetica, Arial, sans-serif"
#: Fonts that the reader's own machine has, Japanese ones first.
OWN_FONTS: Final = (
    "'Hiragino Sans','Hiragino Kaku Gothic ProN','Yu Gothic UI',Meiryo,'Noto Sans CJK JP',Helvetica,Arial,sans-serif"
)


class LayoutMalformed(TenshuError):
    """MJML that cannot become HTML."""

    template = N_("The layout cannot be read at line {line}: {reason}. Correct it and save again.")


def html_of(source: str, *, language: str) -> str:
    """Return the HTML template of an MJML layout, its Liquid in place; plain HTML is returned as it is.

    Raises:
        LayoutMalformed: broken MJML, an unknown tag, or Liquid where MJML would lose it.

    >>> html = html_of("<mjml><mj-body>{% if a < 3 %}<mj-section/>{% endif %}</mj-body></mjml>", language="ja")
    >>> "{% if a < 3 %}" in html and "fonts.googleapis.com" not in html
    True
    """
    if "<mjml" not in source:
        return source
    liquid: list[str] = []

    def keep(comment: str) -> str:
        return comment if comment.startswith("<!--[if") else "\n" * comment.count("\n")

    def swap(found: str) -> str:
        liquid.append(found)
        return f"zqlq{len(liquid) - 1}qlqz"

    source = replaced(source, _COMMENT, keep)
    _refuse_deep(source)
    start = source.index("<mjml")
    end = source.rfind("</mjml>") + len("</mjml>")
    if end < start or replaced(source[:start] + source[end:], LIQUID, lambda _: "").strip():
        raise LayoutMalformed(line=1, reason="it must start with <mjml> and end with </mjml>")
    wrapped = _wrapped(replaced(source[start:end], LIQUID, swap), liquid)
    html = _rendered(_with_language(wrapped, language), liquid)
    lost = [text for number, text in enumerate(liquid) if f"zqlq{number}qlqz" not in html]
    if lost:
        raise LayoutMalformed(line=_line_of(source, lost[0]), reason=f"{lost[0]} stands where the layout would lose it")
    body = _TOKEN.sub(lambda found: liquid[int(found[1])], html).replace(_FONTS_OF_MJML, OWN_FONTS)
    return source[:start].strip() + body + source[end:].strip()


def _refuse_deep(source: str) -> None:
    depth = 0
    for piece in _TAG.finditer(source):
        if piece["close"]:
            depth -= 1
        elif not piece["empty"] and piece["tag"].lower() not in _VOID:
            depth += 1
        if depth > DEEPEST:
            line = source.count("\n", 0, piece.start()) + 1
            raise LayoutMalformed(line=line, reason=f"more than {DEEPEST} tags stand inside each other")


def _wrapped(text: str, liquid: list[str]) -> str:
    """Wrap the tokens that stand between tags in mj-raw, following which tag is open."""
    made: list[str] = []
    opened: list[str] = []
    at = 0
    for piece in _PIECE.finditer(text):
        made.append(text[at : piece.start()])
        at = piece.end()
        parent = opened[-1] if opened else "mjml"
        if piece["token"]:
            made.append(_placed(piece, parent, text, liquid))
            continue
        made.append(piece[0])
        if parent == "mj-raw" and not (piece["close"] and piece["tag"] == "mj-raw"):
            continue
        _follow(piece, opened, text, liquid)
    made.append(text[at:])
    return "".join(made)


def _placed(piece: re.Match[str], parent: str, written: str, liquid: list[str]) -> str:
    token = piece["token"]
    if parent in _STRUCTURE:
        return f"<mj-raw>{token}</mj-raw>"
    if parent in _STRICT:
        text = liquid[int(_TOKEN.findall(token)[0])]
        raise LayoutMalformed(
            line=_line(written[: piece.start()], liquid), reason=f"{text} cannot stand directly inside <{parent}>"
        )
    return token


def _follow(piece: re.Match[str], opened: list[str], text: str, liquid: list[str]) -> None:
    tag = piece["tag"]
    if tag not in _KNOWN:
        raise LayoutMalformed(line=_line(text[: piece.start()], liquid), reason=f"<{tag}> is no tag of MJML")
    if piece["close"]:
        if opened and opened[-1] == tag:
            opened.pop()
    elif not piece["empty"]:
        opened.append(tag)


def _with_language(text: str, language: str) -> str:
    opening = text[: text.index(">")]
    return text if " lang=" in opening else text.replace("<mjml", f'<mjml lang="{language}"', 1)


def _rendered(text: str, liquid: list[str]) -> str:
    options = mrml.RenderOptions(fonts={}, disable_comments=True)
    try:
        return mrml.to_html(text, render_options=options).content
    except OSError as error:
        place = re.search(r"at position (\d+)", str(error))
        before = text.encode()[: int(place[1])].decode(errors="ignore") if place else text
        raise LayoutMalformed(line=_line(before, liquid), reason=str(error).split(" in root")[0]) from error


def _line(before: str, liquid: list[str]) -> int:
    inside = sum(liquid[int(number)].count("\n") for number in _TOKEN.findall(before))
    return before.count("\n") + inside + 1


def _line_of(source: str, text: str) -> int:
    return source[: source.index(text)].count("\n") + 1
