"""The code keeps the house rules: small files, small functions, one clock, as many tests as it needs."""

from collections.abc import Callable
from pathlib import Path

from tests.house import rules, tree

SOURCE = tree.python_files("src")
TESTS = tree.python_files("tests")
CODE = (*SOURCE, *TESTS, *tree.python_files("benchmarks", "scripts"), Path("hatch_build.py"))


def _complaints(paths: tuple[Path, ...], rule: Callable[[str], list[str]]) -> list[str]:
    return [f"{path}: {complaint}" for path in paths for complaint in rule(tree.read(path))]


def test_no_file_is_longer_than_500_lines() -> None:
    kept = tuple(path for path in tree.text_files() if path.suffix in {".py", ".sql", ".css", ".js", ".html"})
    assert _complaints(kept, rules.too_long_file) == []


def test_no_function_body_is_longer_than_50_lines() -> None:
    # A migration is a record of what was done once, written out by a tool: it is read, never changed.
    written = tuple(path for path in SOURCE if "migrations" not in path.parts)
    assert _complaints(written, rules.too_long_functions) == []


def test_no_test_is_longer_than_60_lines() -> None:
    assert _complaints(TESTS, lambda source: rules.too_long_functions(source, rules.MAX_TEST_LINES)) == []


def test_no_function_asks_for_more_than_8_things() -> None:
    assert _complaints(CODE, rules.too_many_parameters) == []


def test_every_module_says_its_job() -> None:
    said = tuple(path for path in CODE if path.parts[0] != "tests" or path.name != "__init__.py")
    assert _complaints(said, rules.no_module_docstring) == []


def test_only_the_clock_reads_the_time_of_the_machine() -> None:
    others = tuple(path for path in SOURCE if path.parts[-2:] != ("kit", "clock.py"))
    assert _complaints(others, rules.wall_clock_calls) == []


def test_chance_is_always_seeded() -> None:
    assert _complaints((*SOURCE, *TESTS), rules.random_imports) == []


def test_nothing_is_left_unfinished() -> None:
    assert _complaints((*SOURCE, *TESTS), rules.unfinished_marks) == []


def test_there_are_1_3_lines_of_tests_for_a_line_of_source() -> None:
    # Migrations are written by a tool; the room `testing` holds the suites that tests are made of.
    suites = tuple(path for path in SOURCE if "testing" in path.parts)
    written = tuple(path for path in SOURCE if not {"migrations", "testing"} & set(path.parts))
    source, tests = (sum(rules.code_lines(tree.read(path)) for path in some) for some in (written, (*TESTS, *suites)))
    assert tests / source >= rules.MIN_TESTS_PER_SOURCE, f"{tests} lines of tests for {source} of source"


def test_a_unit_test_lies_where_its_source_lies() -> None:
    wanted = {path.parts[2] for path in TESTS if path.parts[:2] == ("tests", "unit") and len(path.parts) > 3}
    assert wanted <= set(tree.rooms())


def test_tests_come_in_packages_so_that_names_may_repeat() -> None:
    folders = {path.parent for path in TESTS}
    assert [str(folder) for folder in sorted(folders) if not (tree.ROOT / folder / "__init__.py").is_file()] == []
