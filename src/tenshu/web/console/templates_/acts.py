"""What the editor's buttons do: keep what is written, change blocks, save, bring back, test, upload, look."""

import msgspec
from starlette.responses import Response

from tenshu.content.blocks.block import Blocks
from tenshu.content.blocks.brand import Brand, checked_brand, read_brand, write_brand
from tenshu.content.blocks.letter import check_blocks
from tenshu.content.picture import LARGEST_BYTES, keep_picture, read_picture
from tenshu.content.shelf import forget_draft, free_name, keep, look_again, newest, without_blocks
from tenshu.content.starters import begin, starters
from tenshu.content.template import TemplateText, compile_template
from tenshu.deliver.test_send import send_test
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, _n
from tenshu.web.console.templates_ import form
from tenshu.web.console.templates_.desk import (
    LANGUAGES,
    Desk,
    as_whom,
    lay_down,
    lay_source,
    save,
    sit_down,
)
from tenshu.web.console.templates_.editor_view import said
from tenshu.web.console.templates_.pages import colleagues, context, editor_page
from tenshu.web.console.visit import Visit


class LetterUnfinished(TenshuError):
    """A letter that cannot be saved as it is."""

    template = N_("The letter is kept as it is, but cannot be saved yet. Still to be put right: {count}. {first}")


class AddressRefused(TenshuError):
    """A test to somebody who does not work here."""

    template = N_("A test goes only to people who work here. {address} is none of theirs.")


def create(visit: Visit) -> Response:
    """Begin a new template."""
    chosen = visit.said("starter")
    starter = next((one for one in starters() if one.name == chosen), starters()[-1])
    title = visit.said("title")[:80] or starter.said(visit.language).title
    brand = read_brand(visit.shop.ledger)
    with visit.shop.ledger.writing() as tx:
        name = free_name([one.source.name for one in newest(tx)], starter.name)
        source = begin(starter, name, title=title, brand=brand)
        keep(tx, without_blocks(source) if visit.said("as_source") else source, now=visit.now)
    return visit.go(f"/templates/{name}", said=_("Made. Change the words as you like."))


def write(visit: Visit) -> Response:
    """Keep what is being written, and show how it reads now."""
    desk = _written(visit)
    return visit.lost() if desk is None else visit.part("templates_/written.html", **context(visit, desk))


def change(visit: Visit) -> Response:
    """Do what a button of the letter says: add, move, take out, bring back, upload, another language."""
    desk = _written(visit)
    if desk is None:
        return visit.lost()
    order, focus, removed, problem = visit.said("act"), "", "", ""
    try:
        desk, focus, removed = _changed(visit, desk, order)
    except TenshuError as error:
        problem = error.text()
    if visit.is_part:
        return visit.part(
            "templates_/workshop.html",
            **context(visit, desk, problem=problem, focus=focus, verb=order.partition(":")[0], removed=removed),
        )
    if problem:
        return editor_page(visit, desk, problem=problem, status=400)
    return visit.go(_address(visit, desk, focus))


def save_letter(visit: Visit) -> Response:
    """Save the letter as its next version."""
    desk = _written(visit)
    if desk is None:
        return visit.lost()
    before = desk.version
    try:
        version = _save(visit, desk)
    except TenshuError as error:
        return editor_page(visit, desk, problem=error.text(), status=400)
    if version == before:
        return visit.go(_address(visit, desk), said=_("Nothing had changed."))
    undo = (f"{desk.address}/restore?version={before}", _("Undo"))
    return visit.go(_address(visit, desk), said=_("Saved as version {number}.", number=version), undo=undo)


