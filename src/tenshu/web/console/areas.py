"""Every page of the console, area by area."""

from typing import Final

from tenshu.web.console import (
    customers,
    data,
    entry,
    guide,
    home,
    imports,
    keeping,
    outbox,
    people,
    ranks,
    reports,
    scenarios,
    segments,
    settings,
    setup,
    templates_,
)
from tenshu.web.console.page import Page

AREAS: Final = (
    entry,
    setup,
    home,
    customers,
    segments,
    ranks,
    scenarios,
    templates_,
    outbox,
    reports,
    imports,
    guide,
    data,
    settings,
    people,
    keeping,
)


def all_pages() -> tuple[Page, ...]:
    """Return every page; of two that fit an address the earlier one answers."""
    return tuple(page for area in AREAS for page in area.PAGES)
