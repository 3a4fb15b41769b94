"""Waiting is said in words: what is being done, how much is done and left, and what went wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenshu.jobs.queue import Job, Reason, Step
from tenshu.kit.i18n import speaking
from tenshu.web.console.imports.basis_words import basis_choices, basis_title
from tenshu.web.console.imports.progress_view import ProgressView, progress_of_digestion, progress_of_job

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


def job(state: str, **more: Any) -> Job:
    blank: dict[str, Any] = dict.fromkeys(("progress", "started_at", "ended_at", "holder", "result", "error"))
    return Job(number=1, kind="stage_file", given={}, state=state, asked_at=NOW, attempt=1, **(blank | more))


def said(found: Job, *, is_behind: bool = False) -> ProgressView:
    with speaking("en"):
        return progress_of_job(found, title="Reading", is_behind=is_behind)


def test_a_job_that_waits_says_for_what() -> None:
    assert said(job("waiting")).words == "It begins in a moment."
    assert said(job("waiting"), is_behind=True).words == "Another long job is being done first."


def test_a_job_that_runs_says_what_is_done_and_what_is_left() -> None:
    view = said(job("running", progress=Step("rows checked", 250_000, 1_000_000)))
    assert (view.words, view.share) == ("rows checked: 250,000 of 1,000,000, 750,000 left", 0.25)


def test_without_a_whole_there_is_no_share_and_no_spinner_without_words() -> None:
    assert said(job("running", progress=Step("rows read", 50_000))) == ProgressView(
        title="Reading", words="rows read 50,000"
    )
    assert said(job("running")).words
    assert said(job("running", progress=Step("Opening", 0))).words == "Opening"


def test_a_share_is_never_more_than_all() -> None:
    assert said(job("running", progress=Step("rows", 11, 10))).share == 1.0


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_job_that_ended_badly_says_why(state: str) -> None:
    view = said(job(state, error=Reason("It broke with an unforeseen error: {problem}", {"problem": "disk"})))
    assert view.wrong == "It broke with an unforeseen error: disk"
    assert said(job(state)).wrong


def test_digestion_says_how_many_facts_are_in_and_left() -> None:
    with speaking("en"):
        assert progress_of_digestion(None, 2_000).words == "2,000 facts wait their turn."
        half = progress_of_digestion(Step("facts", 500), 2_000)
        whole = progress_of_digestion(Step("facts", 2_000), 2_000)
    assert (half.words, half.share) == ("500 of 2,000, 1,500 left", 0.25)
    assert "ranks and segments follow" in whole.words


def test_what_an_earlier_larger_import_told_is_not_this_ones_progress() -> None:
    assert progress_of_digestion(Step("facts", 90_000), 2_000).share is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_basis_is_explained_and_asks_for_its_reason_but_none(language: str) -> None:
    with speaking(language):
        first, *others = basis_choices()
        assert (first.code, first.reason) == ("none", "")
        assert [each.code for each in others] == ["opt_in", "business_relation", "business_card", "published_address"]
        assert all(each.title and each.meaning and each.reason for each in others)
        assert basis_title("business_card") == others[2].title
    assert basis_title("older_word") == "older_word"
