"""Pages escape what they show, know no undefined name, and give static files an address that changes with them."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

import tenshu.web
from tenshu.content.shop import ShopSettings
from tenshu.web.pages import STATIC, page, render, static_url

TEMPLATES = sorted((Path(tenshu.web.__file__).parent / "templates").rglob("*.html"))
SCRIPTS = sorted(Path(tenshu.web.__file__).parent.glob("static/*.js"))
NASTY = "<script>alert('店')</script>\"onload=x"


def test_every_value_is_shown_as_text() -> None:
    shown = render("lost.html", language="ja", shop=ShopSettings(name=NASTY, contact=NASTY))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown
    assert '"onload=x' not in shown


def test_a_forgotten_value_is_an_error_and_no_blank() -> None:
    with pytest.raises(UndefinedError):
        render("lost.html", language="ja")


def test_a_page_is_html_with_its_status() -> None:
    answer = page("lost.html", language="en", status=404, shop=ShopSettings())
    assert answer.status_code == 404
    assert answer.media_type == "text/html"
    assert b'<html lang="en">' in answer.body


def test_marked_texts_are_escaped_too() -> None:
    assert isinstance(render("lost.html", language="ja", shop=ShopSettings()), str)
    assert not isinstance(render("lost.html", language="ja", shop=ShopSettings()), Markup)


@pytest.mark.parametrize("name", ["tenshu.css", "charts.js", "seal.svg"])
def test_a_static_file_has_its_digest_in_its_address(name: str) -> None:
    address = static_url(name)
    assert address.startswith(f"/static/{name}?v=")
    assert len(address.split("=")[1]) == 12


def test_two_files_have_two_digests() -> None:
    assert static_url("tenshu.css").split("=")[1] != static_url("charts.js").split("=")[1]


def test_a_missing_file_keeps_its_plain_address() -> None:
    assert static_url("vendor/not-built.css") == "/static/vendor/not-built.css"


def test_no_template_and_no_script_has_anything_inline() -> None:
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        assert " style=" not in text, template.name
        assert "<style" not in text, template.name
        assert "javascript:" not in text, template.name
        assert not [word for word in ("onclick=", "onload=", "onsubmit=", "onerror=") if word in text], template.name
        assert text.count("<script") == text.count("<script defer src="), template.name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_never_write_html(script: Path) -> None:
    for word in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert word not in script.read_text("utf-8")


def test_nothing_is_loaded_from_elsewhere() -> None:
    for name in ("tenshu.css", "charts.js"):
        text = STATIC.joinpath(name).read_text("utf-8")
        assert "http://" not in text, name
        assert "https://" not in text, name


def test_no_template_uses_the_safe_filter() -> None:
    for template in TEMPLATES:
        assert "|safe" not in template.read_text("utf-8").replace(" ", ""), template.name
