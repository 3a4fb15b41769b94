"""`tenshu template` tries a template out before it is saved, and says which file cannot be used and why."""

import json
from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import open_shop, read_templates
from tests.unit.cli.terminal import refusal, told, written

MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"


def template(name: str = "hi", subject: str = "Hi", **changes: Any) -> dict[str, Any]:
    part = {"subject": subject, "mjml": MJML, "text": "Hi", **changes}
    return {"name": name, "languages": {"en": part}}


def saved(home: Path) -> dict[str, str]:
    shop = open_shop(home)
    found = {name: source.languages["en"].subject for name, source in read_templates(shop).items()}
    shop.close()
    return found


def test_a_template_saved_again_is_its_next_version(tmp_path: Path) -> None:
    for subject in ("first", "second"):
        file = written(tmp_path / "hi.json", template(subject=subject))
        assert told("template", "add", file, "--home", tmp_path / "home") == "1 template saved.\n"
    assert saved(tmp_path / "home") == {"hi": "second"}
    assert told("template", "list", "--home", tmp_path / "home") == "hi\n"


def test_several_are_saved_at_once_and_counted_in_japanese(tmp_path: Path) -> None:
    files = [written(tmp_path / f"{name}.json", template(name)) for name in ("b", "a")]
    said = told("template", "add", *files, "--home", tmp_path / "home", language="ja")
    assert said == "テンプレートを2件保存しました。\n"
    assert told("template", "list", "--home", tmp_path / "home") == "a\nb\n"


def test_one_broken_file_keeps_all_from_being_saved(tmp_path: Path) -> None:
    good = written(tmp_path / "good.json", template())
    broken = written(tmp_path / "broken.json", template("bad", subject="{{ open"))
    assert 'The template "bad" cannot be used: subject' in refusal(
        "template", "add", good, broken, "--home", tmp_path / "home"
    )
    assert not (tmp_path / "home").exists()


BROKEN = [
    (b"", "broken.json is no template: Input data was truncated."),
    (b"hello", "broken.json is no template: JSON is malformed"),
    (b'{"name": "\xff", "languages": {}}', "broken.json is no template: 'utf-8' codec can't decode"),
    (b"[]", "broken.json is no template: Expected `object`, got `array`."),
    (b'{"name": "hi"}', "broken.json is no template: Object missing required field `languages`."),
    (b'{"name": "hi", "languages": {}}', 'The template "hi" cannot be used: languages, line 1: give ja, en or both.'),
    (json.dumps({"name": "hi", "languages": {"fr": template()["languages"]["en"]}}).encode(), "give ja, en or both."),
    (json.dumps(template(mjml="<mjml><mj-body>")).encode(), "it must start with <mjml> and end with </mjml>"),
    (json.dumps(template(colour="red")).encode(), "unknown field `colour`"),
]


@pytest.mark.parametrize(("content", "sentence"), BROKEN)
def test_a_file_that_is_no_template_is_refused_by_its_name(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "broken.json").write_bytes(content)
    assert sentence in refusal("template", "add", tmp_path / "broken.json", "--home", tmp_path / "home")


def test_a_japanese_reader_is_sent_to_the_japanese_page(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_bytes(b"{}")
    said = refusal("template", "add", tmp_path / "broken.json", "--home", tmp_path / "home", language="ja")
    assert "docs/ja/templates.md" in said


def test_templates_of_a_home_that_is_not_there_are_not_listed(tmp_path: Path) -> None:
    assert "There is no shop in" in refusal("template", "list", "--home", tmp_path / "none")
