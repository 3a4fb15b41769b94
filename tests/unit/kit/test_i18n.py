"""Words: the language is the context's, unknown texts stay as they are written."""

from threading import Thread

import pytest

from tenshu.kit import i18n
from tenshu.kit.i18n import N_, _, current_language, set_language, speaking, terminal_language


def test_marked_texts_are_not_changed() -> None:
    assert N_("Saved.") == "Saved."


def test_names_are_filled_in() -> None:
    assert _("{count} of {all}", "en", count=1, all=2) == "1 of 2"


def test_braces_without_names_given_stay() -> None:
    assert _("{literally}", "en") == "{literally}"


def test_a_text_without_translation_is_said_in_english() -> None:
    with speaking("ja"):
        assert _("no such text anywhere") == "no such text anywhere"


def test_speaking_ends_with_its_block() -> None:
    before = current_language()
    with speaking("ja"):
        assert current_language() == "ja"
    assert current_language() == before


def test_an_unknown_language_is_english() -> None:
    with speaking("fr"):
        assert current_language() == "en"


def test_threads_speak_their_own_language() -> None:
    heard: list[str] = []

    def speak() -> None:
        set_language("en")
        heard.append(current_language())

    with speaking("ja"):
        thread = Thread(target=speak)
        thread.start()
        thread.join()
        assert current_language() == "ja"
    assert heard == ["en"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LC_ALL": "ja_JP.UTF-8", "LANG": "en_GB.UTF-8"}, "ja"),
        ({"LC_ALL": "", "LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_terminal_speaks_its_locale(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert terminal_language() == expected


def test_every_catalogue_can_be_read() -> None:
    assert i18n._catalogue("ja")
