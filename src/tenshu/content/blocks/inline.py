"""The little language inside a block: merged values, bold words, links; everything else is plain words.

A merged value is one of a closed set: a field of the customer or of the shop, and filters that cannot fail. Whatever
else looks like Liquid is shown as the words that it is, so that a text typed by anybody always compiles.
"""

import html as markup
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tenshu.condition.words import TRAITS

#: What a merged value may read.
FIELDS: Final = frozenset({*(f"customer.{name}" for name in TRAITS), "shop.name", "shop.home_url", "shop.contact"})
_QUOTED: Final = r"(?:\"[^\"{}%]{0,100}\"|'[^'{}%]{0,100}')"
_PATTERN: Final = r"(?:\"(?:[^\"{}%]|%-?[YymdeHMaB])(?:[^\"{}%]|%-?[YymdeHMaB]){0,60}\")"
_FILTER: Final = (
    rf"\s{{0,9}}\|\s{{0,9}}(?:sama(?:\s?:\s?{_QUOTED})?|default\s?:\s?{_QUOTED}|date\s?:\s?{_PATTERN}|yen|strip|upcase)"
)
MERGE: Final = re.compile(
    rf"\{{\{{\s{{0,9}}(?P<path>(?:customer|shop)\.[a-z_]{{1,40}})(?P<filters>(?:{_FILTER}){{0,5}})\s{{0,9}}\}}\}}"
)
#: What may stand in the brackets of a link: no blanks but those inside the address of the shop's own site.
_URL: Final = r"(?:\{\{\s{0,9}shop\.home_url\s{0,9}\}\}[^()\s]{0,2000}|[^()\s]{1,2000})"
#: A link as it is written, whatever it leads to.
LINK_LIKE: Final = re.compile(rf"\[[^\[\]\n]{{1,300}}\]\(({_URL})\)")
_TOKEN: Final = re.compile(
    rf"(?P<merge>{MERGE.pattern.replace('?P<path>', '').replace('?P<filters>', '?:')})"
    r"|\*\*(?P<bold>[^*\n]{1,500})\*\*"
    rf"|\[(?P<words>[^\[\]\n]{{1,300}})\]\((?P<url>{_URL})\)"
)
#: Liquid, or the start of it.
LIQUID_LIKE: Final = re.compile(r"\{\{.{0,80}?\}\}|\{\{|\{%")
#: A brace that could begin Liquid, by itself or with what comes behind the words.
_OPENING: Final = re.compile(r"\{(?=[{%]|\Z)")
_HOME: Final = re.compile(r"\{\{\s{0,9}shop\.home_url\s{0,9}\}\}")
_WEB: Final = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.:-]*(?:[/?#][^\s<>\"'{}\\]*)?")
_AFTER_HOME: Final = re.compile(r"(?:[/?#][^\s<>\"'{}\\]*)?")
_MAIL_OR_CALL: Final = re.compile(r"(?:mailto:[^\s<>\"'{}\\]+@[^\s<>\"'{}\\]+|tel:[0-9+-]+)")
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Piece(NamedTuple):
    """A stretch of a text.

    Attributes:
        kind: words | merge | bold | link.
        said: the words as typed; of a merged value its Liquid.
        url: where a link leads.
    """

    kind: str
    said: str
    url: str = ""


def pieces(text: str) -> Iterator[Piece]:
    """Yield the stretches of a text in order.

    >>> [piece.kind for piece in pieces("**A** {{ customer.last_name | sama }} {{ nobody }} [b](https://b.example)")]
    ['bold', 'words', 'merge', 'words', 'link']
    """
    at = 0
    for found in _TOKEN.finditer(text):
        made = _piece(found)
        if made is None:
            continue
        if found.start() > at:
            yield Piece("words", text[at : found.start()])
        yield made
        at = found.end()
    if at < len(text):
        yield Piece("words", text[at:])


def _piece(found: re.Match[str]) -> Piece | None:
    if found["merge"]:
        return Piece("merge", found["merge"]) if is_merge(found["merge"]) else None
    if found["bold"]:
        return Piece("bold", found["bold"])
    return Piece("link", found["words"], found["url"]) if is_link(found["url"]) else None


def is_merge(written: str) -> bool:
    """Return whether this is a merged value that every letter can hold."""
    found = MERGE.fullmatch(written)
    return found is not None and found["path"] in FIELDS


def merged(text: str) -> list[str]:
    """Return the merged values of a text as written, in order.

    >>> merged("{{ customer.last_name | sama }}, {{ customer.nose }} {% raw %}")
    ['{{ customer.last_name | sama }}']
    """
    return [found[0] for found in MERGE.finditer(text) if found["path"] in FIELDS]


def unknown_merges(text: str) -> list[str]:
    """Return what looks like Liquid and is no merged value.

    >>> unknown_merges("{{ customer.last_name }} {{ customer.nose }} {% if x %}")
    ['{{ customer.nose }}', '{%']
    """
    rest = MERGE.sub(lambda found: "" if found["path"] in FIELDS else found[0], text)
    return [found[0] for found in LIQUID_LIKE.finditer(rest)]


def is_link(url: str) -> bool:
    """Return whether a link may be this: a web address, the shop's own site, mail or a telephone number.

    >>> is_link("https://a.example/b"), is_link("{{ shop.home_url }}/new"), is_link("javascript:alert(1)")
    (True, True, False)
    """
    home = _HOME.match(url)
    if home:
        return _AFTER_HOME.fullmatch(url, home.end()) is not None
    return _WEB.fullmatch(url) is not None or _MAIL_OR_CALL.fullmatch(url) is not None


def as_html(text: str, *, link_colour: str) -> str:
    """Return one paragraph as HTML with Liquid; line breaks are kept."""
    return "".join(_html_of(piece, link_colour) for piece in pieces(tidy(text)))


def _html_of(piece: Piece, link_colour: str) -> str:
    if piece.kind == "merge":
        return piece.said
    if piece.kind == "bold":
        return f"<strong>{words_with_merges(piece.said)}</strong>"
    if piece.kind == "link":
        shown = words_with_merges(piece.said)
        return f'<a href="{url_attribute(piece.url)}" style="color:{link_colour}">{shown}</a>'
    return words_html(piece.said)


def words_html(text: str) -> str:
    """Return plain words as HTML that Liquid and MJML leave alone."""
    return literal(markup.escape(text).replace("\n", "<br />"))


def words_with_merges(text: str) -> str:
    """Return words with merged values and no other marks as HTML with Liquid."""
    return "".join(said if is_value else words_html(said) for said, is_value in _parted(text))


def one_line(text: str) -> str:
    """Return words with merged values as one line of MJML, inside a tag or an attribute."""
    return words_with_merges(tidy(text).replace("\n", " "))


def url_attribute(url: str) -> str:
    """Return an address that `is_link` lets pass for an attribute of MJML; any other becomes #."""
    if not is_link(url):
        return "#"
    home = _HOME.match(url)
    if home:
        return "{{ shop.home_url }}" + markup.escape(url[home.end() :])
    return markup.escape(url)


def as_text(text: str) -> str:
    r"""Return one paragraph as plain text with Liquid; its links stand in lines of their own below it.

    >>> as_text("See **here**: [our news](https://a.example/b).")
    'See here: our news.\n  our news: https://a.example/b'
    """
    words: list[str] = []
    links: list[str] = []
    for piece in pieces(tidy(text)):
        if piece.kind == "bold":
            words.append(plain_words(piece.said))
        elif piece.kind == "link":
            words.append(plain_words(piece.said))
            links.append(f"  {plain_words(piece.said)}: {url_text(piece.url)}")
        else:
            words.append(piece.said if piece.kind == "merge" else literal(piece.said))
    return "\n".join(["".join(words), *links])


def plain_words(text: str) -> str:
    """Return words with merged values and no other marks as plain text with Liquid."""
    return "".join(said if is_value else literal(said) for said, is_value in _parted(text))


def url_text(url: str) -> str:
    """Return an address as plain text with Liquid."""
    return url if is_link(url) else ""


def literal(text: str) -> str:
    """Return words so that Liquid shows them as they are."""
    return _OPENING.sub("{{ '{' }}", text)


def tidy(text: str) -> str:
    """Return the text with line ends of one kind and without what no letter can hold."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, parted by empty lines."""
    return [part.strip("\n") for part in re.split(r"\n[ \t　]*\n\s*", tidy(text).strip()) if part.strip()]


def _parted(text: str) -> Iterator[tuple[str, bool]]:
    """Yield words and merged values in order, with whether each is a value."""
    at = 0
    for found in MERGE.finditer(text):
        if found["path"] not in FIELDS:
            continue
        yield text[at : found.start()], False
        yield found[0], True
        at = found.end()
    yield text[at:], False
