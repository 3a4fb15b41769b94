"""A look takes its time beside the page: the page waits a moment, then says so, and finds it when it is there."""

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from tenshu.bootstrap import Shop
from tenshu.collect import looking
from tenshu.collect.connectors.file.errors import NoTable
from tenshu.collect.uploads import list_uploads
from tenshu.web.console.imports import looks
from tests.unit.web.console.imports.bringing import ROWS, brought, csv_of, words
from tests.unit.web.console.visiting import Visitor


class Slow:
    """A look that is not done before it is told to be."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.go_on = threading.Event()
        self.looks = 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.looks += 1
        assert self.go_on.wait(30)
        return self.real(*given, **named)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    found = Slow(looking.look)
    monkeypatch.setattr(looks, "look", found)
    monkeypatch.setattr(looks.looked, "__kwdefaults__", {"within": 0.05})
    yield found
    found.go_on.set()


def test_a_page_that_waits_for_a_look_says_so_and_finds_it_again(owner: Visitor, slow: Slow) -> None:
    number = brought(owner, csv_of(ROWS))
    page = owner.get(f"/import/{number}")
    assert "ファイルの中を見ています" in words(page)
    assert f'hx-get="/import/{number}"' in page.text
    assert "<progress" in owner.part("GET", f"/import/{number}").text
    slow.go_on.set()
    while "ファイルの中を見ています" in (said := words(owner.get(f"/import/{number}"))):
        pass
    assert "列の意味はこれで合っていますか" in said
    assert owner.part("GET", f"/import/{number}").headers["hx-redirect"] == f"/import/{number}"


def test_however_often_a_page_asks_a_file_is_looked_into_once_at_a_time(owner: Visitor, slow: Slow) -> None:
    number = brought(owner, csv_of(ROWS))
    for _nth in range(5):
        owner.get(f"/import/{number}")
    assert slow.looks == 1


def test_a_check_that_comes_before_the_look_is_done_waits_for_it(owner: Visitor, slow: Slow, shop: Shop) -> None:
    number = brought(owner, csv_of(ROWS))
    owner.get(f"/import/{number}")
    slow.go_on.set()
    answer = owner.post(f"/import/{number}/check", follow=True)
    assert "このとおり取り込みますか" in words(answer)
    assert [each.id for each in list_uploads(shop.home)] == [number]


def test_a_look_that_fails_is_said_to_every_page_and_does_not_stop_the_next_file(owner: Visitor) -> None:
    bad, good = brought(owner, b"%PDF-1.7", "領収書.pdf"), brought(owner, csv_of(ROWS))
    for _again in range(2):
        assert owner.get(f"/import/{bad}").status_code == NoTable.status
    assert owner.get(f"/import/{good}").status_code == 200


def test_a_look_that_ends_at_once_keeps_no_page_waiting(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    class AtOnce(Executor):
        def submit(self, work: Any, /, *given: Any, **named: Any) -> Future[Any]:
            done: Future[Any] = Future()
            done.set_result(work(*given, **named))
            return done

    monkeypatch.setattr(looks, "_threads", AtOnce())
    number = brought(owner, csv_of(ROWS))
    for _again in range(2):
        assert "列の意味はこれで合っていますか" in words(owner.get(f"/import/{number}"))
    assert not looks._looking


def test_a_choice_that_cannot_be_leaves_the_one_before(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    number = brought(owner, csv_of(ROWS))
    owner.get(f"/import/{number}")
    real = looking.look

    def refusing(*given: Any, choices: Any = (), **named: Any) -> Any:
        if any(choice.columns for choice in choices):
            raise NoTable(name="名簿.csv")
        return real(*given, choices=choices, **named)

    monkeypatch.setattr(looks, "look", refusing)
    sent = {"columns": "yes", "take-0": "yes", "was-0": "customers", "kind-0": "customers", "column-0-0": "email"}
    part = owner.part("POST", f"/import/{number}/look", data=sent)
    assert part.status_code == 200
    assert 'role="alert"' in part.text
    assert "名簿.csv" in words(part)
    assert '<option value="customer_no" selected>' in part.text
