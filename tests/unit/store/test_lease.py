"""One holder at a time, by the database's clock; who was replaced can be told from who replaced."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select, update

from tenshu.kit.clock import rest
from tenshu.store.lease import Lease, LeaseLost, holder_of, leases, release, renew, require, take
from tenshu.store.ledger import Ledger
from tenshu.store.place import PostgresChoice
from tenshu.store.postgres import PostgresPlace
from tenshu.testing.conformance_ledger import make_tables, together

LONG, SHORT = timedelta(minutes=10), timedelta(milliseconds=30)


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = make_tables(Ledger(place), leases.metadata)
    yield store
    store.close()


def held(ledger: Ledger, holder: str, for_: timedelta = LONG) -> Lease:
    lease = take(ledger, "tick", holder, for_=for_)
    assert lease is not None
    return lease


def let_run_out(ledger: Ledger) -> None:
    """Let the lease's time pass, as far as the row is concerned."""
    with ledger.writing() as tx:
        tx.execute(update(leases).values(until_at=ledger.dialect.lease_clock() - 1))


def test_free_lease_is_taken_once(ledger: Ledger) -> None:
    assert holder_of(ledger, "tick") is None
    assert held(ledger, "a") == Lease("tick", "a", 1)
    assert take(ledger, "tick", "b", for_=LONG) is None
    assert holder_of(ledger, "tick") == "a"
    assert take(ledger, "other", "b", for_=LONG) == Lease("other", "b", 1)


def test_lease_taken_again_by_its_holder_is_the_same(ledger: Ledger) -> None:
    assert held(ledger, "a") == held(ledger, "a")


def test_lease_that_ran_out_goes_to_the_next_with_a_larger_token(ledger: Ledger) -> None:
    first = held(ledger, "a", SHORT)
    rest(3 * SHORT)
    assert holder_of(ledger, "tick") is None
    second = held(ledger, "b")
    assert second.token > first.token
    assert not renew(ledger, first, for_=LONG)
    assert holder_of(ledger, "tick") == "b"


def test_holder_who_comes_back_too_late_has_a_new_token(ledger: Ledger) -> None:
    first = held(ledger, "a")
    let_run_out(ledger)
    assert not renew(ledger, first, for_=LONG)
    assert held(ledger, "a").token == first.token + 1


def test_renewed_lease_outlives_its_first_span(ledger: Ledger) -> None:
    lease = held(ledger, "a", SHORT)
    assert renew(ledger, lease, for_=LONG)
    rest(2 * SHORT)
    assert take(ledger, "tick", "b", for_=LONG) is None


def test_released_lease_is_free_at_once_and_only_its_holder_releases_it(ledger: Ledger) -> None:
    lease = held(ledger, "a")
    release(ledger, msgspec.structs.replace(lease, holder="b"))
    assert holder_of(ledger, "tick") == "a"
    release(ledger, lease)
    assert holder_of(ledger, "tick") is None
    assert held(ledger, "b").token == lease.token + 1
    release(ledger, lease)
    assert holder_of(ledger, "tick") == "b"


def test_holder_who_was_replaced_writes_nothing(ledger: Ledger) -> None:
    old = held(ledger, "a")
    with ledger.writing() as tx:
        require(tx, old)
    let_run_out(ledger)
    new = held(ledger, "b")
    with pytest.raises(LeaseLost, match="a does not hold"), ledger.writing() as tx:
        require(tx, old)
    with ledger.writing() as tx:
        require(tx, new)
    release(ledger, new)
    with pytest.raises(LeaseLost), ledger.writing() as tx:
        require(tx, new)


def test_of_many_who_race_one_gets_it(ledger: Ledger) -> None:
    got: list[Lease | None] = []
    for name in ("one", "two", "three"):
        together(*[lambda who=who, name=name: got.append(take(ledger, name, who, for_=LONG)) for who in "abcdef"])
    assert sorted(lease.name for lease in got if lease is not None) == ["one", "three", "two"]


def test_two_processes_of_which_one_has_its_clock_an_hour_ahead_never_hold_it_together(
    choice: PostgresChoice, tmp_path: Path
) -> None:
    # While it holds the lease each adds one to a counter, read before and written after, with no other lock.
    for place in (tmp_path / "ledger.sqlite", choice.ledger):
        store = make_tables(Ledger(place), leases.metadata)
        said = msgspec.json.encode(place).decode() if isinstance(place, PostgresPlace) else str(place)
        command = [sys.executable, "-c", _RACER, said, str(tmp_path / f"count-{store.kind}")]
        racers = [subprocess.Popen([*command, ahead]) for ahead in ("0", "3600")]
        assert [racer.wait(60) for racer in racers] == [0, 0]
        assert (tmp_path / f"count-{store.kind}").read_text() == "24"
        with store.reading() as tx:
            assert tx.value(select(leases.c.token)) == 24
        store.close()


_RACER = """
import os, sys, time
from datetime import timedelta
from pathlib import Path
real = time.time
time.time = lambda: real() + float(sys.argv[3])
from tenshu.store.lease import release, take
from tenshu.store.ledger import Ledger
from tenshu.testing.conformance_ledger import place_of
ledger, path = Ledger(place_of(sys.argv[1])), Path(sys.argv[2])
for _ in range(12):
    while (lease := take(ledger, "count", str(os.getpid()), for_=timedelta(minutes=5))) is None:
        time.sleep(0.002)
    seen = int(path.read_text()) if path.exists() else 0
    time.sleep(0.001)
    path.write_text(str(seen + 1))
    release(ledger, lease)
ledger.close()
"""


class Holders(RuleBasedStateMachine):
    """Three processes take, renew, release and sleep; what they are told is what one register would tell them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="holders-"))
        self.ledger = make_tables(Ledger(self.folder / "ledger.sqlite"), leases.metadata)
        self.given: dict[str, Lease] = {}
        self.holder: str | None = None
        self.token = 0

    @rule(who=st.sampled_from("abc"))
    def take(self, who: str) -> None:
        lease = take(self.ledger, "tick", who, for_=LONG)
        assert (lease is None) == (self.holder not in {None, who})
        if lease is not None:
            self.token += self.holder is None
            assert lease.token == self.token
            self.given[who], self.holder = lease, who

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(sorted(self.given.values(), key=lambda one: one.holder)))
        assert renew(self.ledger, lease, for_=LONG) == self._is_current(lease)

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(sorted(self.given.values(), key=lambda one: one.holder)))
        release(self.ledger, lease)
        if self._is_current(lease):
            self.holder = None

    @rule()
    def run_out(self) -> None:
        let_run_out(self.ledger)
        self.holder = None

    @invariant()
    def the_holder_is_who_should_be(self) -> None:
        assert holder_of(self.ledger, "tick") == self.holder

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def _is_current(self, lease: Lease) -> bool:
        return self.holder == lease.holder and lease.token == self.token


TestHolders = Holders.TestCase
TestHolders.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
