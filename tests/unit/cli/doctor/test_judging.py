"""What was read decides what is found: pure, for each check, at its borders."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.cli.doctor import definitions, sending, stores, work
from tenshu.cli.doctor.command import CHECKS
from tenshu.cli.doctor.finding import Finding, Level, unread
from tenshu.deliver.breaker import Tripped
from tenshu.jobs.queue import Job, JobMissing, Reason
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.testing.small_shop import MONDAY

MINUTE = timedelta(minutes=1)
GB = stores.GIGABYTE


def levels(found: list[Finding]) -> list[Level]:
    return [one.level for one in found]


def speaks(found: list[Finding]) -> None:
    """Make sure that each finding can be said in both languages, with advice wherever it is not ok."""
    assert found
    for one in found:
        for language in ("en", "ja"):
            with speaking(language):
                assert "{" not in one.text()
                assert bool(one.advice()) == (one.level != "ok")


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        (stores.Files("/shop", is_folder=True, is_ours=True, missing=[]), "ok"),
        (stores.Files("/shop", is_folder=False, is_ours=False, missing=["ledger.sqlite"]), "broken"),
        (stores.Files("/shop", is_folder=True, is_ours=False, missing=[]), "broken"),
        (stores.Files("/shop", is_folder=True, is_ours=True, missing=["inbox.sqlite"]), "broken"),
    ],
)
def test_a_home_is_a_folder_of_ours_with_three_stores(seen: stores.Files, level: Level) -> None:
    found = stores.judge_files(seen)
    assert levels(found) == [level]
    speaks(found)


@pytest.mark.parametrize(
    ("found_version", "wanted", "level"),
    [("0002", "0002", "ok"), ("0001", "0002", "look"), (None, "0002", "look"), ("0003", "0002", "broken")],
)
def test_an_older_store_is_brought_up_and_a_newer_one_cannot_be_used(
    found_version: str | None, wanted: str, level: Level
) -> None:
    found = stores.judge_versions([stores.Version("ledger", found_version, wanted), stores.Version("inbox", "1", "1")])
    assert levels(found) == [level]
    speaks(found)


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        ([], ["ok"]),
        ([stores.Soundness("a", []), stores.Soundness("b", [])], ["ok"]),
        ([stores.Soundness("a", ["page 3 is torn"]), stores.Soundness("b", [])], ["broken"]),
        ([stores.Soundness("a", [], is_whole=False), stores.Soundness("b", ["torn"])], ["look", "broken"]),
    ],
)
def test_a_file_that_complains_is_broken(seen: list[stores.Soundness], level: list[Level]) -> None:
    assert levels(stores.judge_soundness(seen)) == level
    speaks(stores.judge_soundness(seen))


@pytest.mark.parametrize(
    ("free", "ledger", "level"),
    [
        (10 * GB, GB, "ok"),
        (GB, 0, "ok"),
        (GB - 1, 0, "look"),
        (3 * GB, 2 * GB, "look"),
        (4 * GB, 2 * GB, "ok"),
        (10_000_000, 0, "broken"),
    ],
)
def test_a_gigabyte_or_twice_the_ledger_should_be_free(free: int, ledger: int, level: Level) -> None:
    found = stores.judge_room(stores.Room(free, ledger))
    assert levels(found) == [level]
    speaks(found)


@given(free=st.integers(0, 10**12), ledger=st.integers(0, 10**12), more=st.integers(0, 10**12))
def test_more_room_is_never_worse(free: int, ledger: int, more: int) -> None:
    order = ["broken", "look", "ok"]
    before, after = (stores.judge_room(stores.Room(room, ledger))[0].level for room in (free, free + more))
    assert order.index(after) >= order.index(before)


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        (stores.Owner(None, is_alive=False, answers=False), "ok"),
        (stores.Owner(7, is_alive=True, answers=True), "ok"),
        (stores.Owner(7, is_alive=True, answers=False), "look"),
        (stores.Owner(7, is_alive=False, answers=False), "ok"),
        (stores.Owner(None, is_alive=False, answers=False, problem="not a DuckDB file"), "broken"),
    ],
)
def test_whoever_has_the_warehouse_should_answer(seen: stores.Owner, level: Level) -> None:
    assert levels(stores.judge_owner(seen)) == [level]
    speaks(stores.judge_owner(seen))


def test_a_process_that_was_not_seen_for_a_minute_is_named() -> None:
    seen = [stores.Process("owner", 1, "a", 61.0), stores.Process("web", 2, "a", 59.0)]
    (found,) = stores.judge_processes(seen)
    assert (found.level, found.given["name"], found.given["minutes"]) == ("look", "owner", 1)
    speaks([found])
    (alive,) = stores.judge_processes(seen[1:])
    assert (alive.level, alive.given) == ("ok", {"names": "web"})
    assert levels(stores.judge_processes(None)) == levels(stores.judge_processes([])) == ["ok"]


@pytest.mark.parametrize("judge", [work.judge_inbox, work.judge_facts_out])
@pytest.mark.parametrize(("count", "age", "level"), [(0, 0, "ok"), (5, 9, "ok"), (5, 10, "ok"), (5, 11, "look")])
def test_what_waits_for_ten_minutes_is_looked_at(judge: object, count: int, age: int, level: Level) -> None:
    assert callable(judge)
    found = judge(work.Backlog(count, age * MINUTE))
    assert levels(found) == [level]
    assert found[0].given == {"count": count, "minutes": age}
    speaks(found)


def test_a_batch_that_was_begun_long_ago_is_stuck() -> None:
    found = work.judge_batches([work.Stuck(4, "open", MINUTE), work.Stuck(5, "stored", 30 * MINUTE)])
    assert [(one.level, one.given["batch"]) for one in found] == [("broken", 5)]
    speaks(found)
    assert levels(work.judge_batches([work.Stuck(4, "open", MINUTE)])) == ["ok"]


def job(state: str = "failed") -> Job:
    return Job(
        number=3,
        kind="export",
        given={},
        state=state,
        progress=None,
        asked_at=MONDAY,
        started_at=None,
        ended_at=None,
        holder=None,
        attempt=1,
        result=None,
        error=Reason("There is no job {number}. List them with: tenshu jobs list --home HOME", {"number": "9"}),
    )


def test_failed_jobs_and_those_that_nobody_does_are_told() -> None:
    found = work.judge_jobs(work.Jobs([job()], 2, 11 * MINUTE))
    assert levels(found) == ["look", "look"]
    assert "Job 3 (export) failed: There is no job 9." in found[0].text()
    speaks(found)
    assert levels(work.judge_jobs(work.Jobs([], 2, 9 * MINUTE))) == ["ok"]


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        (work.Ranks(None, has_orders=False), "ok"),
        (work.Ranks(None, has_orders=True), "look"),
        (work.Ranks(timedelta(hours=36), has_orders=True), "ok"),
        (work.Ranks(timedelta(hours=37), has_orders=True), "look"),
    ],
)
def test_ranks_are_published_each_day_once_there_are_purchases(seen: work.Ranks, level: Level) -> None:
    assert levels(work.judge_ranks(seen)) == [level]
    speaks(work.judge_ranks(seen))


@pytest.mark.parametrize(("ahead", "level"), [(-99, "ok"), (0, "ok"), (5, "ok"), (6, "broken")])
def test_nothing_in_the_ledger_is_from_the_future(ahead: int, level: Level) -> None:
    assert levels(work.judge_ahead(ahead * MINUTE)) == [level]
    speaks(work.judge_ahead(ahead * MINUTE))


def test_everything_wrong_with_the_outbox_is_a_finding_of_its_own() -> None:
    assert levels(sending.judge_outbox(sending.Outbox())) == ["ok"]
    seen = sending.Outbox(expired=1, in_doubt=2, in_doubt_days=3, late=4, late_hours=5, failed=6)
    found = sending.judge_outbox(seen)
    assert [one.given["count"] for one in found] == [1, 2, 4, 6]
    assert set(levels(found)) == {"look"}
    speaks(found)


def test_an_account_that_does_not_close_is_a_fault() -> None:
    closed = Account(planned=3, sent=1, suppressed={"capped": 2})
    assert levels(sending.judge_accounts({"a": closed, "b": Account()})) == ["ok"]
    found = sending.judge_accounts({"a": closed, "b": Account(planned=3, sent=1, suppressed={"capped": 1}, strays=1)})
    assert [(one.level, one.given) for one in found] == [
        ("broken", {"journey": "b", "planned": 3, "parts": 2, "strays": 1})
    ]
    speaks(found)


def test_what_stopped_by_itself_says_why() -> None:
    tripped = Tripped(journey="hello", tripped_at=MONDAY, reason="unplanned", found={"count": 12})
    found = sending.judge_stopped(sending.Stopped([tripped], ["b", "c"]))
    assert levels(found) == ["look", "look"]
    assert "12 messages" in found[0].text()
    assert found[1].given["names"] == "b, c"
    speaks(found)
    assert levels(sending.judge_stopped(sending.Stopped([], []))) == ["ok"]


def test_a_shop_that_stands_still_or_has_reached_its_limit_says_so() -> None:
    found = sending.judge_stopped(sending.Stopped([], [], "stocktaking", limited=True))
    assert levels(found) == ["look", "look"]
    assert "stocktaking" in found[0].text()
    assert "limit_per_day" in found[1].advice()
    speaks(found)


@pytest.mark.parametrize(
    ("lacking", "is_sending", "level"),
    [([], True, "ok"), (["name"], False, "look"), (["name", "contact"], True, "broken")],
)
def test_the_law_asks_for_a_sender_before_anything_goes_out(lacking: list[str], is_sending: Any, level: Level) -> None:
    found = sending.judge_sender(sending.Sender(lacking, is_sending))
    assert levels(found) == [level]
    speaks(found)


def test_a_mail_server_matters_once_something_is_sent() -> None:
    seen = [
        None,
        sending.MailServer("mx", 25, None, is_sending=True),
        sending.MailServer("mx", 25, "refused", is_sending=False),
        sending.MailServer("mx", 25, "refused", is_sending=True),
    ]
    found = [finding for one in seen for finding in sending.judge_mail_server(one)]
    assert levels(found) == ["ok", "ok", "look", "broken"]
    speaks(found)


def test_each_definition_that_cannot_be_read_is_named() -> None:
    unreadable = [definitions.Written(kind, "thing", 2, "no such step") for kind in ("scenario", "template", "segment")]
    found = definitions.judge_definitions(definitions.Definitions(5, unreadable, [("hello", "letter")]))
    assert levels(found) == ["broken"] * 4
    assert all("thing" in one.text() for one in found[:3])
    assert found[3].given == {"name": "hello", "template": "letter"}
    speaks(found)
    assert levels(definitions.judge_definitions(definitions.Definitions(5, [], []))) == ["ok"]


def test_what_cannot_be_read_is_said_and_not_raised() -> None:
    known, unknown = unread(JobMissing(number=3)), unread(ValueError("first line\nsecond"))
    assert known.text().startswith("This could not be read: There is no job 3.")
    assert unknown.text() == "This could not be read: ValueError: first line"
    assert (known.level, unread(ValueError("")).level) == ("look", "look")
    speaks([known, unknown])


def test_checks_have_names_of_their_own_and_titles_in_both_languages() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS) >= 17
    found = Finding(level="ok", found="{title}")
    assert found.advice() == ""
    for check in CHECKS:
        titled = Finding(level="ok", found=check.title)
        with speaking("ja"):
            assert titled.text() != check.title
