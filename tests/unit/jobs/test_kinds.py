"""Every kind that is registered is whole, takes only what it says, and speaks both languages."""

from pathlib import Path

import pytest

from tenshu.jobs import KINDS, Kind, UnknownKind, check, kind_of
from tenshu.jobs.child import do
from tenshu.jobs.files import ERROR, ORDER, PROGRESS, RESULT, Order, get, put
from tenshu.jobs.kinds import NotTaken
from tenshu.jobs.queue import Reason, Step
from tenshu.jobs.snapshot import quoted
from tenshu.kit.i18n import _
from tenshu.store.warehouse import Warehouse
from tests.unit.jobs.homes import NOW


@pytest.mark.parametrize("name", KINDS)
def test_a_registered_kind_is_there_and_has_a_title_in_both_languages(name: str) -> None:
    kind = kind_of(name)
    assert isinstance(kind, Kind)
    assert _(kind.title, "ja") != kind.title


@pytest.mark.parametrize("name", KINDS)
def test_nothing_needs_to_be_given(name: str) -> None:
    assert set(check(name, {})) <= set(kind_of(name).takes)


@pytest.mark.parametrize("name", KINDS)
def test_what_a_kind_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(NotTaken, match="colour"):
        check(name, {"colour": "red"})


def test_a_kind_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownKind) as refused:
        kind_of("bake")
    assert refused.value.text("en") == f'There is no job "bake". There are: {", ".join(KINDS)}.'
    assert "bake" in refused.value.text("ja")


def order_in(folder: Path, **given: object) -> Path:
    """Put an order and its snapshot into a folder, as the owner does."""
    (folder / "snapshot").mkdir(parents=True)
    warehouse = Warehouse()
    warehouse.execute(f"COPY (SELECT 1 AS n) TO {quoted(folder / 'snapshot' / 'numbers.parquet')} (FORMAT parquet)")
    warehouse.close()
    order = Order(key="job-1", module="tests.unit.jobs.slow", home=str(folder.parent), given=dict(given), now=NOW)
    put(folder / ORDER, order)
    return folder


def test_a_child_leaves_its_result_and_its_files(tmp_path: Path) -> None:
    folder = order_in(tmp_path / "1", say="hello")
    do(folder)
    assert get(folder / RESULT, dict) == {"said": "hello", "snapshot": True}
    assert (folder / "result" / "said.txt").read_text() == "hello"
    assert get(folder / PROGRESS, Step) == Step("moments", 0, 1)
    assert not (folder / ERROR).exists()


def test_a_child_that_cannot_says_why_and_leaves_no_result(tmp_path: Path) -> None:
    folder = order_in(tmp_path / "1", thing="cake")
    do(folder)
    assert get(folder / ERROR, Reason) == Reason("There is no {thing}.", {"thing": "cake"})
    assert not (folder / RESULT).exists()


def test_a_child_that_breaks_keeps_the_whole_story_in_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = order_in(tmp_path / "1", **{"break": "by zero"})
    do(folder)
    assert "ZeroDivisionError: by zero" in capsys.readouterr().err
    assert get(folder / ERROR, Reason) is not None


def test_a_child_without_an_order_does_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        do(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_order_comes_back_as_it_was_given(tmp_path: Path) -> None:
    folder = order_in(tmp_path / "1", say="花")
    order = get(folder / ORDER, Order)
    assert order is not None
    work = order.work(folder)
    assert (work.key, work.given, work.now, work.home) == ("job-1", {"say": "花"}, NOW, tmp_path)
    assert (work.snapshot, work.result) == (folder / "snapshot", folder / "result")
