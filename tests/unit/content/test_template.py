"""Templates: written once, compiled once, filled for each person."""

from collections.abc import Mapping
from typing import Any

import pytest

from tenshu.content.header_text import HeaderRefused
from tenshu.content.template import (
    LONGEST_PART,
    CompiledTemplate,
    RenderFailed,
    TemplateMalformed,
    TemplateSource,
    TemplateText,
    compile_template,
    parse_template,
)

LAYOUT = """<mjml><mj-body>
{% for product in products %}<mj-section><mj-column>
<mj-text>{{ product.name }}は{{ product.price | yen }}です。</mj-text>
<mj-button href="{{ product.url }}">見る</mj-button></mj-column></mj-section>{% endfor %}
{% if customer.orders < 3 %}<mj-section><mj-column><mj-text>はじめての方へ</mj-text></mj-column></mj-section>{% endif %}
</mj-body></mjml>"""
JA = {
    "subject": "{{ customer.last_name | sama }}へのお知らせ",
    "preheader": "{{ shop.name }}より",
    "mjml": LAYOUT,
    "text": "{{ customer.last_name | sama }}\n{% for p in products %}{{ p.name }} {{ p.url }}\n{% endfor %}",
}
EN = {"subject": "{{ customer.last_name | sama }}", "mjml": "<body>Hello</body>", "text": "Hello"}
CONTEXT: Mapping[str, Any] = {
    "customer": {"last_name": "佐藤", "orders": 2},
    "shop": {"name": "花屋 & 茶屋"},
    "products": [
        {"name": "苗<木>", "price": 1200, "url": "https://shop.example.com/p/1?a=1&b=2"},
        {"name": "種", "price": 300, "url": "https://shop.example.com/p/2"},
    ],
}


def compiled(language: str = "ja", **parts: str) -> CompiledTemplate:
    source = parse_template({"name": "hello", "languages": {"ja": {**JA, **parts}, "en": EN}})
    return compile_template(source, language)


def malformed(**parts: str) -> Mapping[str, object]:
    with pytest.raises(TemplateMalformed) as refusal:
        compiled(**parts)
    return refusal.value.given


def test_template_is_filled_with_the_values_of_one_person() -> None:
    rendered = compiled().render(CONTEXT)
    assert rendered.subject == "佐藤様へのお知らせ"
    assert rendered.preheader == "花屋 & 茶屋より"
    assert rendered.text == "佐藤様\n苗<木> https://shop.example.com/p/1?a=1&b=2\n種 https://shop.example.com/p/2\n"


def test_html_holds_each_product_escaped() -> None:
    html = compiled().render(CONTEXT).html
    assert "苗&lt;木&gt;は1,200円です。" in html
    assert 'href="https://shop.example.com/p/1?a=1&amp;b=2"' in html
    assert html.count("見る") == 2


@pytest.mark.parametrize(("orders", "is_shown"), [(2, True), (3, False), (99, False)])
def test_section_is_shown_only_to_whom_it_is_for(orders: int, *, is_shown: bool) -> None:
    html = compiled().render({**CONTEXT, "customer": {"last_name": "佐藤", "orders": orders}}).html
    assert ("はじめての方へ" in html) is is_shown


def test_preheader_stands_first_in_the_body_and_is_not_seen() -> None:
    html = compiled().render(CONTEXT).html
    body = html[html.index("<body") :]
    assert body.index("display:none") < body.index("花屋 &amp; 茶屋より") < body.index("苗")


def test_template_without_preheader_has_no_hidden_text() -> None:
    assert "opacity:0" not in compiled(preheader="").render(CONTEXT).html


def test_person_without_a_name_is_addressed_politely() -> None:
    rendered = compiled().render({**CONTEXT, "customer": {}})
    assert rendered.subject == "お客様へのお知らせ"
    assert "None" not in rendered.html + rendered.text


def test_template_speaks_the_language_that_is_asked_for() -> None:
    assert compiled("en").render(CONTEXT).subject == "Dear 佐藤"
    assert compiled("en").language == "en"


def test_template_falls_back_to_its_first_language() -> None:
    source = TemplateSource(name="x", languages={"ja": TemplateText(subject="春", mjml="<body>春</body>", text="春")})
    assert compile_template(source, "en").language == "ja"


def test_fields_name_what_the_template_reads() -> None:
    assert compiled().fields() == ("customer.last_name", "customer.orders", "products", "shop.name")


def test_names_made_inside_the_template_are_no_fields() -> None:
    assert compiled(mjml="<body>{% assign a = customer.city %}{{ a }}</body>", text="", preheader="").fields() == (
        "customer.city",
        "customer.last_name",
    )


def test_same_values_give_the_same_message() -> None:
    template = compiled()
    assert template.render(CONTEXT) == template.render(CONTEXT)


