"""What the editor's form sends: read out of the page, as a browser would send it back."""

import html
from html.parser import HTMLParser

from tests.unit.web.console.visiting import Visitor


class _Form(HTMLParser):
    """Reads the fields of the form `letter`, those outside of it that belong to it included."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, str] = {}
        self._inside = False
        self._text: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == "letter"
        if not (self._inside or given.get("form") == "letter"):
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "textarea":
            self._text = name
            self.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = given.get("value", "")
        elif tag == "input" and name and kind not in {"file", "radio"} and (kind != "checkbox" or "checked" in given):
            self.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._text is not None:
            self.fields[self._text] = self.fields[self._text].removeprefix("\n")
            self._text = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self.fields[self._text] += data


def fields_of(page: str) -> dict[str, str]:
    """Return what the form of an editor's page holds; options without a value send their words."""
    reader = _Form()
    reader.feed(page)
    return {name: value or ("3" if name.endswith(".count") else value) for name, value in reader.fields.items()}


def opened(visitor: Visitor, name: str = "welcome", **query: str) -> dict[str, str]:
    """Open the editor; return what its form holds."""
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    answer = visitor.get(f"/templates/{name}?{asked}")
    assert answer.status_code == 200
    return fields_of(answer.text)


def words_of(page: str) -> str:
    """Return a page's text with its entities read."""
    return html.unescape(page)
