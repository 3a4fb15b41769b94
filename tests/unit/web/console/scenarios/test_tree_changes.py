"""The tree of a draft is changed by plain forms, one thing at a time; the last change can be taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tenshu.bootstrap import Shop
from tenshu.journey.drafts import keep_changes, read_draft
from tenshu.journey.grammar import Branch, Journey, Send, Split, Wait
from tenshu.web.console.scenarios.finding import journey_of
from tests.unit.web.console.scenarios.shops import add_draft, add_letter, open_flower_shop, words
from tests.unit.web.console.visiting import Visitor, visiting

TREE = "/scenarios/spring-news/tree"
FRAME = {
    "do": "frame",
    "step": "entry",
    "title": "夏のお知らせ",
    "goal_event": "email_clicked",
    "within_days": "10",
    "target": "4",
    "ends": "yes",
    "review_on": "2026-08-01",
    "holdout": "20",
    "priority": "60",
    "again": "after",
    "again_days": "30",
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with a draft of one mail."""
    opened = open_flower_shop(tmp_path / "home", people=3)
    add_draft(opened)
    yield opened
    opened.close()


@pytest.fixture
def client(shop: Shop) -> Iterator[Visitor]:
    with visiting(shop, role="marketer", language="en") as visitor:
        yield visitor


def send(client: Visitor, **fields: str) -> httpx.Response:
    """Send one form of the tree as the page has it now."""
    seen = re.search(r'name="seen" value="(\d+)"', client.get(TREE).text)
    assert seen
    return client.post(TREE, {"seen": seen[1], **fields})


def changed(client: Visitor, **fields: str) -> str:
    """Send one form, and return the step whose forms come next."""
    answer = send(client, **fields)
    assert answer.status_code == 303, words(answer)
    found = re.fullmatch(rf"{TREE}\?step=([a-z0-9-]+)#panel", answer.headers["location"])
    assert found
    return found[1]


def now(shop: Shop) -> Journey:
    """Return the scenario that the draft is now."""
    with shop.ledger.reading() as tx:
        draft = read_draft(tx, "spring-news")
    assert draft is not None
    return journey_of(shop, draft, now=shop.clock.now(), zone="Asia/Tokyo")


def test_a_tree_grows_step_by_step_and_each_new_step_opens_its_forms(shop: Shop, client: Visitor) -> None:
    add_letter(shop, "summer")
    assert changed(client, do="insert", step="mail", place="way-0", kind="wait") == "wait"
    assert changed(client, do="step", step="wait", days="2", hours="", at="09:30") == "wait"
    assert changed(client, do="insert", step="end", place="before", kind="branch") == "branch"
    question = {"q0-how": "did_not", "q0-event": "email_opened", "q0-days": "5"}
    assert changed(client, do="step", step="branch", way="0", **question) == "branch"
    assert changed(client, do="insert", step="branch", place="way-0", kind="send") == "mail-2"
    assert changed(client, do="step", step="mail-2", template="summer", expires="24") == "mail-2"
    assert changed(client, do="insert", step="branch", place="way-1", kind="exit") == "exit"
    assert changed(client, do="step", step="exit", outcome="read") == "exit"
    tree = now(shop)
    assert sorted(tree.steps) == ["branch", "end", "exit", "mail", "mail-2", "wait"]
    assert tree.steps["wait"] == Wait(days=2, at="09:30", next="branch")
    branch = tree.steps["branch"]
    assert isinstance(branch, Branch)
    assert branch.cases[0].when["where"] == [{"field": "journey", "cmp": "is", "value": "spring-news"}]
    assert (branch.cases[0].when["kind"], branch.cases[0].next, branch.otherwise) == ("did_not", "mail-2", "exit")
    assert tree.steps["mail-2"] == Send(channel="email", template="summer", expires_after_hours=24, next="end")