def test_template_reads_no_clock() -> None:
    rendered = compiled(text="{{ now }}{{ today }}{{ 'now' | date: '%Y' }}").render(CONTEXT)
    assert rendered.text == ""


def test_clock_that_the_caller_gives_is_used() -> None:
    assert compiled(text="{{ now }}").render({**CONTEXT, "now": "2026-05-01"}).text == "2026-05-01"


@pytest.mark.parametrize(
    "name", ["佐藤\r\nBcc: v@x.example", "佐藤\n", "佐\x0b藤", "佐\x85藤", "佐\u2028藤", "佐\x00藤", "佐\u2029藤"]
)
def test_name_that_would_start_a_header_stops_the_mail(name: str) -> None:
    template = compiled(subject="{{ customer.last_name }}様へ")
    with pytest.raises(HeaderRefused):
        template.render({**CONTEXT, "customer": {"last_name": name}})


def test_encoded_word_in_a_name_stays_text() -> None:
    template = compiled(subject="{{ customer.last_name }}")
    subject = template.render({"customer": {"last_name": "=?utf-8?q?hi=0D=0ABcc=3A_v=40x?="}}).subject
    assert "=?" not in subject


def test_subject_may_be_written_over_several_lines_at_its_ends() -> None:
    assert compiled(subject="\n  春のお知らせ\n").render(CONTEXT).subject == "春のお知らせ"


@pytest.mark.parametrize(
    ("parts", "part", "line"),
    [
        ({"subject": "{{ a"}, "subject", 1),
        ({"subject": "{{ a | nosuchfilter }}", "mjml": "<body>\n{% if %}\n</body>"}, "html", 2),
        ({"preheader": "{% nosuchtag %}"}, "preheader", 1),
        ({"text": "one\ntwo\n{% endif %}"}, "text", 3),
        (
            {"mjml": "<mjml>\n<mj-body>\n{% if a %}<mj-section/>\n</mj-body></mjml>"},
            "html",
            1,
        ),  # noticed at the end only
        ({"mjml": "<mjml>\n<mj-body>\n<mj-foo/>\n</mj-body></mjml>"}, "html", 3),
        ({"mjml": "<body>{% include 'x' %}</body>"}, "html", 1),
    ],
)
def test_broken_part_is_named_with_its_line(parts: dict[str, str], part: str, line: int) -> None:
    given = malformed(**parts)
    assert (given["part"], given["line"]) == (part, line)


def test_part_longer_than_the_limit_is_refused() -> None:
    # 500 kB of nested HTML is refused by its length before anything reads it
    given = malformed(mjml="<body>" + "<div>" * 100_000 + "</body>")
    assert str(LONGEST_PART) in str(given["reason"])


def test_error_speaks_japanese_and_english() -> None:
    with pytest.raises(TemplateMalformed) as refusal:
        compiled(subject="{{ a")
    assert "テンプレート「hello」は使えません" in refusal.value.text("ja")
    assert refusal.value.text("en").startswith('The template "hello" cannot be used: subject, line 1')


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40,
        "{{ customer.orders | divided_by: 0 }}",
        "{{ customer.last_name | times: 'x' | nosuch }}",
        "{{ (1..1000000000) | join }}",
    ],
)
def test_one_template_that_fails_stops_its_own_mail_only(text: str) -> None:
    bad, good = compiled(text=text), compiled()
    with pytest.raises(RenderFailed) as failure:
        bad.render(CONTEXT)
    assert failure.value.given["part"] == "text"
    assert good.render(CONTEXT).subject == "佐藤様へのお知らせ"


def test_odd_value_of_one_person_stops_only_their_mail() -> None:
    template = compiled(text="{{ customer.orders | divided_by: customer.visits }}")
    with pytest.raises(RenderFailed):
        template.render({**CONTEXT, "customer": {"orders": 1, "visits": 0}})
    assert template.render({**CONTEXT, "customer": {"orders": 4, "visits": 2}}).text == "2"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "x"},
        {"name": "x", "languages": {}},
        {"name": "x", "languages": {"fr": EN}},
        {"name": "x", "languages": {"en": {"subject": "a"}}},
        {"name": "x", "languages": {"en": {**EN, "sender": "me"}}},
        {"name": "x", "languages": {"en": {**EN, "subject": 7}}},
        {"name": "x", "languages": {"en": EN}, "is_admin": True},
        ["name"],
        "name",
        None,
    ],
)
def test_data_that_is_no_template_is_refused(data: object) -> None:
    with pytest.raises(TemplateMalformed):
        parse_template(data)


def test_template_is_read_from_json_data() -> None:
    source = parse_template({"name": "x", "languages": {"en": EN}})
    assert source.languages["en"].subject == EN["subject"]
    assert source.languages["en"].preheader == ""
