"""Japanese and English are equal: every text for people has a Japanese one with the same {fields}."""

import string
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import tenshu
from tenshu.kit.i18n import _, _catalogue, _n, catalogue_files, speaking

SOURCE = Path(tenshu.__file__).parent
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = {"_": None, "N_": None, "_n": (1, 2)}


def marked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the file and the texts of every mark: one, or the one of a single thing and the one of several."""
    for file, _line, text, _comments, _context in extract_from_dir(str(SOURCE), METHODS, keywords=KEYWORDS):
        yield file, (text,) if isinstance(text, str) else text


def texts_for_people() -> dict[str, str]:
    """Return every marked text with the first file that says it; of a single thing Japanese says nothing else."""
    found: dict[str, str] = {}
    for file, texts in marked():
        found.setdefault(texts[-1], file)
    return found


def entries() -> Iterator[tuple[str, str, str, bool]]:
    """Yield every entry of every catalogue: where it stands, English, Japanese, and whether it is fuzzy."""
    for catalogue in catalogue_files(resources.files("tenshu"), "ja.po"):
        for message in read_po(BytesIO(catalogue.read_bytes()), locale="ja"):
            if message.id:
                yield str(catalogue), str(message.id), str(message.string), message.fuzzy


def fields(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _before, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_every_text_has_a_japanese_one() -> None:
    known = _catalogue("ja")
    missing = [f"{file}: {text}" for text, file in sorted(texts_for_people().items()) if not known.get(text)]
    assert not missing, "\n".join(["no Japanese for:", *missing])


def test_every_japanese_text_fills_in_the_same_fields() -> None:
    wrong = [f"{file}: {text}" for file, text, japanese, _fuzzy in entries() if fields(text) != fields(japanese)]
    assert not wrong, "\n".join(["other {fields} in Japanese:", *wrong])


def test_a_text_of_one_thing_has_no_fields_but_those_of_several_and_no_japanese_of_its_own() -> None:
    pairs = {texts: file for file, texts in marked() if len(texts) == 2}
    assert pairs
    known = _catalogue("ja")
    wrong = [
        f"{file}: {one}"
        for (one, many), file in pairs.items()
        if not fields(one) <= fields(many) or one == many or one in known
    ]
    assert not wrong, "\n".join(["of one thing:", *wrong])


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), ("1", "1 day"), ("1,001", "1,001 days")]
)
def test_one_thing_has_its_own_words_in_english_alone(number: int | str, said: str) -> None:
    assert _n("{count} day", "{count} days", number, "en") == said
    assert _n("{count} day", "{count} days", number, "ja") == f"{number}日"
    with speaking("en"):
        assert _n("{what} of {count} day", "{what} of {count} days", number, what="a trip", count=7).endswith("s") == (
            number not in {1, "1"}
        )


def test_no_text_has_two_japanese_ones() -> None:
    said: dict[str, str] = {}
    torn = [text for _file, text, japanese, _fuzzy in entries() if said.setdefault(text, japanese) != japanese]
    assert not torn, "\n".join(["two different Japanese texts for:", *torn])


def test_no_japanese_text_is_only_a_guess() -> None:
    assert not [text for _file, text, _japanese, is_fuzzy in entries() if is_fuzzy]


def test_no_fields_are_without_a_name() -> None:
    for file, text, japanese, _fuzzy in entries():
        for said in (text, japanese):
            names = [name for _before, name, _spec, _conversion in string.Formatter().parse(said) if name is not None]
            assert all(name.isidentifier() for name in names), (file, said)


def test_japanese_uses_no_old_words() -> None:
    """The glossary's words: 顧客 on the page (お客様 only as an address), 施策 and シナリオ, never these."""
    banned = ("ユーザー", "ターゲット", "キャンペーン", "ワークフロー", "セッション")
    found = [
        f"{file}: {japanese}" for file, _text, japanese, _fuzzy in entries() for word in banned if word in japanese
    ]
    assert not found, "\n".join(found)


def test_the_marks_are_found_in_code_and_in_templates() -> None:
    found = texts_for_people()
    assert any(file.endswith(".html") for file in found.values())
    assert any(file.endswith(".py") for file in found.values())
    assert len(found) > 100


@pytest.mark.parametrize(("language", "said"), [("en", "Did it really help?"), ("ja", "これは本当に効いたのか")])
def test_a_text_is_said_in_the_language_asked_for(language: str, said: str) -> None:
    assert _("Did it really help?", language) == said
