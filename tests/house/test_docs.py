"""The documents tell the truth, in both languages: links lead somewhere, examples parse, commands are described."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest
from scripts.build_docs import dead_links, links, pages, render, target_of

from tenshu.cli.main import cli
from tenshu.condition import parse
from tenshu.content.template import TemplateSource, compile_template
from tenshu.journey.definition import parse_journey
from tests.house import rules, tree

PAGES = tuple(path for path in tree.files() if path.suffix == ".md")
ENGLISH, JAPANESE = (
    {path.relative_to(f"docs/{language}") for path in PAGES if path.parts[:2] == ("docs", language)}
    for language in ("en", "ja")
)
DECISIONS = tuple(path for path in PAGES if path.parts[:2] == ("docs", "decisions") and path.name[0].isdigit())
KANA = re.compile(r"[\u3041-\u30ff]")


def _commands(group: click.Group, name: str = "tenshu") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def _sections(language: str) -> dict[str, str]:
    page = tree.read(Path("docs", language, "commands.md"))
    parts = re.split(r"^## `([^`]+)`$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _examples(kind: str) -> list[str]:
    pages = [tree.read(path) for path in PAGES if path.parts[0] == "docs"]
    return [found for page in pages for found in re.findall(rf"```json {kind}\n(.*?)```", page, flags=re.DOTALL)]


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_link_within_the_checkout_leads_somewhere(path: Path) -> None:
    assert dead_links(tree.ROOT, path) == []


def test_links_within_the_checkout_are_found_and_others_left_alone() -> None:
    page = "[a](docs/en/README.md#top) [b](https://example.com) [c](#here)\n```\n[d](not/a/link)\n```\n"
    assert links(page) == ["docs/en/README.md"]


def test_every_document_becomes_a_page() -> None:
    assert set(PAGES) == set(pages(tree.ROOT))
    assert target_of(Path("docs/en/README.md")) == Path("docs/en/README.html")


def test_a_page_knows_its_language_and_links_to_pages() -> None:
    made = render(Path("docs/ja/report.md"), "# 読み方 <b>\n[次](running.md#a) [外](https://example.com/a.md)\n")
    assert '<html lang="ja">' in made
    assert "<title>読み方 &lt;b&gt;</title>" in made
    assert 'href="running.html#a"' in made
    assert 'href="https://example.com/a.md"' in made
    assert 'href="../../README.html"' in made


def test_every_page_is_there_in_both_languages() -> None:
    assert ENGLISH == JAPANESE
    assert len(ENGLISH) > 3


@pytest.mark.parametrize("page", sorted(JAPANESE), ids=str)
def test_a_japanese_page_is_japanese_and_an_english_one_is_not(page: Path) -> None:
    assert len(KANA.findall(tree.read(Path("docs/ja", page)))) > 50
    assert len(KANA.findall(tree.read(Path("docs/en", page)))) < 50


@pytest.mark.parametrize("page", sorted(JAPANESE), ids=str)
def test_both_languages_have_the_same_sections(page: Path) -> None:
    english, japanese = (
        re.findall(r"^(#+) ", tree.read(Path("docs", language, page)), flags=re.MULTILINE) for language in ("en", "ja")
    )
    assert english == japanese


@pytest.mark.parametrize("page", sorted(JAPANESE), ids=str)
def test_both_languages_show_the_same_examples(page: Path) -> None:
    english, japanese = (
        re.findall(r"```json \w+\n(.*?)```", tree.read(Path("docs", language, page)), flags=re.DOTALL)
        for language in ("en", "ja")
    )
    assert english == japanese


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_command_is_described(language: str) -> None:
    assert [name for name, _ in _commands(cli) if name not in _sections(language)] == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_command_is_described_that_is_not_there(language: str) -> None:
    assert set(_sections(language)) <= {name for name, _ in _commands(cli)} | {"tenshu"}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_option_is_described_with_its_command(language: str) -> None:
    said = _sections(language)
    options = [
        (name, option)
        for name, command in _commands(cli)
        for parameter in command.params
        for option in [*parameter.opts, *parameter.secondary_opts]
        if option.startswith("--") and not getattr(parameter, "hidden", False)
    ]
    assert [f"{name} {option}" for name, option in options if f"`{option}" not in said.get(name, "")] == []


@pytest.mark.parametrize("path", ["README.md", "README.ja.md"])
def test_the_two_commands_stand_on_top_of_the_readme(path: str) -> None:
    top = tree.read(Path(path)).split("```")[1]
    assert [line.split("#")[0].strip() for line in top.strip().splitlines()] == ["make demo", "make test"]


def test_both_readmes_show_the_same_way() -> None:
    ways = [
        re.findall(r"^tenshu (\w+)", tree.read(Path(path)), flags=re.MULTILINE)
        for path in ("README.md", "README.ja.md")
    ]
    assert ways[0] == ways[1]
    known = {name.split()[1] for name, _ in _commands(cli)}
    assert set(ways[0]) <= known


def test_the_conditions_in_the_documents_parse() -> None:
    examples = _examples("condition")
    assert examples
    for example in examples:
        parse(json.loads(example))


def test_the_scenarios_in_the_documents_can_run() -> None:
    examples = _examples("journey")
    assert examples
    assert {parse_journey(example).name for example in examples} == {"welcome-back"}


def test_the_templates_in_the_documents_compile_in_both_languages() -> None:
    examples = _examples("template")
    assert examples
    for example in examples:
        source = msgspec.json.decode(example, type=TemplateSource)
        assert set(source.languages) == {"ja", "en"}
        for language in source.languages:
            rendered = compile_template(source, language).render({"customer": {"last_name": "佐藤"}, "shop": {}})
            assert "佐藤" in rendered.subject


@pytest.mark.parametrize("room", tree.rooms())
def test_every_room_has_a_readme_with_the_seven_headings(room: str) -> None:
    readme = Path("src/tenshu", room, "README.md")
    assert (tree.ROOT / readme).is_file(), f"{readme} is missing"
    assert rules.missing_headings(tree.read(readme)) == []


def test_the_architecture_names_every_room_in_the_order_of_the_layers() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", tree.read(Path("ARCHITECTURE.md")), flags=re.MULTILINE)
    layers = re.findall(r'^    "(\w+)",$', tree.read(Path("pyproject.toml")), flags=re.MULTILINE)
    assert rows == [*layers, "testing"]
    assert set(tree.rooms()) <= set(rows)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_is_one_page_with_four_headings(path: Path) -> None:
    page = tree.read(path)
    headings = re.findall(r"^## (.*)$", page, flags=re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]
    assert len(page.splitlines()) <= 60


def test_decisions_are_numbered_without_gaps_and_all_in_the_list() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    index = tree.read(Path("docs/decisions/README.md"))
    assert [path.name for path in DECISIONS if f"({path.name})" not in index] == []


def test_the_changelog_speaks_of_this_version() -> None:
    version = re.search(r'__version__ = "([^"]+)"', tree.read(Path("src/tenshu/__init__.py")))
    assert version is not None
    assert f"## {version[1]}" in tree.read(Path("CHANGELOG.md"))


def test_the_data_is_attributed_where_people_look() -> None:
    for path in ("README.md", "README.ja.md", "NOTICE"):
        text = tree.read(Path(path))
        assert "Daqing Chen" in text
        assert "CC BY 4.0" in text
