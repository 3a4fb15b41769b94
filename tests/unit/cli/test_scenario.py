"""`tenshu scenario` reads a definition back in words, starts it when everything it needs is there, and pauses it."""

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from tenshu.bootstrap import open_shop
from tenshu.content.retired import retire
from tenshu.testing.small_shop import MONDAY
from tests.unit.cli.terminal import clock_stands_at, hello, refusal, told, written


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "hello.json", hello())


def test_a_definition_is_said_in_both_languages_without_a_home(file: Path) -> None:
    assert "Enters: once, on 2026-06-01 12:00" in told("scenario", "check", file)
    assert "開始: 2026-06-01 12:00 に一度" in told("scenario", "check", file, language="ja")


def test_the_schema_that_is_printed_accepts_what_starts_and_nothing_unknown() -> None:
    schema = json.loads(told("scenario", "schema"))
    jsonschema.validate(hello(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(hello(colour="red"), schema)


BROKEN = [
    ({"first_step": "nowhere"}, "nowhere"),
    ({"name": "Hello World"}, "$.name"),
    ({"goal": {"event": "order_completed"}}, "$.goal"),
    ({"steps": {"send": {"kind": "send", "channel": "email", "template": "hello", "next": "send"}}}, "send"),
    ({"entry": {"kind": "daily", "at": "25:00"}}, "$.entry"),
    ({"entry": {"kind": "broadcast", "at": "2026-06-01T12:00", "condition": {"kind": "nope"}}}, "$.entry.condition"),
]


@pytest.mark.parametrize(("changes", "named"), BROKEN)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_broken_definition_is_refused_by_the_place_that_is_wrong(
    small_home: Path, tmp_path: Path, changes: dict[str, object], named: str, language: str
) -> None:
    broken = written(tmp_path / "broken.json", hello(**changes))
    said = refusal("scenario", "check", broken, language=language)
    assert named in said
    assert refusal("scenario", "start", broken, "--home", small_home, language=language) == said
    assert told("scenario", "list", "--home", small_home) == ""


def test_a_scenario_whose_template_is_out_of_use_does_not_start(small_home: Path, file: Path) -> None:
    with closing(open_shop(small_home)) as shop, shop.ledger.writing() as tx:
        retire(tx, "hello")
    assert 'sends the template "hello", which is out of use' in refusal("scenario", "start", file, "--home", small_home)


def test_a_scenario_without_its_template_does_not_start_and_says_how_to_add_it(
    small_home: Path, tmp_path: Path
) -> None:
    steps = hello()["steps"] | {"send": {"kind": "send", "channel": "email", "template": "gone", "next": "end"}}
    lonely = written(tmp_path / "lonely.json", hello(steps=steps))
    said = refusal("scenario", "start", lonely, "--home", small_home)
    assert 'The scenario "hello" sends the template "gone", which this shop does not have. It has: hello.' in said
    assert f"tenshu template add FILE --home {small_home}" in said
    assert "テンプレート「gone」" in refusal("scenario", "start", lonely, "--home", small_home, language="ja")
    assert told("scenario", "list", "--home", small_home) == ""


def test_starting_again_is_the_next_version(small_home: Path, file: Path) -> None:
    assert told("scenario", "start", file, "--home", small_home) == "hello (version 1) has started.\n"
    assert told("scenario", "start", file, "--home", small_home, language="ja") == "hello(第2版)を開始しました。\n"
    assert told("scenario", "list", "--home", small_home).splitlines() == [
        "hello\tv1\trunning\tHello",
        "hello\tv2\trunning\tHello",
    ]


def test_a_pause_is_listed_and_a_resumption_too(small_home: Path, file: Path) -> None:
    told("scenario", "start", file, "--home", small_home)
    assert told("scenario", "pause", "hello", "--home", small_home) == "hello is paused.\n"
    assert told("scenario", "list", "--home", small_home, language="ja") == "hello\tv1\tpaused\tご挨拶\n"
    assert told("scenario", "resume", "hello", "--home", small_home, language="ja") == "hello は実施中です。\n"
    assert "\trunning\t" in told("scenario", "list", "--home", small_home)


def test_nobody_enters_a_paused_scenario_and_all_do_when_it_is_resumed(small_home: Path, file: Path) -> None:
    clock_stands_at(small_home, MONDAY - timedelta(hours=1))
    told("scenario", "start", file, "--home", small_home)
    told("scenario", "pause", "hello", "--home", small_home)
    clock_stands_at(small_home, MONDAY + timedelta(hours=1))
    assert told("run", "--home", small_home).startswith("0 entered, 0 decisions")
    told("scenario", "resume", "hello", "--home", small_home)
    assert told("run", "--home", small_home).startswith("5 entered, 5 decisions")


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_a_scenario_that_was_never_started_is_named(small_home: Path, command: str) -> None:
    said = refusal("scenario", command, "hallo", "--home", small_home)
    assert said == f'There is no scenario "hallo" here. List them with: tenshu scenario list --home {small_home}'


@pytest.mark.parametrize("command", [("pause", "hello"), ("resume", "hello"), ("list",)])
def test_a_home_that_is_not_there_is_not_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert "There is no shop in" in refusal("scenario", *command, "--home", tmp_path / "none")
    assert not (tmp_path / "none").exists()
