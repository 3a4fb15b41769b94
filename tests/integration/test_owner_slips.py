"""An owner's slips at a real terminal: one sentence in their language, exit code 1, no traceback, nothing changed."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tenshu.bootstrap import open_shop
from tenshu.kit.i18n import speaking
from tests.integration.owner import Owner, scenario, template

SLIPS = {
    "a home that is not there": (
        ["report", "--home", "{folder}/none"],
        "店のデータがありません。",
        "There is no shop in",
    ),
    "a setting that does not exist": (
        ["shop", "shop_name=花屋", "--home", "{home}"],
        "設定項目「shop_name」はありません。",
        'There is no setting "shop_name".',
    ),
    "a value that a setting cannot take": (
        ["shop", "zone=Tokyo", "--home", "{home}"],
        "zone に「Tokyo」は設定できません。",
        'zone cannot be "Tokyo".',
    ),
    "a template that is missing": (
        ["scenario", "start", "{folder}/spring.json", "--home", "{home}"],
        "テンプレート「again」",
        'sends the template "again", which this shop does not have. It has: hello.',
    ),
    "a definition that is broken": (
        ["scenario", "start", "{folder}/broken.json", "--home", "{home}"],
        "$.goal",
        "The scenario cannot be read at $.goal",
    ),
    "a scenario that was never started": (
        ["scenario", "pause", "sprnig", "--home", "{home}"],
        "シナリオ「sprnig」はありません。",
        'There is no scenario "sprnig" here.',
    ),
    "a customer nobody knows": (
        ["why", "--customer", "M-999", "--home", "{home}"],
        "M-999",
        "There is no customer M-999.",
    ),
    "a file that is not there": (
        ["import", "{folder}/none.xlsx", "--home", "{home}", "--yes"],
        "ファイル none.xlsx が見つかりません",
        "none.xlsx",
    ),
}


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Owner:
    """Return an owner with one template, a scenario that needs two, and a broken one."""
    made = Owner(tmp_path_factory.mktemp("slips"), "en")
    with speaking("en"):
        made.does("template", "add", made.writes("hello.json", template("hello")))
    made.writes("spring.json", scenario())
    made.writes("broken.json", scenario(goal={"event": "order_completed"}))
    return made


def at_a_terminal(*arguments: str, language: str) -> subprocess.CompletedProcess[str]:
    """Type a command in a process of its own."""
    command = [sys.executable, "-m", "tenshu", "--language", language, *arguments]
    spoken = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=spoken)


def state(owner: Owner) -> tuple[str, str]:
    """Return what a slip could have changed: the settings and the scenarios."""
    return owner.does("shop"), owner.does("scenario", "list")


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_slip_is_answered_with_a_sentence_and_changes_nothing(owner: Owner, slip: str, language: str) -> None:
    arguments, japanese, english = SLIPS[slip]
    before = state(owner)
    typed = [one.format(folder=owner.folder, home=owner.home) for one in arguments]
    answered = at_a_terminal(*typed, language=language)
    assert answered.returncode == 1
    assert answered.stdout == ""
    assert answered.stderr.startswith("Error: ")
    assert (japanese if language == "ja" else english) in answered.stderr
    assert "Traceback" not in answered.stderr
    assert state(owner) == before
    assert not (owner.folder / "none").exists()


@pytest.fixture
def opened(owner: Owner) -> Iterator[int]:
    """Hold the home open in this process, as `tenshu serve` would; the number is this process's."""
    shop = open_shop(owner.home)
    yield os.getpid()
    shop.close()


@pytest.mark.parametrize(("language", "said"), [("ja", "別のプロセス"), ("en", "is open in another process (PID ")])
def test_a_home_that_another_process_has_open_is_said_with_its_number(
    owner: Owner, opened: int, language: str, said: str
) -> None:
    answered = at_a_terminal("run", "--home", str(owner.home), language=language)
    assert answered.returncode == 1
    assert said in answered.stderr
    assert f"PID {opened}" in answered.stderr
    assert "Traceback" not in answered.stderr
