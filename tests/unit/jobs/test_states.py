"""A job's states as one table: what may be said of a job in each state, by whom, and what comes of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.jobs import kinds
from tenshu.jobs.export import FORMATS, KIND, FolderTaken, FormatUnknown, _is_taken, _key, _target
from tenshu.jobs.export_definitions import READ_ME, WHAT, without_secrets, write_read_me
from tenshu.jobs.files import PROGRESS, FileProgress, Order, get, put
from tenshu.jobs.kinds import NotTaken, UnknownKind, Work, check
from tenshu.jobs.queue import (
    ATTEMPTS,
    Job,
    Reason,
    Step,
    ask,
    cancel,
    fail,
    finish,
    list_jobs,
    next_job,
    put_back,
    read_job,
    retry,
    running,
    tell_progress,
)
from tenshu.jobs.snapshot import quoted
from tenshu.jobs.tables import jobs
from tenshu.store.ledger import Ledger, Transaction
from tenshu.testing.conformance_ledger import make_tables
from tests.unit.jobs.homes import NOW

LATER = NOW + timedelta(minutes=5)
WHY = Reason("It broke with an unforeseen error: {problem}", {"problem": "x"})
Act = Callable[[Transaction, Job], object]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = make_tables(Ledger(tmp_path_factory.mktemp("states") / "ledger.sqlite"), jobs.metadata)
    yield made
    made.close()


@pytest.fixture
def tx(ledger: Ledger) -> Iterator[Transaction]:
    with ledger.writing() as opened:
        opened.execute(jobs.delete())
        yield opened


def claimed(tx: Transaction, holder: str = "a") -> Job:
    found = next_job(tx, holder, now=NOW)
    assert found is not None
    return found


def brought_to(tx: Transaction, state: str) -> Job:
    """Return a job in this state, as whoever held it knows it."""
    number = ask(tx, "export", now=NOW)
    if state == "waiting":
        return held_by_nobody(read_job(tx, number))
    job = claimed(tx)
    ends: dict[str, Act] = {
        "done": lambda tx, job: finish(tx, job, {}, now=NOW),
        "failed": lambda tx, job: fail(tx, job, WHY, now=NOW),
        "cancelled": lambda tx, job: cancel(tx, job.number, now=NOW),
    }
    if state in ends:
        assert ends[state](tx, job)
    return job


def held_by_nobody(job: Job) -> Job:
    """Return the job as somebody knows it who never had it."""
    return Job(**{name: getattr(job, name) for name in Job.__struct_fields__} | {"holder": "a", "attempt": 1})


ACTS: dict[str, Act] = {
    "tell": lambda tx, job: tell_progress(tx, job, Step("rows", 1, 2)),
    "finish": lambda tx, job: finish(tx, job, {"rows": 1}, now=LATER),
    "fail": lambda tx, job: fail(tx, job, WHY, now=LATER),
    "retry": lambda tx, job: retry(tx, job, WHY, now=LATER),
    "put back": put_back,
    "cancel": lambda tx, job: cancel(tx, job.number, now=LATER),
}
#: What a running job becomes; in every other state its holder is not heard, and only who waits can be cancelled.
BECOMES = {
    "tell": "running",
    "finish": "done",
    "fail": "failed",
    "retry": "waiting",
    "put back": "waiting",
    "cancel": "cancelled",
}


@pytest.mark.parametrize("state", ["waiting", "running", "done", "failed", "cancelled"])
@pytest.mark.parametrize("act", ACTS)
def test_each_word_is_heard_in_the_states_that_it_is_for(tx: Transaction, state: str, act: str) -> None:
    job = brought_to(tx, state)
    before = read_job(tx, job.number)
    is_heard = state == "running" or (state == "waiting" and act == "cancel")
    assert bool(ACTS[act](tx, job)) == is_heard
    after = read_job(tx, job.number)
    assert after.state == (BECOMES[act] if is_heard else state)
    assert after == before or is_heard


@pytest.mark.parametrize("act", ["tell", "finish", "fail", "retry", "put back"])
@pytest.mark.parametrize("other", [{"holder": "b"}, {"attempt": 2}, {"attempt": 0}, {"number": 999}])
def test_only_the_holder_of_this_attempt_is_heard(tx: Transaction, act: str, other: dict[str, Any]) -> None:
    job = brought_to(tx, "running")
    stranger = Job(**{name: getattr(job, name) for name in Job.__struct_fields__} | other)
    assert not ACTS[act](tx, stranger)
    assert read_job(tx, job.number) == job


@pytest.mark.parametrize("dead", range(ATTEMPTS + 1))
def test_a_job_is_taken_up_three_times_and_no_more(tx: Transaction, dead: int) -> None:
    number = ask(tx, "export", now=NOW)
    for _turn in range(dead):
        assert retry(tx, claimed(tx), WHY, now=LATER)
    job = read_job(tx, number)
    assert (job.state, job.attempt) == ("failed" if dead == ATTEMPTS else "waiting", dead)
    assert job.error == (WHY if dead else None)
    assert (next_job(tx, "b", now=LATER) is None) == (dead == ATTEMPTS)


@settings(max_examples=20, deadline=None)
@given(acts=st.lists(st.sampled_from(["ask", "claim", *ACTS]), max_size=14))
def test_no_order_of_words_brings_a_job_back_from_its_end(ledger: Ledger, acts: list[str]) -> None:
    held: list[Job] = []
    ended: dict[int, str] = {}
    with ledger.writing() as tx:
        tx.execute(jobs.delete())
        for act in acts:
            if act == "ask":
                ask(tx, "export", now=NOW)
            elif act == "claim":
                held += [job for job in [next_job(tx, "a", now=NOW)] if job is not None]
            elif held:
                ACTS[act](tx, held[-1])
            for job in list_jobs(tx):
                assert ended.setdefault(job.number, job.state) == job.state or ended[job.number] in {
                    "waiting",
                    "running",
                }
                ended[job.number] = job.state
                assert (job.ended_at is not None) == (job.state in {"done", "failed", "cancelled"})
                assert 0 <= job.attempt <= ATTEMPTS
        assert set(running(tx)) == {job.number for job in list_jobs(tx) if job.state == "running"}


def test_asking_once_looks_at_its_own_kind_and_at_what_has_not_ended(tx: Transaction) -> None:
    first = ask(tx, "export", now=NOW, once=True)
    assert ask(tx, "export", now=NOW, once=True) == first
    assert ask(tx, "stage_file", now=NOW, once=True) != first
    finish(tx, claimed(tx), {}, now=NOW)
    assert ask(tx, "export", now=NOW, once=True) > first


@settings(max_examples=40, deadline=None)
@given(done=st.floats(0, 1e6), of=st.none() | st.floats(1, 1e6))
def test_what_completes_a_stage_is_always_written(
    tmp_path_factory: pytest.TempPathFactory, done: float, of: float | None
) -> None:
    folder = tmp_path_factory.mktemp("told")
    progress = FileProgress(folder, every=1e9)
    progress.step("rows", 0)
    progress.step("rows", done, of)
    is_last = of is not None and done >= of
    assert get(folder / PROGRESS, Step) == (Step("rows", done, of) if is_last else Step("rows", 0))


def test_a_file_between_owner_and_child_is_of_one_kind_and_leaves_no_half(tmp_path: Path) -> None:
    order = Order(key="k", module="m", home="/h", given={"花": [1, None]}, now=NOW)
    put(tmp_path / "deep" / "order.json", order)
    assert get(tmp_path / "deep" / "order.json", Order) == order
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["order.json"]
    work = order.work(tmp_path)
    assert (work.snapshot, work.result) == (tmp_path / "snapshot", tmp_path / "result")
    assert (work.home, work.now, work.given) == (Path("/h"), NOW, {"花": [1, None]})
    assert get(tmp_path / "nothing.json", Order) is None


SECRETS = ("password", "smtp_password", "API_KEY", "key", "clientSecret", "access_token", "credentials", "Keys")
OPEN = ("host", "port", "user", "name", "zone", "language")


@settings(max_examples=40, deadline=None)
@given(
    said=st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(SECRETS + OPEN), some, max_size=4),
        max_leaves=10,
    )
)
def test_nothing_below_the_name_of_a_secret_is_passed_on_and_all_else_is(said: object) -> None:
    def expected(one: object) -> object:
        if isinstance(one, dict):
            return {name: expected(value) for name, value in one.items() if name in OPEN}
        return [expected(value) for value in one] if isinstance(one, list) else one

    assert without_secrets(said) == expected(said)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_names_every_file_with_its_rows(tmp_path: Path, format_: str, language: str) -> None:
    write_read_me(tmp_path, {"orders": 12_345}, as_of="2026-06-01 03:00", format_=format_)
    raw = (tmp_path / READ_ME[language]).read_bytes()
    text = raw.decode("utf-8-sig")
    assert raw.startswith(b"\xef\xbb\xbf")
    assert text.count("\r\n") == text.count("\n") > len(WHAT)
    assert f"orders.{format_} (12,345): " in text
    assert f"facts.{format_} (0): " in text
    assert "2026-06-01 03:00" in text
    assert ("Excel" in text) == (format_ == "csv")


@pytest.mark.parametrize(
    ("given_", "completed"),
    [
        ({}, {"format": "csv", "folder": "", "zip": False}),
        ({"format": "parquet", "zip": 1}, {"format": "parquet", "folder": "", "zip": True}),
        ({"folder": ""}, {"format": "csv", "folder": "", "zip": False}),
        ({"folder": "/no/../nowhere"}, {"format": "csv", "folder": "/nowhere", "zip": False}),
    ],
)
def test_what_an_export_was_asked_for_with_is_completed(given_: dict[str, Any], completed: dict[str, Any]) -> None:
    assert {"zip": False} | check("export", given_) == completed


@pytest.mark.parametrize("wanted", ["CSV", "xlsx", "", "csv "])
def test_a_format_that_there_is_none_of_is_named(wanted: str) -> None:
    with pytest.raises(FormatUnknown, match="csv, parquet"):
        check("export", {"format": wanted})


def test_a_folder_is_taken_by_a_file_or_by_what_is_in_it(tmp_path: Path) -> None:
    assert not _is_taken(tmp_path / "new")
    assert not _is_taken(tmp_path)
    (tmp_path / "file").touch()
    assert _is_taken(tmp_path)
    assert _is_taken(tmp_path / "file")
    with pytest.raises(FolderTaken):
        KIND.complete({"folder": str(tmp_path)})


@pytest.mark.parametrize(("said", "key"), [('{"key": "7"}', "7"), ("{", None), ('{"key": 7}', "7"), (None, None)])
def test_an_export_knows_whether_a_folder_is_its_own(tmp_path: Path, said: str | None, key: str | None) -> None:
    if said is not None:
        (tmp_path / "export.json").write_text(said)
    assert _key(tmp_path) == key


def test_two_exports_of_one_moment_lie_beside_each_other(tmp_path: Path) -> None:
    works = [Work(key=key, folder=tmp_path, home=tmp_path, given={"folder": ""}, now=NOW) for key in ("1", "2")]
    assert [_target(work).name for work in works] == ["20260601T030000Z-1", "20260601T030000Z-2"]


@pytest.mark.parametrize("name", kinds.KINDS)
def test_a_kind_names_what_it_takes_when_it_is_given_something_else(name: str) -> None:
    with pytest.raises(NotTaken) as problem:
        check(name, {"colour": "red"})
    takes = kinds.kind_of(name).takes
    assert problem.value.given == {"kind": name, "name": "colour", "known": ", ".join(takes) or "-"}


@pytest.mark.parametrize("name", ["", "Export", "tenshu.jobs.export", "os", "../x"])
def test_no_module_is_loaded_by_a_name_that_is_no_kind(name: str) -> None:
    with pytest.raises(UnknownKind):
        check(name, {})


@given(name=st.text("ab'\"; -/", min_size=1, max_size=12))
def test_a_path_in_a_question_is_one_text(name: str) -> None:
    said = quoted(Path(name))
    assert said[0] == said[-1] == "'"
    assert said[1:-1].replace("''", "").count("'") == 0
    assert said[1:-1].replace("''", "'") == str(Path(name))
