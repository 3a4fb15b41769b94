"""Every page of scenarios and outbox, in both languages and for every role: whole, labelled, without a loose end."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any, Final

import pytest

from tenshu.bootstrap import Shop
from tenshu.deliver import breaker
from tenshu.deliver.outbox import settle
from tenshu.deliver.tables import breakers, outbox
from tenshu.journey.changes import InsertBefore, RemoveStep, SetStep
from tenshu.journey.drafts import keep_changes, keep_draft, read_draft
from tenshu.journey.grammar import Arm, Branch, Case, Split, Step, Wait
from tenshu.journey.recipes import RECIPES
from tenshu.journey.tables import enrolments, journey_drafts, journeys
from tenshu.staff.person import ROLES, Role
from tenshu.store.settings import settings
from tenshu.testing.small_shop import TWO_MAILS, add_template, everybody, start, tick
from tenshu.web.console.outbox import PAGES as OUTBOX
from tenshu.web.console.scenarios import PAGES as SCENARIOS
from tenshu.web.console.scenarios.changing.questions import usual_question
from tests.unit.deliver.outboxes import take
from tests.unit.web.console.scenarios.shops import add_draft, open_flower_shop
from tests.unit.web.console.visiting import visiting

#: Words of ours in the other language that may stand on a Japanese page: names of things, not sentences.
_WORDS: Final = re.compile(r"[A-Za-z][a-z]+(?: [a-z]+){2,}")
#: What acts on scenarios write to.
KEPT: Final = (journeys, journey_drafts, enrolments, outbox, breakers, settings)
PATHS: Final = (
    "/scenarios",
    "/scenarios/two",
    "/scenarios/two?as=list",
    "/scenarios/two?step=send",
    "/scenarios/two/end",
    "/scenarios/spring-news",
    "/scenarios/spring-news/edit",
    "/scenarios/spring-news/preflight",
    "/scenarios/spring-news/tree",
    *(f"/scenarios/spring-news/tree?step={step}" for step in ("wait", "branch", "split", "mail", "end")),
    "/scenarios/every-day/tree",
    "/scenarios/every-day/preflight",
    "/scenarios/new",
    *(f"/scenarios/new/{name}" for name in RECIPES),
    "/outbox",
)


class Markup(HTMLParser):
    """Notes what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str]] = []
        self.links: set[str] = set()
        self.headings: list[int] = []
        self.forms: list[dict[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "label":
            self.labelled.add(given.get("for", ""))
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.append(given)
        if tag == "a":
            self.links.add(given.get("href", ""))
        if tag == "form":
            self.forms.append(given)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text.append(data.strip())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A shop with everything on its pages: a running scenario, a draft, a breaker, doubts, a queue."""
    opened = open_flower_shop(tmp_path_factory.mktemp("pages") / "home", people=20)
    add_template(opened)
    start(opened, "two", holdout_rate=0.2, **TWO_MAILS)
    tick(opened)
    settle(opened.ledger, take(opened, limit=3), [], now=opened.clock.now())
    with opened.ledger.writing() as tx:
        breaker.trip(tx, "two", breaker.OVERDUE, {"count": 40, "hours": 24}, now=opened.clock.now())
    add_draft(opened)
    _grow(opened)
    yield opened
    opened.close()


def _grow(shop: Shop) -> None:
    """Give the draft a step of each kind, and a scenario that runs a next version with new, changed and lost steps."""
    daily = {**TWO_MAILS, "entry": {"kind": "daily", "at": "12:00", "condition": everybody()}}
    start(shop, "every-day", **daily)
    either = Split(arms=(Arm(name="a", share=0.5, next=""), Arm(name="b", share=0.5, next="")))
    clicked = Branch(cases=(Case(when=usual_question("every-day"), next=""),), otherwise="")
    new: dict[str, Step] = {"wait": Wait(days=3, at="10:00", next=""), "branch": clicked, "split": either}
    with shop.ledger.writing() as tx:
        draft = read_draft(tx, "spring-news")
        assert draft is not None
        grown = [InsertBefore(before="mail", name=name, step=step) for name, step in new.items()]
        keep_changes(tx, draft, grown, now=shop.clock.now(), by="店主")
        inserted = InsertBefore(before="end", name="branch", step=clicked)
        changes = (SetStep(step="wait", to=Wait(days=5, next="")), RemoveStep(step="second"), inserted)
        keep_draft(tx, "every-day", 1, changes=changes, now=shop.clock.now(), by="店主")


def read(shop: Shop, path: str, language: str, role: Role = "owner") -> Markup:
    with visiting(shop, role=role, language=language) as client:
        answer = client.get(path)
    assert answer.status_code == 200, path
    found = Markup()
    found.feed(answer.text)
    return found


@pytest.mark.parametrize("path", PATHS)
def test_no_id_stands_twice_and_every_field_has_a_label(shop: Shop, path: str) -> None:
    page = read(shop, path, "ja")
    assert [name for name, count in page.ids.items() if count > 1] == []
    for field in page.fields:
        assert field.get("id") in page.labelled or field.get("aria-label"), field
    assert page.headings.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(page.headings, page.headings[1:], strict=False))


@pytest.mark.parametrize("path", PATHS)
def test_a_japanese_page_says_nothing_in_english(shop: Shop, path: str) -> None:
    texts = " ".join(read(shop, path, "ja").text)
    assert _WORDS.findall(texts) == []


@pytest.mark.parametrize("path", PATHS)
def test_no_field_of_a_text_is_left_open(shop: Shop, path: str) -> None:
    for language in ("ja", "en"):
        texts = " ".join(read(shop, path, language).text)
        assert not re.search(r"\{[a-z_]+\}", texts)


@pytest.mark.parametrize("path", ["/scenarios", "/scenarios/two", "/scenarios/spring-news/preflight", "/outbox"])
def test_links_lead_to_pages_that_are_there(shop: Shop, path: str) -> None:
    page = read(shop, path, "en")
    mine = {link.split("#")[0] for link in page.links if link.startswith(("/scenarios", "/outbox"))}
    with visiting(shop, language="en") as client:
        for link in sorted(mine):
            assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("path", PATHS)
def test_every_form_that_does_something_is_ours(shop: Shop, path: str) -> None:
    with visiting(shop) as client:
        text = client.get(path).text
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL):
        assert 'name="csrf"' in form


def test_parts_are_parts() -> None:
    parts = ("/live", "/verdict", "/steps/{step}", "/said")
    assert {page.path for page in SCENARIOS if page.path.endswith(parts)} == {
        "/scenarios/{name}/live",
        "/scenarios/{name}/verdict",
        "/scenarios/{name}/steps/{step}",
        "/scenarios/new/{recipe}/said",
    }


def test_what_changes_something_is_a_post_and_the_marketers() -> None:
    for page in (*SCENARIOS, *OUTBOX):
        if page.method == "POST":
            assert page.role == "marketer", page.path
        else:
            assert page.role in ("viewer", "marketer"), page.path


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_what_it_may_and_no_button_that_it_may_not(shop: Shop, role: Role) -> None:
    page = read(shop, "/scenarios/two", "en", role)
    acts = {form["action"] for form in page.forms if form["action"].startswith("/scenarios")}
    allowed = {"/scenarios/two/pause", "/scenarios/two/go-on", "/scenarios/two/skip-overdue"}
    assert acts == (allowed if role in ("marketer", "owner") else set())


def test_no_get_changes_anything(shop: Shop) -> None:
    def kept() -> dict[str, list[tuple[Any, ...]]]:
        with shop.ledger.reading() as tx:
            return {table.name: tx.frame(table.select()).rows() for table in KEPT}

    before = kept()
    with visiting(shop) as client:
        for path in PATHS:
            client.get(path)
        for path in ("/scenarios/two/pause", "/scenarios/spring-news/start", "/outbox/go-on", "/scenarios/two/test"):
            assert client.get(path).status_code in (404, 405), path
    assert kept() == before
