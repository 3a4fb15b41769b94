"""MJML with Liquid in it: nothing lost, nothing fetched, errors with lines."""

import contextlib

import pytest

from tenshu.content.mjml import DEEPEST, OWN_FONTS, LayoutMalformed, html_of


def page(body: str, head: str = "") -> str:
    return f"<mjml>{head}<mj-body>{body}</mj-body></mjml>"


def column(inside: str) -> str:
    return page(f"<mj-section><mj-column>{inside}</mj-column></mj-section>")


def reason(source: str) -> tuple[object, str]:
    with pytest.raises(LayoutMalformed) as refusal:
        html_of(source, language="ja")
    return refusal.value.given["line"], str(refusal.value.given["reason"])


SURVIVING = {
    "between sections": page("{% if a %}<mj-section/>{% else %}<mj-section/>{% endif %}"),
    "around a loop of sections": page("{% for p in products %}<mj-section/>{% endfor %}"),
    "in a wrapper": page("<mj-wrapper>{% if a %}<mj-section/>{% endif %}</mj-wrapper>"),
    "between columns": page("<mj-section>{% for p in products %}<mj-column/>{% endfor %}</mj-section>"),
    "in a group": page("<mj-section><mj-group>{% if a %}<mj-column/>{% endif %}</mj-group></mj-section>"),
    "between texts": column("{% if a %}<mj-text>x</mj-text>{% endif %}"),
    "in a text": column("<mj-text>{{ customer.last_name | sama }}</mj-text>"),
    "less than": column("<mj-text>{% if a < 3 %}few{% endif %}</mj-text>"),
    "less than between sections": page("{% if a < 3 and b > 4 %}<mj-section/>{% endif %}"),
    "in an attribute": column('<mj-button href="{{ product.url }}">go</mj-button>'),
    "quotes in an attribute": column("<mj-image src=\"{{ p['image'] | default: 'x' }}\"/>"),
    "in a colour": column('<mj-text color="{{ shop.colour }}">x</mj-text>'),
    "in a table": column("<mj-table>{% for p in products %}<tr><td>{{ p.name }}</td></tr>{% endfor %}</mj-table>"),
    "in raw HTML": page("<mj-raw><p>{{ a }}</p></mj-raw>"),
    "in the title": page("", "<mj-head><mj-title>{{ shop.name }}</mj-title></mj-head>"),
    "in the style": page("", "<mj-head><mj-style>.a { color: {{ shop.colour }}; }</mj-style></mj-head>"),
    "over several lines": column("<mj-text>{% if a\n  and b %}x{% endif %}</mj-text>"),
    "with a greater than inside": column("<mj-text>{{ '>' | append: '</mj-text>' }}</mj-text>"),
    "verbatim": column("<mj-text>{% raw %}{{ not this }}{% endraw %}</mj-text>"),
    "before the layout": "{% assign a = 1 %}" + page("<mj-section/>"),
    "after the layout": page("<mj-section/>") + "{% assign b = 2 %}",
}


@pytest.mark.parametrize("source", SURVIVING.values(), ids=SURVIVING.keys())
def test_liquid_survives_the_layout_in_its_order(source: str) -> None:
    html = html_of(source, language="ja")
    at = 0
    for piece in source.replace("%}", "%}\x00").replace("}}", "}}\x00").split("\x00")[:-1]:
        liquid = piece[min(found for found in (piece.find("{%"), piece.find("{{")) if found >= 0) :]
        assert liquid in html[at:]
        at = html.index(liquid, at)


@pytest.mark.parametrize("source", SURVIVING.values(), ids=SURVIVING.keys())
def test_no_token_is_left_in_the_html(source: str) -> None:
    assert "zqlq" not in html_of(source, language="ja")


LOST = {
    "directly in the layout": ("<mjml>{{ a }}<mj-body/></mjml>", "<mjml>"),
    "in the head": (page("", "<mj-head>{% if a %}<mj-title>x</mj-title>{% endif %}</mj-head>"), "<mj-head>"),
    "between social links": (column("<mj-social>{% if a %}{% endif %}</mj-social>"), "<mj-social>"),
    "between links": (column("<mj-navbar>{{ a }}</mj-navbar>"), "<mj-navbar>"),
    "between accordions": (column("<mj-accordion>{{ a }}</mj-accordion>"), "<mj-accordion>"),
    "between pictures": (column("<mj-carousel>{{ a }}</mj-carousel>"), "<mj-carousel>"),
    "in an attribute that MJML does not know": (column('<mj-text nonsense="{{ a }}">x</mj-text>'), "{{ a }}"),
}


