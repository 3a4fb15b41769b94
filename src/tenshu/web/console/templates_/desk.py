"""The desk: the letter that somebody has before them, saved or not, and as whom it is looked at."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from tenshu.content.blocks.brand import Brand, read_brand
from tenshu.content.retired import retired
from tenshu.content.shelf import Draft, Kept, forget_draft, keep, keep_draft, made, read_draft, versions
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.web.console.visit import Visit

LANGUAGES: Final = ("ja", "en")


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as one person has it before them.

    Attributes:
        name: of the template.
        kept: every saved version, the newest first.
        draft: what is not saved, or None.
        brand: how letters look.
        language: which of its languages is shown.
        is_retired: whether the shop has taken it out of use.
    """

    name: str
    kept: list[Kept]
    draft: Draft | None
    brand: Brand
    language: str
    is_retired: bool = False

    @property
    def source(self) -> TemplateSource:
        """The letter as it stands, unsaved words included."""
        return self.kept[0].source if self.draft is None else self.draft.source

    @property
    def address(self) -> str:
        """Where its page is."""
        return f"/templates/{quote(self.name, safe='')}"

    @property
    def text(self) -> TemplateText:
        """Its text in the language that is shown."""
        return self.source.languages[self.language]

    @property
    def version(self) -> int:
        """The newest version that was saved."""
        return self.kept[0].version

    @property
    def is_overtaken(self) -> bool:
        """Whether somebody else has saved another version since these words were begun."""
        return self.draft is not None and self.draft.based_on != self.version

    def finished(self, *, is_marked: bool = False) -> TemplateSource:
        """Return the letter with layout and text made of its blocks."""
        return made(self.source, self.brand, is_marked=is_marked)


def sit_down(visit: Visit, language: str = "") -> Desk | None:
    """Return the desk of the template in the address, or None when there is no such template."""
    name = visit.path["name"]
    with visit.shop.ledger.reading() as tx:
        kept, draft = versions(tx, name), read_draft(tx, name, visit.person.id)
        is_retired = name in retired(tx)
    if not kept:
        return None
    source = kept[0].source if draft is None else draft.source
    wanted = [language, visit.query.get("in", ""), visit.language, visit.settings.language, *source.languages]
    spoken = next(one for one in wanted if one in source.languages)
    brand = read_brand(visit.shop.ledger)
    return Desk(name=name, kept=kept, draft=draft, brand=brand, language=spoken, is_retired=is_retired)


def lay_down(visit: Visit, desk: Desk, text: TemplateText, *, title: str | None = None) -> Desk:
    """Keep the text, in the language that is shown, as what is not saved yet; what was saved is no draft."""
    languages = {**desk.source.languages, desk.language: text}
    source = msgspec.structs.replace(
        desk.source, languages=languages, title=desk.source.title if title is None else title[:80]
    )
    return lay_source(visit, desk, source)


def lay_source(visit: Visit, desk: Desk, source: TemplateSource) -> Desk:
    """Keep a whole letter as what is not saved yet."""
    based_on = desk.version if desk.draft is None else desk.draft.based_on
    is_saved = _bare(source) == _bare(desk.kept[0].source)
    with visit.shop.ledger.writing() as tx:
        if is_saved:
            forget_draft(tx, desk.name, visit.person.id)
        else:
            keep_draft(tx, source, person=visit.person.id, based_on=based_on, now=visit.now)
    draft = None if is_saved else Draft(source=source, based_on=based_on, changed_at=visit.now)
    return msgspec.structs.replace(desk, draft=draft)


def save(visit: Visit, desk: Desk) -> int:
    """Save the letter as its next version; return the version."""
    with visit.shop.ledger.writing() as tx:
        version = keep(tx, desk.finished(), now=visit.now)
        forget_draft(tx, desk.name, visit.person.id)
    return version


def as_whom(given: Any) -> int | None:
    """Return the number of a customer out of an address or a form; None when it names nobody.

    >>> as_whom("12"), as_whom("0"), as_whom("x")
    (12, None, None)
    """
    text = str(given or "")
    return int(text) if text.isdecimal() and len(text) < 19 and int(text) > 0 else None


def instant(visit: Visit) -> str:
    """Return business time as questions to the owner carry it."""
    now: datetime = visit.now
    return now.isoformat()


def _bare(source: TemplateSource) -> TemplateSource:
    """Return a letter without what is made of its blocks."""
    languages = {
        language: text if text.blocks is None else msgspec.structs.replace(text, mjml="", text="")
        for language, text in source.languages.items()
    }
    return msgspec.structs.replace(source, languages=languages)