def test_a_split_is_shared_out_anew_and_loses_a_way(shop: Shop, client: Visitor) -> None:
    assert changed(client, do="insert", step="entry", place="way-0", kind="split") == "split"
    changed(client, do="step", step="split", **{"share-0": "30", "share-1": "70%"})
    changed(client, do="add_way", step="split")
    changed(client, do="step", step="split", **{"share-0": "33.33", "share-1": "33.33", "share-2": "33.33"})
    changed(client, do="remove_way", step="split", way="1")
    split = now(shop).steps["split"]
    assert isinstance(split, Split)
    assert [(arm.name, round(arm.share, 4)) for arm in split.arms] == [("a", 0.6667), ("c", 0.3333)]


def test_a_branch_gets_a_way_for_a_segment_and_is_taken_out_with_what_only_one_way_led_to(
    shop: Shop, client: Visitor
) -> None:
    changed(client, do="insert", step="mail", place="way-0", kind="branch")
    changed(client, do="add_way", step="branch", **{"new-how": "segment", "new-segment": "long-away"})
    changed(client, do="insert", step="branch", place="way-1", kind="wait")
    page = words(client.get(f"{TREE}?step=branch"))
    assert "Lost with it: Wait" in page
    answer = send(client, do="remove", step="branch", stays="0")
    assert list(now(shop).steps) == ["mail", "end"]
    assert "Changed. Taken out: Branch, Wait until 10:00, 3 day(s) later." in words(
        client.get(answer.headers["location"].split("#")[0])
    )


def test_a_way_goes_on_at_another_step(shop: Shop, client: Visitor) -> None:
    changed(client, do="insert", step="mail", place="way-0", kind="wait")
    changed(client, do="insert", step="wait", place="way-0", kind="branch")
    assert changed(client, do="lead", step="branch", leads="way-1", to="mail") == "branch"
    branch = now(shop).steps["branch"]
    assert isinstance(branch, Branch)
    assert branch.otherwise == "mail"
    answer = send(client, do="lead", step="wait", leads="way-0", to="nowhere")
    assert (answer.status_code, "Choose one of these." in words(answer)) == (422, True)
    assert changed(client, do="lead", step="entry", leads="way-0", to="wait") == "entry"
    assert now(shop).first_step == "wait"


def test_the_last_change_is_taken_back_again_and_again_until_none_is_left(shop: Shop, client: Visitor) -> None:
    trees = [now(shop)]
    for kind in ("wait", "split", "branch"):
        changed(client, do="insert", step="mail", place="before", kind=kind)
        trees.append(now(shop))
    for before in (trees[2], trees[1], trees[0], trees[0]):
        assert client.post("/scenarios/spring-news/undo").headers["location"] == TREE
        assert now(shop) == before
    assert "There is no change to take back." in words(client.get(TREE))


