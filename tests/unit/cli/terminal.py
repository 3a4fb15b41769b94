"""Type commands as a person does, and look at what comes back."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tenshu.bootstrap import REHEARSED_UNTIL
from tenshu.cli.main import cli
from tenshu.store.ledger import Ledger
from tenshu.store.settings import write_setting
from tenshu.testing.small_shop import everybody


def type_in(*arguments: str | Path, language: str = "en", piped: bytes | None = None) -> Result:
    """Type a command; what our code raises by mistake is raised here."""
    words = ["--language", language, *map(str, arguments)]
    return CliRunner().invoke(cli, words, input=piped, catch_exceptions=False)


def told(*arguments: str | Path, language: str = "en", piped: bytes | None = None) -> str:
    """Return what a command says that works."""
    result = type_in(*arguments, language=language, piped=piped)
    assert result.exit_code == 0, result.output
    return result.output


def refusal(*arguments: str | Path, language: str = "en") -> str:
    """Return the sentence with which a command refuses: exit code 1, one line, no traceback."""
    result = type_in(*arguments, language=language)
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1
    return result.output.removeprefix("Error: ").strip()


def clock_stands_at(home: Path, instant: datetime) -> None:
    """Let the clock of a home stand still, as a rehearsal does."""
    ledger = Ledger(home / "ledger.sqlite")
    with ledger.writing() as tx:
        write_setting(tx, REHEARSED_UNTIL, instant.isoformat())
    ledger.close()


def written(path: Path, data: Any) -> Path:
    """Write a JSON file and return where it is."""
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def hello(**changes: Any) -> dict[str, Any]:
    """Return the definition of one mail to everybody at Monday noon."""
    return {
        "tenshu": "journey/1",
        "name": "hello",
        "title": {"ja": "ご挨拶", "en": "Hello"},
        "holdout_rate": 0.0,
        "entry": {"kind": "broadcast", "at": "2026-06-01T12:00", "condition": everybody()},
        "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.1},
        "review_on": "2026-09-01",
        "first_step": "send",
        "steps": {
            "send": {"kind": "send", "channel": "email", "template": "hello", "next": "end"},
            "end": {"kind": "exit"},
        },
        **changes,
    }