@pytest.mark.parametrize(("source", "named"), LOST.values(), ids=LOST.keys())
def test_liquid_that_the_layout_would_lose_is_an_error_that_names_it(source: str, named: str) -> None:
    assert named in reason(source)[1]


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("<mjml>\n<mj-body>\n<mj-foo/>\n</mj-body></mjml>", 3, "mj-foo"),
        ("<mjml>\n<mj-body>\n<mj-section>\n</mj-body></mjml>", 1, ""),
        ("<mjml>\n<mj-body>\n\n{{ a\n }}<mj-bar/>\n</mj-body></mjml>", 5, "mj-bar"),
        ("<mjml>\n<!-- one\ntwo -->\n<mj-baz/></mjml>", 4, "mj-baz"),
        ("<mjml>\n<mj-head>\n{{ a }}</mj-head></mjml>", 3, "{{ a }}"),
        ("hello <mjml><mj-body/></mjml>", 1, "start"),
        ("<mjml><mj-body/></mjml> bye", 1, "start"),
        ("<mjml><mj-body>", 1, "end"),
        ('<mjml><mj-body><mj-include path="/etc/passwd"/></mj-body></mjml>', 1, "mj-include"),
    ],
)
def test_broken_layout_names_line_and_reason(source: str, line: int, said: str) -> None:
    where, why = reason(source)
    assert said in why
    assert where == line or not said


@pytest.mark.parametrize(
    "tags",
    [
        ("<mj-section><mj-column><mj-text>", "<div>", "</div>", "</mj-text></mj-column></mj-section>"),
        ("", "<mj-wrapper>", "</mj-wrapper>", ""),
        ("", "<mj-section><mj-column>", "</mj-column></mj-section>", ""),
        ("<mj-raw>", "<DIV>", "", "</mj-raw>"),
    ],
)
def test_deeply_nested_layout_is_refused_before_it_is_compiled(tags: tuple[str, str, str, str]) -> None:
    before, opening, closing, after = tags
    source = page(before + opening * 20_000 + closing * 20_000 + after)
    assert str(DEEPEST) in reason(source)[1]


def test_many_tags_side_by_side_are_no_depth() -> None:
    html = html_of(column("<mj-text>" + "<b>x</b><br><img src='a'>" * 500 + "</mj-text>"), language="ja")
    assert html.count("<b>x</b>") == 500


@pytest.mark.parametrize(
    "source", [page("<mj-section/>"), column("<mj-text>春</mj-text>"), column("<mj-button>x</mj-button>")]
)
def test_no_font_is_fetched_from_a_third_party(source: str) -> None:
    html = html_of(source, language="ja")
    assert "fonts.googleapis.com" not in html
    assert "@import" not in html
    assert "<link" not in html
    assert "Ubuntu" not in html


def test_japanese_fonts_of_the_readers_machine_are_used() -> None:
    assert OWN_FONTS in html_of(column("<mj-text>春</mj-text>"), language="ja")


def test_fonts_that_the_shop_chose_stay() -> None:
    head = '<mj-head><mj-attributes><mj-all font-family="Georgia"/></mj-attributes></mj-head>'
    source = page("<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>", head)
    assert "font-family:Georgia" in html_of(source, language="ja")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_page_says_its_language(language: str) -> None:
    assert f'<html lang="{language}"' in html_of(page("<mj-section/>"), language=language)


def test_language_that_the_layout_says_stays() -> None:
    html = html_of('<mjml lang="fr"><mj-body><mj-section/></mj-body></mjml>', language="ja")
    assert '<html lang="fr"' in html


def test_comments_of_the_writer_are_not_sent() -> None:
    assert "secret" not in html_of(page("<!-- secret {{ a }} --><mj-section/>"), language="ja")


def test_outlook_comments_are_kept() -> None:
    html = html_of(page("<mj-raw><!--[if mso]><p>{{ a }}</p><![endif]--></mj-raw>"), language="ja")
    assert "{{ a }}" in html or "mso" in html


def test_plain_html_is_left_as_it_is() -> None:
    source = "<html><body>{% if a < 3 %}<p>x</p>{% endif %}</body></html>"
    assert html_of(source, language="ja") == source


@pytest.mark.parametrize("noise", ["<a", "{{", "{%", "<!--", "<mj-text ", "&", "]]>"])
def test_noise_is_refused_or_compiled_and_never_hangs(noise: str) -> None:
    with contextlib.suppress(LayoutMalformed):
        assert html_of(page(noise * 20_000), language="ja")