def test_name_goal_hold_out_entry_and_exit_rule_are_changed_and_what_the_recipe_says_stays_behind(
    shop: Shop, client: Visitor
) -> None:
    changed(client, **FRAME)
    changed(client, do="entry", step="entry", at="2026-06-05T09:00", who="long-away")
    changed(client, do="exit_rule", step="entry", leaves="long-away")
    tree = now(shop)
    assert tree.title == {"ja": "春のお知らせ", "en": "夏のお知らせ"}
    assert (tree.goal.event, tree.goal.ends_journey, tree.holdout_rate) == ("email_clicked", True, 0.2)
    assert (tree.priority, tree.entry.condition == tree.exit_when) == (60, True)
    assert "3 things were changed in the tree since" in words(client.get("/scenarios/spring-news/edit"))
    assert "夏のお知らせ" in words(client.get("/scenarios"))
    changed(client, do="exit_rule", step="entry", leaves="(nobody)")
    assert now(shop).exit_when is None


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"do": "step", "step": "mail", "template": "gone", "expires": ""}, "Choose one of these."),
        ({"do": "step", "step": "mail", "template": "spring", "expires": "soon"}, "Give hours from 0 to 8760"),
        ({"do": "step", "step": "end", "outcome": "Fertig!"}, "Take small Latin letters"),
        ({"do": "step", "step": "end", "outcome": "goal"}, "is a word of tenshu itself"),
        ({"do": "step", "step": "nowhere"}, "This step is not there any more"),
        ({"do": "explode", "step": "mail"}, "This step is not there any more"),
        ({"do": "remove", "step": "end", "stays": "0"}, "Every way has an end"),
        ({"do": "lead", "step": "mail", "leads": "before", "to": "end"}, "Choose one of these."),
        ({"do": "lead", "step": "mail", "leads": "way-0", "to": "mail"}, "round in a circle without a wait"),
        ({"do": "remove", "step": "mail", "stays": "x"}, "This cannot be changed here"),
        ({"do": "insert", "step": "end", "place": "before", "kind": "exit"}, "An end stands on a way"),
        ({"do": "insert", "step": "mail", "place": "under", "kind": "wait"}, "Choose one of these."),
        ({"do": "insert", "step": "mail", "place": "way-7", "kind": "wait"}, "cannot be changed like this"),
        ({"do": "entry", "step": "entry", "at": "soon", "who": ""}, "Give a day and a time."),
        ({**FRAME, "holdout": "95"}, "Give a share from 0% to 90%."),
        ({**FRAME, "title": " "}, "Give it a name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    shop: Shop, client: Visitor, fields: dict[str, str], wrong: str
) -> None:
    before = now(shop)
    answer = send(client, **fields)
    assert (answer.status_code, wrong in words(answer)) == (422, True)
    assert now(shop) == before


def test_what_was_typed_stands_in_the_form_again_beside_what_is_wrong(client: Visitor) -> None:
    changed(client, do="insert", step="mail", place="before", kind="wait")
    answer = send(client, do="step", step="wait", days="0", hours="0", at="")
    assert re.search(r'id="days"[^>]*value="0"[^>]*aria-describedby="[^"]*days-error"', answer.text)
    assert '<p class="error" id="days-error" role="alert">Give days, hours or a time of the day.</p>' in answer.text


def test_a_tree_that_somebody_else_changed_meanwhile_is_looked_at_first(shop: Shop, client: Visitor) -> None:
    changed(client, do="insert", step="mail", place="before", kind="wait")
    answer = client.post(TREE, {"seen": "0", "do": "insert", "step": "mail", "place": "before", "kind": "wait"})
    assert (answer.status_code, "Somebody has changed this draft" in words(answer)) == (409, True)
    assert list(now(shop).steps) == ["wait", "mail", "end"]


def test_a_draft_that_cannot_be_drawn_says_why_and_lets_the_last_change_be_taken_back(
    shop: Shop, client: Visitor
) -> None:
    changed(client, do="insert", step="mail", place="before", kind="wait")
    changed(client, do="step", step="wait", days="1", hours="", at="")
    with shop.ledger.writing() as tx:
        draft = read_draft(tx, "spring-news")
        assert draft is not None
        keep_changes(tx, draft, draft.changes[1:], now=shop.clock.now(), by="店主")  # as a later release might see it
    page = client.get(TREE)
    assert (page.status_code, "There is no step" in words(page)) == (409, True)
    assert client.post("/scenarios/spring-news/undo").status_code == 303
    assert client.get(TREE).status_code == 200


def test_a_part_is_the_forms_alone_and_who_may_only_look_gets_none(shop: Shop, client: Visitor) -> None:
    part = client.part("GET", f"{TREE}?step=mail")
    assert (part.status_code, "<html" in part.text, 'name="template"' in part.text) == (200, False, True)
    with visiting(shop, role="viewer") as viewer:
        assert viewer.get(TREE).status_code == 403
        assert TREE not in viewer.get("/scenarios/spring-news").text
    assert f"{TREE}?step=mail" in client.get("/scenarios/spring-news?step=mail").text
