"""The report page: this machine alone, every value as text, every picture with its words."""

import itertools
import re
import threading
from html.parser import HTMLParser

import msgspec
import pytest
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.measure.account import Account
from tenshu.measure.report import OutreachReport, RankRow, ShopReport, StepReport
from tenshu.web.app import make_app
from tenshu.web.console.reports.source import RememberedReport, read_report
from tests.unit.web.cast import NOW, ask, sample_report
from tests.unit.web.gates import LocalGate

NASTY = "<script>alert(1)</script>\"'onmouseover=alert(2) {{ 7*7 }}"


class Outline(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def nasty_report() -> ShopReport:
    """Return a report in which every text that comes from outside is an attack."""
    account = Account(planned=2, sent=1, suppressed={NASTY: 1})
    outreach = OutreachReport(
        name=NASTY,
        title={"ja": NASTY, "en": NASTY},
        status=NASTY,
        account=account,
        steps=(StepReport(name=NASTY, account=account), StepReport(name=NASTY, account=account)),
    )
    return msgspec.structs.replace(
        sample_report(), shop=NASTY, outreaches=(outreach,), ranks=(RankRow(rank=NASTY, customers=1, revenue=1),)
    )


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_text_from_outside_is_shown_as_text(shop: Shop, language: str) -> None:
    page = ask(make_app(shop, report=nasty_report, gate=LocalGate(shop)), "GET", f"/report?lang={language}").text
    outline = Outline(page)
    assert page.count("&lt;script&gt;") >= 5
    assert "<script>alert" not in page
    assert all(set(script) == {"defer", "src"} for script in outline.all("script"))
    assert not [tag for tag, attributes in outline.tags if any(name.startswith("on") for name in attributes)]
    assert "{{ 7*7 }}" in page


def test_chart_data_cannot_leave_its_attribute(shop: Shop) -> None:
    page = ask(make_app(shop, report=sample_report, gate=LocalGate(shop)), "GET", "/report").text
    (chart,) = [tag for tag in Outline(page).all("div") if "data-chart" in tag]
    assert len(msgspec.json.decode(str(chart["data-chart"]))["share"]) == 10


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1:8000", {}, 200),
        ("localhost:8000", {}, 200),
        ("[::1]:8000", {}, 200),
        ("evil.example", {}, 404),  # a name that was pointed at this machine
        ("127.0.0.1.evil.example", {}, 404),
        ("192.168.0.7:8000", {}, 404),
        ("127.0.0.1:8000", {"X-Forwarded-For": "203.0.113.5"}, 404),
        ("127.0.0.1:8000", {"Forwarded": "for=203.0.113.5"}, 404),
        ("127.0.0.1:8000", {"X-Forwarded-Host": "shop.example"}, 404),
        ("127.0.0.1:8000", {"Via": "1.1 proxy"}, 404),
    ],
)
def test_the_console_answers_this_machine_alone(
    app: Starlette, host: str, headers: dict[str, str], status: int
) -> None:
    assert ask(app, "GET", "/report", host=host, headers=headers).status_code == status
    if status == 404:
        assert ask(app, "GET", "/", host=host, headers=headers).status_code == 404


def test_head_says_what_get_would(app: Starlette) -> None:
    answer = ask(app, "HEAD", "/report")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_is_built_for_ears_as_well(app: Starlette, language: str) -> None:
    outline = Outline(ask(app, "GET", f"/report?lang={language}").text)
    assert outline.all("html") == [{"lang": language}]
    assert len(outline.all("h1")) == 1
    assert len(outline.all("main")) == 1
    for picture in outline.all("svg"):
        has_words = picture.get("role") == "img" and picture.get("aria-label")
        is_hidden = picture.get("aria-hidden") == "true"
        assert has_words or is_hidden or picture.get("overflow") == "visible"


def test_identifiers_on_the_page_are_unique_and_links_inside_it_lead_somewhere(app: Starlette) -> None:
    outline = Outline(ask(app, "GET", "/report").text)
    names = [str(attributes["id"]) for _tag, attributes in outline.tags if "id" in attributes]
    assert len(names) == len(set(names))
    inside = [str(link["href"]) for link in outline.all("a") if str(link["href"]).startswith("#")]
    assert inside
    assert {target[1:] for target in inside} <= set(names)


def test_headings_never_skip_a_level(app: Starlette) -> None:
    levels = [
        int(tag[1]) for tag, _attributes in Outline(ask(app, "GET", "/report").text).tags if re.fullmatch("h[1-6]", tag)
    ]
    for above, below in itertools.pairwise(levels):
        assert below <= above + 1


def test_every_drawn_place_is_inside_its_frame(app: Starlette) -> None:
    for tag, attributes in Outline(ask(app, "GET", "/report").text).tags:
        if tag in {"rect", "line", "text", "svg"}:
            for name in ("x", "x1", "x2", "width"):
                value = str(attributes.get(name) or "")
                if value.endswith("%"):
                    assert 0 <= float(value[:-1]) <= 100, (tag, attributes)


def test_every_verdict_is_on_the_page(app: Starlette) -> None:
    page = ask(app, "GET", "/report?lang=en").text
    for words in (
        "Cannot know yet. About 5,200 more people.",
        "It helped",
        "It did harm",
        "No difference worth acting on",
    ):
        assert words in page


def test_harm_and_suspicion_are_marked_for_a_person(app: Starlette) -> None:
    page = ask(app, "GET", "/report?lang=en").text
    assert 'class="urgent"' in page
    assert "something sorted people between the arms" in page


def test_a_fresh_home_has_a_page_that_teaches(shop: Shop) -> None:
    page = ask(make_app(shop, gate=LocalGate(shop)), "GET", "/report?lang=en").text
    assert "No outreach has started yet." in page
    assert "tenshu import FILE" in page
    assert "data-chart" not in page


def test_the_report_is_built_at_the_shops_instant(shop: Shop) -> None:
    assert read_report(shop).as_of == NOW


def test_a_report_is_built_once_for_many_readers() -> None:
    built = []

    def build() -> ShopReport:
        built.append(1)
        return sample_report()

    remembered = RememberedReport(build)
    threads = [threading.Thread(target=remembered) for _reader in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_an_old_report_is_built_again() -> None:
    built = []

    def build() -> ShopReport:
        built.append(1)
        return sample_report()

    remembered = RememberedReport(build, fresh_for=-1.0)
    remembered()
    remembered()
    assert len(built) == 2


def test_a_report_that_failed_is_not_kept() -> None:
    failures = [ValueError("the warehouse is away")]

    def build() -> ShopReport:
        if failures:
            raise failures.pop()
        return sample_report()

    remembered = RememberedReport(build)
    with pytest.raises(ValueError, match="away"):
        remembered()
    assert remembered().customers == 4338
