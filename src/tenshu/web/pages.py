"""Render a page: one Jinja environment that escapes everything and knows no undefined name.

Texts in templates are marked with `_("...")` like everywhere; every value, tracked or typed, is shown
as text. Static files carry a digest in their address, so that browsers may keep them for ever.
"""

import hashlib
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from tenshu.kit.i18n import LANGUAGES, _, _n, speaking

STATIC: Final = resources.files("tenshu.web") / "static"
_LANGUAGE_NAMES: Final = {"ja": "日本語", "en": "English"}


def page(template: str, *, language: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return the template as an answer in this language."""
    return HTMLResponse(render(template, language=language, **context), status_code=status)


def render(template: str, *, language: str, **context: Any) -> str:
    """Return the template's text in this language."""
    with speaking(language):
        return _environment().get_template(template).render(language=language, **context)


def static_url(name: str) -> str:
    """Return the address of a static file, with a digest of what is in it.

    A file that is not there (assets not built) keeps its plain address, and the page its words.
    """
    return f"/static/{name}{_version(name)}"


@cache
def _version(name: str) -> str:
    found = STATIC.joinpath(*name.split("/"))
    if not found.is_file():
        return ""
    return "?v=" + hashlib.blake2b(found.read_bytes(), digest_size=6).hexdigest()


@pass_context
def _csrf_field(context: Context) -> Markup:
    """Return the hidden field that proves that a form is ours."""
    return Markup('<input type="hidden" name="csrf" value="') + escape(context["csrf"]) + Markup('">')


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tenshu.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=_, _n=_n, static_url=static_url, languages=LANGUAGES, language_names=_LANGUAGE_NAMES, csrf_field=_csrf_field
    )
    return environment
