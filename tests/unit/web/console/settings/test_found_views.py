"""What is found about a domain and a mail server is shown with its meaning, its state and what to do, in words."""

from typing import Any, Literal

import pytest

from tenshu.deliver.channels.email.advice import Finding, Record
from tenshu.deliver.channels.email.connection import Server
from tenshu.deliver.channels.email.probe import STEPS, Step
from tenshu.deliver.channels.email.probe_advice import said
from tenshu.kit.i18n import LANGUAGES, _, speaking
from tenshu.web.console.settings.domain_pages import MEANINGS, finding_view
from tenshu.web.console.settings.server_test import trial_view
from tenshu.web.console.settings.trials import Running, TooManyTrials, Trials

NAMES = list(STEPS)
ADVICE = said(
    "Nobody could be asked about {domain}: this machine is offline, or its name servers are silent.", domain="hanaya.jp"
)
Done = Literal["good", "bad", "left_out", "not_tried"]


def running(*states: Done, is_over: bool = False) -> Running:
    steps = {name: Step(name=name, state=state) for name, state in zip(NAMES, states, strict=False)}
    return Running(token="t", server=Server(host="mx.hanaya.jp", port=587), steps=steps, is_over=is_over)


def states(one: Running) -> list[str]:
    return [step["state"] for step in trial_view(one)["steps"]]


def finding(name: str = "spf", **given: Any) -> Finding:
    return Finding(name=name, **{"state": "missing", "said": ADVICE, **given})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MEANINGS)
def test_each_finding_is_called_by_name_and_says_what_it_is_for(name: str, language: str) -> None:
    with speaking(language):
        view = finding_view(finding(name))
    assert view["title"]
    assert view["meaning"].endswith("。" if language == "ja" else ".")
    assert (view["name"], view["state"]) == (name, "missing")


def test_the_meanings_are_of_four_different_things() -> None:
    assert list(MEANINGS) == ["spf", "dkim", "dmarc", "return"]
    assert len({meaning for _title, meaning in MEANINGS.values()}) == 4


def test_what_was_found_is_said_in_the_language_of_the_reader() -> None:
    with speaking("ja"):
        japanese = finding_view(finding())["said"]
    assert "hanaya.jp" in japanese
    assert japanese != ADVICE.text("en")


def test_where_nothing_is_to_be_done_no_advice_is_given() -> None:
    view = finding_view(finding(state="good"))
    assert (view["advice"], view["record"]) == ("", None)


def test_the_record_to_add_is_shown_letter_by_letter() -> None:
    record = Record("_dmarc.hanaya.jp", "TXT", "v=DMARC1; p=none")
    view = finding_view(finding("dmarc", advice=ADVICE, record=record))
    assert view["record"] is record
    assert view["advice"] == ADVICE.text()


def test_a_trial_that_has_just_begun_is_doing_its_first_step() -> None:
    assert states(running()) == ["doing", *["not_tried"] * 5]
    assert running().next_step == NAMES[0]


@pytest.mark.parametrize("done", range(7))
def test_a_trial_does_the_step_behind_those_that_are_done(done: int) -> None:
    one = running(*["good"] * done)  # type: ignore[arg-type]
    assert one.next_step == (NAMES[done] if done < len(NAMES) else "")
    assert states(one).count("good") == done
    assert states(one).count("doing") == (1 if done < len(NAMES) else 0)


def test_a_trial_that_is_over_is_doing_nothing() -> None:
    one = running("good", "bad", is_over=True)
    assert one.next_step == ""
    assert states(one) == ["good", "bad", *["not_tried"] * 4]


@pytest.mark.parametrize(
    ("told", "is_good"),
    [
        (["good"] * 6, True),
        (["good", "good", "good", "left_out", "left_out", "good"], True),
        (["good", "good", "good", "good", "bad", "not_tried"], False),
        (["good", "good", "good", "good", "good", "not_tried"], False),
    ],
)
def test_mail_is_taken_only_when_no_step_failed_or_was_left(told: list[Done], is_good: bool) -> None:  # noqa: FBT001
    assert running(*told, is_over=True).is_good is is_good
    assert not running(*told, is_over=False).is_good


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_of_a_trial_is_called_in_the_language_of_the_reader(language: str) -> None:
    with speaking(language):
        titles = [step["title"] for step in trial_view(running())["steps"]]
    assert titles == [_(title, language) for title in STEPS.values()]
    assert len(set(titles)) == len(STEPS)


def test_what_a_step_came_to_and_what_to_do_is_said_below_it() -> None:
    one = running()
    one.steps["name"] = Step(name="name", state="bad", said=ADVICE, advice=(ADVICE, ADVICE))
    with speaking("ja"):
        first = trial_view(one)["steps"][0]
    assert first["said"] == ADVICE.text("ja")
    assert first["advice"] == [ADVICE.text("ja")] * 2


def test_the_page_knows_how_to_ask_again_and_when_to_stop() -> None:
    view = trial_view(running("good", is_over=True))
    assert (view["token"], view["is_over"], view["is_good"]) == ("t", True, True)


def test_the_password_of_the_server_is_in_nothing_that_a_page_shows() -> None:
    server = Server(host="mx.hanaya.jp", port=587, tls="tls", username="hana", password="geheim")
    assert "geheim" not in str(trial_view(Running(token="t", server=server)))


def test_nobody_finds_a_trial_by_guessing() -> None:
    trials = Trials()
    assert [trials.find(token) for token in ("", "t", "../t")] == [None, None, None]


def test_too_many_trials_are_refused_with_when_to_try_again() -> None:
    refused = TooManyTrials()
    assert refused.status == 429
    assert "half a minute" in refused.text("en")
    assert refused.text("ja") != refused.text("en")
