"""What commands take: every option says what it is for, choices are those of the product, and slips end in usage."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.cli.import_ import _basis
from tenshu.cli.main import COMMANDS, cli
from tenshu.cli.shop import SettingRefused, SettingWithoutValue, UnknownSetting, read_pairs
from tenshu.cli.undo import _chosen, _state
from tenshu.collect.basis import Basis, BasisWithoutReason
from tenshu.content.header_text import HeaderRefused
from tenshu.content.shop import ShopSettings
from tenshu.content.shop_values import TAKES
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import LimitRefused
from tenshu.flow.undoing import ImportUnknown
from tenshu.kit.i18n import LANGUAGES, speaking
from tenshu.privacy.consent import BASES
from tests.unit.cli.terminal import type_in

SETTINGS = (*ShopSettings.__struct_fields__, *SmtpSettings.__struct_fields__, "limit_per_hour", "limit_per_day")
GOOD = {
    "zone": "Europe/London",
    "currency": "GBP",
    "language": "en",
    "sender_email": "hi@green.uk",
    "bounce_domain": "green.uk",
    "public_url": "https://mail.green.uk",
    "home_url": "https://green.uk/shop",
    "smtp_port": "587",
    "smtp_tls": "starttls",
    "limit_per_hour": "1,500",
    "limit_per_day": "",
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it, groups and what is in them."""
    waiting: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        waiting.append((name, command))
    while waiting:
        name, command = waiting.pop(0)
        yield name, command
        if isinstance(command, click.Group):
            waiting += [(f"{name} {inner}", one) for inner, one in command.commands.items()]


ALL = dict(commands())


def option(command: str, name: str) -> click.Parameter:
    return next(one for one in ALL[command].params if one.name == name)


@pytest.mark.parametrize("name", ALL)
def test_every_command_says_in_a_sentence_what_it_does(name: str) -> None:
    said = ALL[name].help
    assert said
    assert said.splitlines()[0].endswith((".", ","))


@pytest.mark.parametrize("name", ALL)
def test_every_option_says_what_it_is_for(name: str) -> None:
    options = [one for one in ALL[name].params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []
    assert all(one.opts[0].startswith("--") for one in options)


@pytest.mark.parametrize(
    "name", ["undo", "backup", "export", "shop settings", "shop pause", "shop go-on", "staff link"]
)
def test_a_command_about_a_shop_asks_which(name: str) -> None:
    assert option(name, "home").required
    result = type_in(*name.split())
    assert result.exit_code == 2
    assert "--home" in result.output


def test_the_bases_of_an_import_are_those_of_the_law() -> None:
    chosen = option("import", "basis").type
    assert isinstance(chosen, click.Choice)
    assert tuple(chosen.choices) == BASES


@pytest.mark.parametrize("count", ["-1", "6", "many"])
def test_more_proxies_than_anybody_has_are_refused(tmp_path: Path, count: str) -> None:
    result = type_in("staff", "proxies", "--home", tmp_path / "none", "--", count)
    assert result.exit_code == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("since", ["2026-13-01", "01.04.2026", "yesterday", "2026-4"])
def test_a_day_is_written_with_its_year_first(tmp_path: Path, since: str) -> None:
    result = type_in("import", "x.csv", "--home", tmp_path / "none", "--since", since)
    assert result.exit_code == 2
    assert "%Y-%m-%d" in result.output
    assert not (tmp_path / "none").exists()


def test_a_basis_is_read_from_what_was_said_on_the_command_line() -> None:
    said = {"basis": "business_card", "reason": " 名刺 ", "since": datetime(2026, 4, 1, 12)}  # noqa: DTZ001
    assert _basis(said) == Basis(basis="business_card", reason="名刺", since=date(2026, 4, 1))
    assert _basis({"basis": None, "reason": "x", "since": None}) is None
    with pytest.raises(BasisWithoutReason):
        _basis({"basis": "opt_in", "reason": "  ", "since": None})


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_can_be_given_on_the_command_line(name: str) -> None:
    value = GOOD.get(name, "花 = 屋")
    assert read_pairs([f"{name}={value}"]) == {name: value}


def test_of_two_values_for_a_setting_the_last_counts() -> None:
    assert read_pairs(["name=一", "zone=UTC", "name=二"]) == {"name": "二", "zone": "UTC"}
    assert read_pairs([]) == {}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("line", ["\r\n", "\n", "\r"])
def test_no_setting_takes_a_line_break(name: str, line: str) -> None:
    with pytest.raises(HeaderRefused):
        read_pairs([f"{name}={GOOD.get(name, 'x')}{line}Bcc: a@b.jp"])


@pytest.mark.parametrize("name", [name for name in TAKES if name in SETTINGS])
def test_a_refusal_says_what_is_allowed_in_both_languages(name: str) -> None:
    said = set()
    for language in LANGUAGES:
        with speaking(language), pytest.raises(SettingRefused) as refused:
            read_pairs([f"{name}="])
        said.add(refused.value.text(language))
    assert len(said) == 2
    assert all(name in one for one in said)


@pytest.mark.parametrize("name", ["", "Name", " name", "smtp", "limit", "per_day", "__init__"])
def test_what_is_no_setting_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownSetting) as refused:
        read_pairs([f"{name}=x"])
    assert all(known in refused.value.text("en") for known in SETTINGS)


@given(st.text(max_size=20).filter(lambda text: "=" not in text))
def test_a_word_without_a_value_sets_nothing(word: str) -> None:
    with pytest.raises(SettingWithoutValue):
        read_pairs([word])


@given(st.integers(-10, 10**7), st.integers(0, 4))
def test_a_limit_is_read_from_the_command_line_as_from_the_form(number: int, zeros: int) -> None:
    pair = f"limit_per_day={'0' * zeros}{number}"
    if number >= 1:
        assert read_pairs([pair])
        return
    with pytest.raises(LimitRefused):
        read_pairs([pair])


def undone_row(name: str, **changed: Any) -> dict[str, Any]:
    return {"import_id": name, "undone_at": None, "can_undo": True, **changed}


ROWS = [undone_row("abc123"), undone_row("abd456"), undone_row("fff000")]


@pytest.mark.parametrize(
    ("said", "found"), [("abc123", "abc123"), ("abc", "abc123"), ("abd", "abd456"), ("f", "fff000")]
)
def test_an_import_is_called_by_the_beginning_of_its_name(said: str, found: str) -> None:
    assert _chosen(ROWS, said)["import_id"] == found


@pytest.mark.parametrize("said", ["", "a", "ab", "x", "abc1234", "bc123", "ABC"])
def test_a_beginning_of_none_or_of_several_is_refused(said: str) -> None:
    with pytest.raises(ImportUnknown):
        _chosen(ROWS, said)


@pytest.mark.parametrize(
    ("changed", "english", "japanese"),
    [
        ({}, "can be undone", "取り消せます"),
        ({"can_undo": False}, "stays", ""),
        ({"undone_at": datetime(2026, 6, 1, 20, tzinfo=UTC)}, "undone on 2026-06-02", "2026-06-02"),
    ],
)
def test_an_import_says_whether_it_can_be_taken_back(changed: dict[str, Any], english: str, japanese: str) -> None:
    with speaking("en"):
        assert _state(undone_row("abc", **changed), "Asia/Tokyo") == english
    with speaking("ja"):
        said = _state(undone_row("abc", **changed), "Asia/Tokyo")
    assert said != english
    assert japanese in said
