"""Thirty attempts to make a template or a customer's value run something, in each part of a message."""

from typing import Any

import pytest

from tenshu.content.template import RenderFailed, TemplateMalformed, TemplateSource, TemplateText, compile_template

ATTEMPTS = [
    "{{ env }}",
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ [].__class__.__base__ }}",
    "{{ config }}",
    "{{ config.items() }}",
    "{{ self.__dict__ }}",
    "{{ request.application.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ url_for.__globals__ }}",
    "{{ joiner }}",
    "{{ customer | attr('__class__') }}",
    "{{ customer.keys }}",
    "{{ customer.__init__ }}",
    "{{ customer['__class__']['__mro__'] }}",
    "{{ customer | map: '__class__' }}",
    "{% debug %}",
    "{% load os %}",
    "{% include '/etc/passwd' %}",
    "{% render '/etc/passwd' %}",
    "{% extends 'base' %}",
    "{% import 'os' as os %}",
    "{% python %}import os{% endpython %}",
    "{% raw %}{{ shop.secret }}{% endraw %}",
    "{{ 7 | times: 7 | system }}",
    "{{ 'id' | exec }}",
    "{{ 'cat /etc/passwd' | filter: 'system' }}",
]
CONTEXT = {"customer": {"last_name": "佐藤"}, "shop": {"secret": "s3cret"}}
TELLTALES = ("<class", "s3cret'", "root:", "uid=", "built-in", "function", "module", "object at 0x", "dict_keys")
HARMLESS: dict[str, Any] = {"subject": "x", "preheader": "x", "mjml": "<body>x</body>", "text": "x"}


def whole_message(part: str, written: str, value: str = "佐藤") -> str:
    """Return all parts of a message in one, or the error that stands for it."""
    text = TemplateText(**{**HARMLESS, part: written})
    source = TemplateSource(name="attack", languages={"ja": text})
    try:
        rendered = compile_template(source, "ja").render({**CONTEXT, "customer": {"last_name": value}})
    except (TemplateMalformed, RenderFailed) as refusal:
        return refusal.text("en")
    return "\n".join((rendered.subject, rendered.preheader, rendered.html, rendered.text))


@pytest.mark.parametrize("part", HARMLESS)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_template_reaches_nothing_of_the_machine(part: str, attempt: str) -> None:
    written = f"<body>{attempt}</body>" if part == "mjml" else attempt
    made = whole_message(part, written)
    assert [telltale for telltale in TELLTALES if telltale in made] == []


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_value_of_a_customer_is_shown_as_it_is(attempt: str) -> None:
    made = whole_message("text", "{{ customer.last_name }}", value=attempt)
    assert made.endswith(attempt)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_attempt_in_an_mjml_layout_reaches_nothing_either(attempt: str) -> None:
    layout = (
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{attempt}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    made = whole_message("mjml", layout)
    assert [telltale for telltale in TELLTALES if telltale in made] == []


@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        '" onmouseover="alert(1)',
        "' onmouseover='alert(1)",
        "</p></body><base href='https://evil.example'>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<style>@import 'https://evil.example/x.css'</style>",
        "<!-- ",
        "]]><b>",
    ],
)
def test_markup_in_a_customers_value_is_text_in_the_layout(value: str) -> None:
    layout = """<mjml><mj-body><mj-section><mj-column><mj-text>{{ customer.last_name }}</mj-text>
    <mj-button href="{{ customer.last_name }}">x</mj-button></mj-column></mj-section></mj-body></mjml>"""
    made = whole_message("mjml", layout, value=value)
    plain = whole_message("mjml", layout, value="x")
    assert made.count("<") == plain.count("<")
    assert made.count('"') == plain.count('"')