def discard(visit: Visit) -> Response:
    """Throw away what is not saved."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    with visit.shop.ledger.writing() as tx:
        forget_draft(tx, desk.name, visit.person.id)
    return visit.go(desk.address, said=_("Back to what was saved last."))


def restore(visit: Visit) -> Response:
    """Bring an earlier version back, as the newest one."""
    desk = sit_down(visit)
    wanted = as_whom(visit.form.get("version") or visit.query.get("version"))
    found = None if desk is None else next((one for one in desk.kept if one.version == wanted), None)
    if desk is None or found is None:
        return visit.lost()
    with visit.shop.ledger.writing() as tx:
        version = keep(tx, found.source, now=visit.now)
        forget_draft(tx, desk.name, visit.person.id)
    undo = (f"{desk.address}/restore?version={desk.version}", _("Undo"))
    words = _("Version {number} is back, as version {version}.", number=found.version, version=version)
    return visit.go(desk.address, said=words, undo=undo)


def test(visit: Visit) -> Response:
    """Save what is written, and send it to somebody who works here."""
    desk = _written(visit)
    if desk is None:
        return visit.lost()
    to = visit.said("to") or visit.person.email
    try:
        if to not in colleagues(visit):
            raise AddressRefused(address=to[:80] or "-")
        _save(visit, desk)
        send_test(
            visit.shop,
            desk.name,
            to=to,
            language=desk.language,
            customer=as_whom(visit.form.get("as")),
            now=visit.now,
            person=visit.person.id,
        )
    except TenshuError as error:
        fresh = sit_down(visit, desk.language)
        return editor_page(visit, fresh or desk, problem=error.text(), status=error.status)
    return visit.go(_address(visit, desk), said=_("A test went to {address}.", address=to))


def set_brand(visit: Visit) -> Response:
    """Change how letters look, and give the look to every letter of blocks."""
    before = read_brand(visit.shop.ledger)
    width = visit.said("width")
    upload = visit.uploads.get("logo")
    try:
        logo = "" if visit.said("no_logo") else before.logo
        if upload is not None:
            logo = _kept_picture(visit, upload.file.read(LARGEST_BYTES + 1), upload.name)
        brand = checked_brand(
            Brand(colour=visit.said("colour").lower(), logo=logo, width=int(width) if width.isdecimal() else 0)
        )
    except TenshuError as error:
        return visit.page("templates_/brand.html", status=400, brand=before, problem=error.text())
    with visit.shop.ledger.writing() as tx:
        write_brand(tx, brand)
    changed = look_again(visit.shop.ledger, brand, now=visit.now)
    return visit.go(
        "/templates/brand",
        said=_n("Saved. {count} letter has the new look.", "Saved. {count} letters have the new look.", len(changed)),
    )


def show_brand(visit: Visit) -> Response:
    """Show how letters look."""
    return visit.page("templates_/brand.html", brand=read_brand(visit.shop.ledger), problem="")


def _written(visit: Visit) -> Desk | None:
    """Return the desk with what the form says laid down on it."""
    desk = sit_down(visit, visit.said("in"))
    if desk is None:
        return None
    text = form.read_letter(dict(visit.form), desk.text, language=desk.language)
    title = visit.form.get("title")
    return lay_down(visit, desk, text, title=title.strip() if isinstance(title, str) and title.strip() else None)


def _changed(visit: Visit, desk: Desk, order: str) -> tuple[Desk, str, str]:
    """Return the desk after an order, the path of the block it was about, and a block that was taken out."""
    verb, _colon, rest = order.partition(":")
    if verb == "tab":
        return _in_language(visit, desk, rest), "", ""
    blocks = desk.text.blocks
    if blocks is None:
        return desk, "", ""
    removed = ""
    if verb == "back":
        blocks, focus = form.come_back(blocks, visit.said("removed"))
    elif verb == "upload":
        blocks, focus = _with_picture(visit, blocks, rest), rest
    else:
        removed = _to_come_back(blocks, rest) if verb == "out" else ""
        blocks, focus = form.act(blocks, order)
    return lay_down(visit, desk, _with_blocks(desk.text, blocks)), focus, removed


def _in_language(visit: Visit, desk: Desk, language: str) -> Desk:
    """Return the desk with another language on it; one that is not there yet begins with the words of this one."""
    if language not in LANGUAGES:
        return desk
    if language not in desk.source.languages:
        languages = {**desk.source.languages, language: desk.text}
        desk = lay_source(visit, desk, msgspec.structs.replace(desk.source, languages=languages))
    return msgspec.structs.replace(desk, language=language)


def _to_come_back(blocks: Blocks, path: str) -> str:
    if not path.isdecimal() or int(path) >= len(blocks):
        return ""
    return msgspec.json.encode({"place": int(path), "block": blocks[int(path)]}).decode()


def _with_picture(visit: Visit, blocks: Blocks, path: str) -> Blocks:
    """Return the blocks with the uploaded picture in the one that asked for it."""
    upload = visit.uploads.get(f"b{path}.file")
    if upload is None:
        return blocks
    src = _kept_picture(visit, upload.file.read(LARGEST_BYTES + 1), upload.name)
    return form.with_picture(blocks, path, src)


def _kept_picture(visit: Visit, content: bytes, name: str) -> str:
    return keep_picture(visit.shop.home, read_picture(content, name=name))


def _save(visit: Visit, desk: Desk) -> int:
    """Save when nothing is wrong any more; return the version.

    Raises:
        LetterUnfinished, TemplateMalformed: something is.
    """
    for text in desk.source.languages.values():
        wrong = check_blocks(text.blocks) if text.blocks is not None else []
        if wrong:
            raise LetterUnfinished(count=len(wrong), first=said(wrong[0]))
    finished = desk.finished()
    for language in finished.languages:
        compile_template(finished, language)
    return save(visit, desk)


def _with_blocks(text: TemplateText, blocks: Blocks) -> TemplateText:
    return msgspec.structs.replace(text, blocks=blocks)


def _address(visit: Visit, desk: Desk, focus: str = "") -> str:
    customer = as_whom(visit.form.get("as"))
    return f"{desk.address}?in={desk.language}&as={customer or 0}" + (f"#block-{focus}" if focus else "")
