"""A process that dies at any step, again and again, loses nothing and doubles nothing.

A kill is an exception before or after a step's work, the stores closed and opened anew: what was not committed
is gone, what was is there. The machine may kill as often as it likes; in the end one run goes through.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import select

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept, accept_staged, waiting
from tenshu.collect.tables import batches
from tenshu.identify import digest as stage
from tenshu.store.home import Stores
from tests.unit.identify.shops import START, WHO, Fact, contents, fresh_stores, make_fact, partition, partition_by_hand

#: The steps of a batch, in the order in which they run, as names of the module that does them.
STEPS: Final = (
    *("next_batch", "resolve", "told_first", "consents_of", "put", "mirror", "record", "set_state"),
    *("finish", "clear"),
)


class Killed(BaseException):
    """What stands for the end of the process; nothing may catch it."""


@contextmanager
def killed(step: str, *, is_after: bool, countdown: int = 0) -> Iterator[None]:
    """Die before or after the step's work, having let it pass so many times."""
    real: Callable[..., Any] = getattr(stage, step)
    left = [countdown]

    def work(*given: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            return real(*given, **more)
        if is_after:
            real(*given, **more)
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage, step, work)
        yield


def run_one(stores: Stores) -> bool:
    """Digest the next batch to its end; return whether there was one."""
    batch = stage.digest(stores, now=START)
    if batch is None:
        return False
    with stores.ledger.writing() as tx:
        stage.finish(tx, batch)
    stage.clear(stores.inbox, batch)
    return True


class Killer(RuleBasedStateMachine):
    """A shop whose process dies where it hurts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kills-"))
        self.stores = fresh_stores(self.folder / "home", is_kept=True)
        self.told: list[Fact] = []
        self.files = 0

    @initialize(who=WHO)
    def open_the_shop(self, who: list[tuple[str, str]]) -> None:
        self.tell([who], 1, is_staged=False)

    @rule(people=st.lists(WHO, min_size=1, max_size=4), kind=st.integers(0, 3), is_staged=st.booleans())
    def tell(self, people: list[list[tuple[str, str]]], kind: int, *, is_staged: bool) -> None:
        facts = [make_fact(len(self.told) + n, who, (kind + n) % 4) for n, who in enumerate(people)]
        self.told += facts
        self._send(facts, is_staged=is_staged)

    @rule(data=st.data())
    def tell_again(self, data: st.DataObject) -> None:
        self._send(data.draw(st.lists(st.sampled_from(self.told), min_size=1, max_size=4)), is_staged=False)

    @precondition(lambda self: bool(waiting(self.stores.inbox)))
    @rule(step=st.sampled_from(STEPS), is_after=st.booleans(), countdown=st.integers(0, 1))
    def die(self, step: str, *, is_after: bool, countdown: int) -> None:
        with killed(step, is_after=is_after, countdown=countdown):
            try:
                while run_one(self.stores):
                    pass
            except Killed:
                self._restart()

    @rule()
    def run(self) -> None:
        while run_one(self.stores):
            pass

    def teardown(self) -> None:
        self.run()
        calm = fresh_stores(self.folder / "calm")
        accept(calm.inbox, facts_frame(self.told), source="test", received_at=START)
        run_one(calm)
        assert contents(self.stores) == contents(calm)
        told = [[(one["kind"], one["value"]) for one in fact["identifiers"]] for fact in self.told]
        assert partition(self.stores) == partition_by_hand(told)
        assert waiting(self.stores.inbox) == 0
        self.stores.close()
        calm.close()
        shutil.rmtree(self.folder)

    def _send(self, facts: list[Fact], *, is_staged: bool) -> None:
        frame = facts_frame(facts)
        if not is_staged:
            accept(self.stores.inbox, frame, source="test", received_at=START)
            return
        self.files += 1
        name = f"{self.files}.parquet"
        frame.write_parquet(self.stores.home / name)
        accept_staged(self.stores.inbox, name, source=name, received_at=START)

    def _restart(self) -> None:
        self.stores.close()
        self.stores = fresh_stores(self.folder / "home", is_kept=True)


TestNothingIsLostOrDoubledByKills = Killer.TestCase
TestNothingIsLostOrDoubledByKills.settings = settings(max_examples=10, stateful_step_count=10, deadline=None)


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_kill_at_each_step_is_made_good_by_the_next_run(tmp_path: Path, step: str, *, is_after: bool) -> None:
    facts = [make_fact(number, [("customer_no", "1"), ("email", f"e-{number % 2}")], number % 4) for number in range(8)]
    calm, shaken = fresh_stores(tmp_path / "calm"), fresh_stores(tmp_path / "shaken", is_kept=True)
    for stores in (calm, shaken):
        accept(stores.inbox, facts_frame(facts), source="test", received_at=START)
    run_one(calm)
    with killed(step, is_after=is_after), pytest.raises(Killed):
        run_one(shaken)
    shaken.close()
    shaken = fresh_stores(tmp_path / "shaken", is_kept=True)
    while run_one(shaken):
        pass
    assert contents(shaken) == contents(calm)
    with shaken.ledger.reading() as tx:
        assert tx.frame(select(batches.c.batch, batches.c.state)).rows() == [(1, "digested")]
    assert waiting(shaken.inbox) == 0
