"""What an export holds of the shop's own words: scenarios, messages, segments, purposes, settings without secrets."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Table, select

from tenshu.content.tables import templates
from tenshu.journey.tables import journeys
from tenshu.kit.i18n import N_, _
from tenshu.privacy.tables import purpose_words
from tenshu.segment.tables import segments
from tenshu.store.ledger import Transaction
from tenshu.store.settings import settings

#: Below the export.
FOLDER: Final = "definitions"
#: What says what is what, for people.
READ_ME: Final = {"ja": "はじめにお読みください.txt", "en": "READ ME.txt"}
_DEFINED: Final[Mapping[str, Table]] = {
    "scenarios": journeys,
    "messages": templates,
    "segments": segments,
    "purposes": purpose_words,
}
#: A setting whose name holds one of these is a secret, and no business of a file that is passed on.
_SECRET: Final = ("password", "secret", "token", "credential", "key")
#: File -> what is in it.
WHAT: Final[Mapping[str, str]] = {
    "customers": N_("everybody who is known, one row a customer, with what was last said of them"),
    "identifiers": N_("by what each customer is told apart: numbers, addresses, telephones"),
    "orders": N_("one row an order of a known customer"),
    "order_lines": N_("every line of every order, also of customers who are not known"),
    "facts": N_("everything that happened, one row each; what a mail did is here too"),
    "consents": N_("who allowed what and who refused, with the proof"),
    "enrolments": N_("who walks or walked through which scenario"),
    "decisions": N_("for everybody a mail was planned for: sent, or why not"),
    "outbox": N_("every mail, with where it stands"),
    "imports": N_("the files that were imported, and those that were undone"),
    "suppressions": N_("how many addresses are not written to, and why; the addresses are kept only as digests"),
    FOLDER: N_("scenarios, messages, segments, purposes and settings as JSON, without passwords"),
}


def write_definitions(tx: Transaction, folder: Path) -> dict[str, int]:
    """Write each kind of definition, every version, as a JSON file; return how many there are of each."""
    folder.mkdir()
    counts = {}
    for name, table in _DEFINED.items():
        rows = [_read(row) for row in tx.frame(select(table).order_by(*table.primary_key.columns)).to_dicts()]
        _write(folder / f"{name}.json", rows)
        counts[name] = len(rows)
    kept = {row["name"]: msgspec.json.decode(row["value"]) for row in tx.frame(select(settings)).to_dicts()}
    _write(folder / "settings.json", without_secrets(kept))
    return counts


def without_secrets(said: Any) -> Any:
    """Return plain data without what nobody else may know, however deep it lies.

    >>> without_secrets({"host": "a", "password": "b", "more": [{"api_key": "c"}]})
    {'host': 'a', 'more': [{}]}
    """
    if isinstance(said, dict):
        return {name: without_secrets(value) for name, value in said.items() if not _is_secret(str(name))}
    return [without_secrets(one) for one in said] if isinstance(said, list) else said


def write_read_me(folder: Path, rows: Mapping[str, int], *, as_of: str, format_: str) -> None:
    """Write the page that says what is what, in both languages; Windows' editor reads it."""
    for language, name in READ_ME.items():
        text = "\r\n".join(_lines(rows, as_of, format_, language)) + "\r\n"
        (folder / name).write_bytes(text.encode("utf-8-sig"))


def _lines(rows: Mapping[str, int], as_of: str, format_: str, language: str) -> Iterator[str]:
    yield _("Everything that tenshu knows of this shop, as of {as_of} (UTC).", language, as_of=as_of)
    yield ""
    yield _("These files hold people's data. Keep them where only those can read them who need to.", language)
    yield ""
    for name, what in WHAT.items():
        if name == FOLDER:
            yield f"{name}/: {_(what, language)}"
        else:
            yield f"{name}.{format_} ({rows.get(name, 0):,}): {_(what, language)}"
    yield ""
    yield _(
        "Customers are told by their number in every file. Amounts are in the smallest unit of the money.", language
    )
    if format_ == "csv":
        yield _("Excel opens the CSV files; a text that could run as a formula has an apostrophe in front.", language)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET)


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its JSON read, so that it is JSON in the file and not text."""
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: Any) -> Any:
    return msgspec.json.decode(value) if name in {"body", "title"} and isinstance(value, str) else value


def _write(path: Path, said: Any) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")
