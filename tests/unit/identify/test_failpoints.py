"""Thousands of facts, a kill at every named point between inbox, ledger and warehouse: lost 0, twice 0."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import polars as pl
import pytest
from sqlalchemy import select

from tenshu.collect.event import FACT_SCHEMA, IDENTIFIER, facts_frame
from tenshu.collect.facts_out import drain, read_drained, tell
from tenshu.collect.inbox import accept, accept_staged, waiting
from tenshu.collect.tables import batches, facts_out
from tenshu.collect.vocabulary import CONSENT_RECORDED
from tenshu.identify.digest import clear, digest, finish
from tenshu.identify.known import KnownFacts
from tenshu.kit.failpoint import POINTS, ReachedFailPoint, failing
from tenshu.kit.ids import fact_id
from tenshu.privacy.tables import consents
from tenshu.store.home import Stores
from tests.unit.identify.shops import SAID, START, fresh_stores

MINE: Final = tuple(name for name in POINTS if name.split(".")[0] in {"inbox", "digest", "drain"})
A_REQUEST: Final = 100


def some_facts(first: int, count: int) -> pl.DataFrame:
    """Return facts of few people, every fifth a consent; the same numbers are the same facts."""
    numbers = range(first, first + count)
    who = [[{"kind": "customer_no", "value": f"{n % 97}"}, {"kind": "email", "value": f"{n % 89}"}] for n in numbers]
    full = facts_frame([]).with_columns(pl.col("identifiers").cast(pl.List(IDENTIFIER)))
    told = pl.DataFrame(
        {
            "fact_id": [fact_id("many", n) for n in numbers],
            "event": [CONSENT_RECORDED if n % 5 == 0 else "page_viewed" for n in numbers],
            "identifiers": who,
            "properties": [SAID if n % 5 == 0 else "{}" for n in numbers],
        },
        schema={name: FACT_SCHEMA[name] for name in ("fact_id", "event", "identifiers", "properties")},
    ).with_columns(occurred_at=pl.lit(START), received_at=pl.lit(START), source=pl.lit("test"))
    return pl.concat([full, told.cast({"occurred_at": FACT_SCHEMA["occurred_at"]})], how="diagonal_relaxed").select(
        list(FACT_SCHEMA)
    )


def run_all(stores: Stores, known: KnownFacts | None = None) -> None:
    drain(stores.ledger, stores.warehouse)
    while batch := digest(stores, now=START, known=known):
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)
        drain(stores.ledger, stores.warehouse)


def say(stores: Stores, first: int, count: int) -> None:
    rows = pl.DataFrame({"customer": [1] * count, "nth": range(first, first + count)})
    with stores.ledger.writing() as tx:
        tell(tx, "email_sent", rows, ["nth"], at=START)


def check(stores: Stores, acknowledged: set[bytes], said: int) -> None:
    """Hold what is stored to what was acknowledged: nothing lost, nothing twice, nothing left waiting."""
    stored = stores.warehouse.frame("SELECT fact_id, node FROM facts WHERE batch > 0")
    assert stored["fact_id"].is_unique().all()
    assert acknowledged <= set(stored["fact_id"])
    assert stored["node"].null_count() == 0
    sent = stores.warehouse.frame("SELECT (properties ->> 'nth')::INT AS nth FROM facts WHERE batch < 0 ORDER BY nth")
    assert sent["nth"].to_list() == list(range(said))
    told = stores.warehouse.frame("SELECT fact_id FROM facts WHERE event = $event", {"event": CONSENT_RECORDED})
    with stores.ledger.reading() as tx:
        kept = tx.frame(select(consents.c.fact_id))["fact_id"]
        assert kept.is_unique().all()
        assert set(kept) == set(told["fact_id"])
        assert set(tx.frame(select(batches.c.state))["state"]) <= {"digested"}
        assert tx.frame(select(facts_out.c.seq)).is_empty()
    assert waiting(stores.inbox) == 0


#: Points that one batch reaches more than once.
AGAIN: Final = ("digest.identified", "digest.consented", "drain.stored")


@pytest.mark.parametrize(
    ("point", "nth"), [(point, 1) for point in MINE if point != "inbox.accepting"] + [(point, 2) for point in AGAIN]
)
def test_kill_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path, point: str, nth: int) -> None:
    stores, acknowledged = fresh_stores(tmp_path / "home", is_kept=True), set[bytes]()
    for start in (0, 600):
        for first in range(start, start + 600, A_REQUEST):
            accept(stores.inbox, some_facts(first, A_REQUEST), source="test", received_at=START)
        staged = some_facts(5_000 + start, 600)
        staged.write_parquet(stores.home / f"{start}.parquet")
        accept_staged(stores.inbox, f"{start}.parquet", source="s", received_at=START)
        accept(stores.inbox, some_facts(start, A_REQUEST), source="told twice", received_at=START)
        acknowledged |= {*some_facts(start, 600)["fact_id"], *staged["fact_id"]}
        say(stores, start, 600)
        with failing(f"{point}:raise@{nth}"):
            try:
                run_all(stores)
            except ReachedFailPoint:
                stores.close()
                stores = fresh_stores(tmp_path / "home", is_kept=True)
        known = KnownFacts()
        known.fill(stores.warehouse)
        run_all(stores, known)
    check(stores, acknowledged, said=1200)
    assert sum(len(part) for part, _last in read_drained(stores.warehouse, 0, 1200)) == 1200
    stores.close()


def test_request_that_was_not_committed_was_not_acknowledged(tmp_path: Path) -> None:
    stores = fresh_stores(tmp_path / "home")
    with failing("inbox.accepting:raise"), pytest.raises(ReachedFailPoint):
        accept(stores.inbox, some_facts(0, 10), source="test", received_at=START)
    assert waiting(stores.inbox) == 0


#: Accepts facts and says so when each request is durable, digests, and dies where the environment says.
_WORKER: Final = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from tenshu.collect.inbox import accept
    from tests.unit.identify.shops import START, fresh_stores
    from tests.unit.identify.test_failpoints import A_REQUEST, run_all, say, some_facts
    stores = fresh_stores(Path(sys.argv[1]), is_kept=True)
    start = int(sys.argv[2])
    run_all(stores)
    for first in range(start, start + 1000, A_REQUEST):
        accept(stores.inbox, some_facts(first, A_REQUEST), source="test", received_at=START)
        print(first, flush=True)
        if first % 300 == 0:
            run_all(stores)
    run_all(stores)
    """
)


def test_processes_that_are_killed_one_after_the_other_keep_what_they_acknowledged(tmp_path: Path) -> None:
    root, acknowledged, killed = Path(__file__).parents[3], set[bytes](), 0
    kills = ("inbox.accepting@7", "digest.storing@2", "digest.warehoused@1", "digest.finishing@3", "inbox.forgetting@2")
    for turn, point in enumerate((*kills, "")):
        name, _, nth = point.partition("@")
        ended = subprocess.run(
            [sys.executable, "-c", _WORKER, str(tmp_path / "home"), str(turn * 1000)],
            cwd=root,
            env={**os.environ, "TENSHU_FAILPOINT": f"{name}:kill@{nth}" if name else ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
        killed += ended.returncode != 0
        for first in map(int, ended.stdout.split()):
            acknowledged |= set(some_facts(first, A_REQUEST)["fact_id"])
    assert killed == len(kills)
    assert len(acknowledged) > 2000
    stores = fresh_stores(tmp_path / "home", is_kept=True)
    check(stores, acknowledged, said=0)
    stores.close()
