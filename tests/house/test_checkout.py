"""The checkout is tidy: a root that can be read at a glance, pins, no address or path of one machine."""

import json
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house import rules, tree

REQUIREMENTS = tuple(path for path in tree.files() if path.parts[0] == "requirements")


def _project() -> dict[str, Any]:
    return tomllib.loads(tree.read(Path("pyproject.toml")))


def _pins(*names: str) -> dict[str, str]:
    lines = [line for name in names for line in tree.read(Path("requirements", name)).splitlines()]
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_root_holds_only_what_is_on_the_list() -> None:
    assert rules.strangers(path.parts[0] for path in tree.files()) == []


def test_no_file_names_a_registry_host_or_a_path_of_a_machine() -> None:
    found = [f"{path}: {said}" for path in tree.text_files() for said in rules.hosts_and_paths(tree.read(path))]
    assert found == []


def test_every_requirement_is_pinned_without_an_address() -> None:
    assert {str(path): rules.unpinned(tree.read(path)) for path in REQUIREMENTS} == {str(p): [] for p in REQUIREMENTS}


def test_no_library_is_pinned_twice() -> None:
    names = [line.split("==")[0] for path in REQUIREMENTS for line in tree.read(path).splitlines() if "==" in line]
    build_and_run = {"packaging", "pluggy", "pathspec", "tomlkit"}
    assert sorted(name for name in set(names) if names.count(name) > 1 and name not in build_and_run) == []


def _unsatisfied(declared: list[str], pins: dict[str, str]) -> list[str]:
    wanted = [Requirement(line) for line in declared]
    return [str(one) for one in wanted if not one.specifier.contains(pins.get(canonicalize_name(one.name), "0"))]


def test_the_pins_satisfy_what_the_project_declares() -> None:
    assert _unsatisfied(_project()["project"]["dependencies"], _pins("run.txt")) == []


def test_the_pins_satisfy_what_the_developers_need() -> None:
    groups = _project()["dependency-groups"]
    assert (
        _unsatisfied([line for group in groups.values() for line in group], _pins("build.txt", "dev.txt", "run.txt"))
        == []
    )


def test_the_npm_lock_names_no_download_address() -> None:
    lock = tree.read(Path("package-lock.json"))
    assert rules.resolved_addresses(lock) == []
    packages = json.loads(lock)["packages"]
    assert [name for name, one in packages.items() if name and not one.get("integrity")] == []


def test_no_large_file_slipped_in() -> None:
    # The purchases of the demo are the one large file, with their licence beside them.
    meant = {"online_retail.parquet"}
    large = [path for path in tree.files() if (tree.ROOT / path).stat().st_size > 1_500_000]
    assert [str(path) for path in large if path.name not in meant] == []


def test_shipped_data_says_where_it_comes_from() -> None:
    for path in tree.files():
        if path.suffix == ".parquet":
            said = (tree.ROOT / path.parent / "ATTRIBUTION.md").read_text(encoding="utf-8")
            assert "Daqing Chen" in said
            assert "CC BY 4.0" in said


def test_what_make_builds_is_not_kept() -> None:
    ignored = tree.read(Path(".gitignore"))
    for made in ("/.venv/", "/node_modules/", "/src/tenshu/web/static/vendor/", "/build/"):
        assert made in ignored
