"""A page's function may be named: it is loaded by the first visit, and every name leads to one."""

import subprocess
import sys

import pytest
from starlette.responses import PlainTextResponse, Response

from tenshu.bootstrap import Shop
from tenshu.web.console.areas import AREAS, all_pages
from tenshu.web.console.page import Page
from tenshu.web.console.visit import Visit
from tests.unit.web.console.visiting import visiting


def here(_visit: Visit) -> Response:
    """Answer."""
    return PlainTextResponse("here")


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: f"{page.method} {page.path}")
def test_every_page_has_a_function_that_answers(page: Page) -> None:
    assert callable(page.function)


def test_a_function_that_is_given_is_the_one_that_answers() -> None:
    assert Page("/here", here).function is here


def test_a_named_function_is_the_one_of_that_name() -> None:
    from tenshu.web.console.ranks import routes  # noqa: PLC0415 - what the name is to lead to

    assert Page("/ranks", "ranks.routes:show").function is routes.show


@pytest.mark.parametrize("name", ["ranks.routes:nobody", "nowhere.routes:show"])
def test_a_name_that_leads_nowhere_is_an_error_and_no_blank_page(name: str) -> None:
    with pytest.raises((AttributeError, ModuleNotFoundError)):
        _ = Page("/nowhere", name).function


def test_no_address_is_given_twice_for_one_method() -> None:
    told = [(page.method, page.path) for page in all_pages()]
    assert len(told) == len(set(told))
    assert sum(len(area.PAGES) for area in AREAS) == len(told)


def test_the_table_of_pages_loads_no_area_that_reads_the_warehouse() -> None:
    source = "import sys, tenshu.web.console.areas; print('tenshu.web.console.segments.routes' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_a_visit_loads_what_it_needs(console_shop: Shop) -> None:
    with visiting(console_shop, "viewer") as client:
        assert client.get("/ranks").status_code == 200
