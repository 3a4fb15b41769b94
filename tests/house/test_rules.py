"""Every house rule finds what it is for, and leaves good work alone."""

import pytest

from tests.house import rules


def _function(lines: int, docstring: str = "") -> str:
    head = f'    """{docstring}"""\n' if docstring else ""
    return "def told():\n" + head + "    x = 1\n" * lines


def test_a_file_at_the_limit_is_fine_and_one_line_more_is_not() -> None:
    assert rules.too_long_file("x = 1\n" * 500) == []
    assert rules.too_long_file("x = 1\n" * 501) == ["501 lines, at most 500: split it by noun"]


def test_a_body_at_the_limit_is_fine_and_one_line_more_is_not() -> None:
    assert rules.too_long_functions(_function(50)) == []
    assert rules.too_long_functions(_function(51)) == ["told: a body of 51 lines, at most 50"]


def test_a_docstring_does_not_count_as_body() -> None:
    assert rules.too_long_functions(_function(50, docstring="Tell.\n\n" + "    more\n" * 40)) == []


def test_inner_functions_and_methods_are_measured_too() -> None:
    source = "class Shop:\n    async def open(self):\n" + "        x = 1\n" * 51
    assert rules.too_long_functions(source) == ["open: a body of 51 lines, at most 50"]


def test_a_function_with_only_a_docstring_has_no_body() -> None:
    only = next(rules.functions('def told():\n    """Tell."""\n'))
    assert rules.body_lines(only) == 0


@pytest.mark.parametrize(
    ("signature", "count"),
    [
        ("a, b, c, d, e, f, g, h", 8),
        ("self, a, b, c, d, e, f, g, h", 8),  # self is not asked of the caller
        ("a, b, /, c, *, d, e, f, g, h, i", 9),  # every kind counts
        ("*args, **kwargs", 0),  # open ends are not counted
    ],
)
def test_parameters_are_what_a_caller_may_give(signature: str, count: int) -> None:
    source = f"def told({signature}): ..."
    assert rules.parameters(next(rules.functions(source))) == count
    assert bool(rules.too_many_parameters(source)) == (count > 8)


def test_a_module_must_say_its_job() -> None:
    assert rules.no_module_docstring("x = 1\n") == ["no module docstring"]
    assert rules.no_module_docstring('"""Keep x."""\nx = 1\n') == []


@pytest.mark.parametrize(
    "call",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "dt.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "time.time_ns()",
    ],
)
def test_reading_the_wall_clock_is_found(call: str) -> None:
    assert rules.wall_clock_calls(f"at = {call}\n") == [f"line 1: {call.partition('(')[0]}()"]


@pytest.mark.parametrize("call", ["shop.clock.now()", "clock.now()", "time.monotonic()", "time.perf_counter()"])
def test_a_clock_that_was_given_may_be_read(call: str) -> None:
    assert rules.wall_clock_calls(f"at = {call}\n") == []


@pytest.mark.parametrize("line", ["import random", "from random import choice", "import os, random"])
def test_unseeded_chance_is_found(line: str) -> None:
    assert rules.random_imports(line) == ["imports random"]


def test_seeded_chance_is_fine() -> None:
    assert rules.random_imports("from tenshu.kit.rng import unit\nimport numpy as np\n") == []


@pytest.mark.parametrize("mark", ["TO" + "DO", "FIX" + "ME", "XX" + "X", "raise NotImplemented" + "Error"])
def test_unfinished_work_is_found(mark: str) -> None:
    assert rules.unfinished_marks(f"x = 1  # {mark}: later") == [f"unfinished: {mark}"]


def test_words_that_only_contain_a_mark_are_fine() -> None:
    assert rules.unfinished_marks("METODOLOGY fixmeup") == []


def test_catching_what_a_library_does_not_know_is_no_unfinished_work() -> None:
    assert rules.unfinished_marks("except (ValueError, NotImplemented" + "Error):") == []


@pytest.mark.parametrize(
    "text",
    [
        "https://pyp" + "i.org/simple",
        "https://files.pythonhoste" + "d.org/x",
        "https://registry.npmj" + "s.org/echarts",
        "http://deb.debia" + "n.org/debian",
        "/wor" + "k/main/src",
        "see /wor" + "k/shared/notes",
    ],
)
def test_registry_hosts_and_paths_of_a_machine_are_found(text: str) -> None:
    assert rules.hosts_and_paths(text)


@pytest.mark.parametrize("text", ["PyPI", "the npm registry", "framework/main", "https://doi.org/10.24432/C5BW33"])
def test_names_that_belong_to_everybody_are_fine(text: str) -> None:
    assert rules.hosts_and_paths(text) == []


def test_a_stranger_in_the_root_is_named() -> None:
    assert rules.strangers(["src", "notes.txt", "README.md", "tmp"]) == ["notes.txt", "tmp"]


@pytest.mark.parametrize(
    "line",
    ["polars>=2.0", "polars", "--index-url https://example.com", "polars==2.1.0 ; python_version<'3.12'", "-e ."],
)
def test_a_requirement_that_is_not_pinned_is_found(line: str) -> None:
    assert rules.unpinned(f"# head\n{line}\n") == [line]


def test_pins_are_fine() -> None:
    assert rules.unpinned("# head\npolars==2.1.0\npython-dateutil==4.0.0\n\n") == []


def test_a_download_address_in_a_lock_file_is_found() -> None:
    assert rules.resolved_addresses('{"resolved": "https://example.com/x.tgz"}') == ["a download address"]
    assert rules.resolved_addresses('{"integrity": "sha512-x"}') == []


def test_a_room_that_keeps_its_limits_to_itself_is_named() -> None:
    readme = "# know\n## The question\n## Words\n## Picture\n## In 60 seconds\n## How it decides\n## Next room\n"
    assert rules.missing_headings(readme) == ["limits"]
    assert rules.missing_headings(readme + "## Limits\n") == []
    assert rules.missing_headings(readme + "**Limits.** None that we know of.\n") == []
    assert rules.missing_headings(readme + "It knows no **limits**.\n") == ["limits"]


def test_blank_lines_do_not_count_as_code() -> None:
    assert rules.code_lines("x = 1\n\n   \ny = 2\n") == 2
