"""`tenshu` answers at once, in the terminal's language, and with a sentence when something is wrong."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tenshu import __version__
from tenshu.bootstrap import open_shop
from tenshu.cli.main import COMMANDS, cli
from tests.unit.cli.terminal import hello, refusal, told, type_in, written
from tests.unit.cli.test_template import template

#: Every command that works on a home, with what else it needs; the test makes the files named with @.
ON_A_HOME = [
    ("import", "@file"),
    ("rfm",),
    ("decile",),
    ("segment", "count", "--condition", "@file"),
    ("shop", "name=花屋"),
    ("template", "add", "@template"),
    ("template", "list"),
    ("scenario", "start", "@scenario"),
    ("scenario", "pause", "hello"),
    ("scenario", "resume", "hello"),
    ("scenario", "list"),
    ("run",),
    ("bounce", "@file"),
    ("report",),
    ("why", "--customer", "1"),
]


def test_the_version_is_the_packages() -> None:
    assert told("--version") == f"tenshu, version {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_that_says_what_it_does(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    assert name in told("--help")
    assert "--help" in told(name, "--help")


def test_the_command_line_itself_loads_no_engine() -> None:
    # What makes a command slow to start is loaded by the command that needs it.
    heavy = "('duckdb', 'polars', 'scipy', 'starlette')"
    code = f"import sys, tenshu.cli.main; print([one for one in {heavy} if one in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_command_that_does_not_exist_shows_the_usage() -> None:
    result = type_in("sgement")
    assert result.exit_code == click.UsageError.exit_code
    assert "No such command 'sgement'" in result.output


@pytest.mark.parametrize(
    ("locale", "said"), [("ja_JP.UTF-8", "店のデータがありません"), ("C.UTF-8", "There is no shop in")]
)
def test_the_terminals_language_is_spoken_when_none_is_given(tmp_path: Path, locale: str, said: str) -> None:
    spoken = {"LC_ALL": locale, "LC_MESSAGES": "", "LANG": ""}
    result = CliRunner(env=spoken).invoke(cli, ["report", "--home", str(tmp_path / "none")], catch_exceptions=False)
    assert result.exit_code == 1
    assert said in result.output


@pytest.fixture
def held(small_home: Path) -> Iterator[Path]:
    """Hold a home open in another process, as `tenshu serve` does."""
    code = "import sys; from pathlib import Path; from tenshu.bootstrap import open_shop\n"
    code += f"shop = open_shop(Path({str(small_home)!r})); print('open', flush=True); sys.stdin.read(); shop.close()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        yield small_home
        holder.communicate("")
    open_shop(small_home).close()


def test_a_home_opened_by_another_process_is_said_by_every_command(held: Path, tmp_path: Path) -> None:
    files = {"@file": {"kind": "did", "event": "order_completed"}, "@template": template(), "@scenario": hello()}
    made = {name: str(written(tmp_path / f"{name[1:]}.json", data)) for name, data in files.items()}
    for command in ON_A_HOME:
        said = refusal(*(made.get(word, word) for word in command), "--home", held)
        assert "is open in another process (PID " in said, command
        assert "tenshu serve" in said, command
    assert "別のプロセス" in refusal("report", "--home", held, language="ja")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_result_that_cannot_be_written_is_a_sentence(small_home: Path, tmp_path: Path, language: str) -> None:
    nowhere = tmp_path / "nowhere" / "out.json"
    for command in (["report"], ["rfm"], ["decile"], ["why", "--customer", "S-1"]):
        said = type_in(*command, "--home", small_home, "--json", nowhere, language=language)
        assert said.exit_code == 1
        last = said.output.splitlines()[-1]
        wanted = "could not be read or written: No such file" if language == "en" else "を読み書きできませんでした"
        assert str(nowhere) in last
        assert wanted in last


def test_a_fault_of_our_own_is_not_hidden_behind_a_sentence(small_home: Path) -> None:
    # A home whose ledger is rubbish is nothing a sentence of ours foresees: the traceback is wanted.
    (small_home / "ledger.sqlite").write_bytes(b"rubbish" * 1000)
    result = CliRunner().invoke(cli, ["report", "--home", str(small_home)])
    assert result.exit_code == 1
    assert not isinstance(result.exception, SystemExit)
