"""The command `tenshu`: one file a command, loaded only when it is asked for."""

from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from tenshu import __version__
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import LANGUAGES, N_, set_language, terminal_language
from tenshu.serve.lean import begin_lean

#: Command -> module and name of its click command, and what it is for.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "import": ("tenshu.cli.import_", "import_files"),
    "undo": ("tenshu.cli.undo", "undo"),
    "rfm": ("tenshu.cli.rfm", "rfm"),
    "decile": ("tenshu.cli.decile", "decile"),
    "segment": ("tenshu.cli.segment_kept", "segment"),
    "shop": ("tenshu.cli.shop", "shop"),
    "template": ("tenshu.cli.template", "template"),
    "scenario": ("tenshu.cli.scenario_running", "scenario"),
    "run": ("tenshu.cli.run", "run"),
    "bounce": ("tenshu.cli.bounce", "bounce"),
    "report": ("tenshu.cli.report", "report"),
    "why": ("tenshu.cli.why", "why"),
    "serve": ("tenshu.cli.serve", "serve_command"),
    "staff": ("tenshu.cli.staff", "staff"),
    "jobs": ("tenshu.cli.jobs", "jobs"),
    "backup": ("tenshu.cli.backup", "backup"),
    "restore": ("tenshu.cli.backup", "restore"),
    "export": ("tenshu.cli.export", "export"),
    "doctor": ("tenshu.cli.doctor.command", "doctor"),
    "demo": ("tenshu.cli.demo", "demo"),
}


class FileTrouble(TenshuError):
    """The system would not let a file be read or written."""

    template = N_("{path} could not be read or written: {reason}.")


class _Commands(click.Group):
    """A group that imports a command only when it is used, and says errors in the user's language."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of ours is a sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except TenshuError as problem:
            raise click.ClickException(problem.text()) from problem
        except OSError as problem:
            if problem.filename is None:
                raise  # no file of the user's: a closed pipe, which click knows, or a fault of ours
            trouble = FileTrouble(path=problem.filename, reason=problem.strerror)
            raise click.ClickException(trouble.text()) from problem


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="tenshu")
@click.option("--language", type=click.Choice(LANGUAGES), help="ja or en (default: the terminal's).")
def cli(language: str | None) -> None:
    """Know every regular, say the right word at the right time, or nothing (店主 tenshu)."""
    set_language(language or terminal_language())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    begin_lean()
    cli(list(arguments) if arguments is not None else None)
