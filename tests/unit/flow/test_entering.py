"""Who is let in does not depend on how the past is read: from an index alone, or walk by walk."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.flow.entering import enter
from tenshu.journey import records
from tenshu.journey.entry import ENROLMENTS, enrol
from tenshu.journey.records import Running
from tenshu.journey.tables import enrolments
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tests.unit.journey.examples import NOW, journey

_RULES: dict[str, dict[str, Any]] = {
    "never": {"kind": "never"},
    "after": {"kind": "after", "days": 30},
    "always": {"kind": "always"},
}
_walk = st.tuples(st.integers(1, 6), st.sampled_from(["k1", "k2", "k3"]), st.integers(0, 60), st.booleans())


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    store = Ledger(Path(tmp_path_factory.mktemp("entering")) / "ledger.sqlite")
    upgrade(store, "ledger")
    return store


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ENROLMENTS)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(_RULES)),
    st.lists(_walk, max_size=8, unique_by=lambda one: one[:2]),
    st.lists(st.tuples(st.integers(1, 8), st.sampled_from(["k1", "k2"])), max_size=8, unique=True),
)
def test_whoever_enters_is_who_the_pure_rule_lets_in(
    ledger: Ledger, rule: str, past: list[tuple[int, str, int, bool]], asking: list[tuple[int, str]]
) -> None:
    scenario = journey(name="a", reentry=_RULES[rule])
    running = Running(scenario, 1, "active", NOW, None, 1)
    walked = table(
        [
            {
                **dict.fromkeys(ENROLMENTS.names()),
                "enrolment": number,
                "journey": "a",
                "version": 1,
                "customer": customer,
                "entry_key": key,
                "arm": "treated",
                "entered_at": NOW - timedelta(days=days),
                "step": "asked",
                "visit": 1,
                "status": "active" if is_active else "ended",
            }
            for number, (customer, key, days, is_active) in enumerate(past, 1)
        ]
    )
    candidates = pl.DataFrame(asking, schema={"customer": pl.Int64, "entry_key": pl.String}, orient="row")
    known = walked.select(list(records.PAST))
    expected = enrol(candidates, known, scenario, version=1, now=NOW, next_enrolment=len(past) + 1)
    with ledger.writing() as tx:
        tx.insert(enrolments, walked)
        assert enter(tx, running, candidates, NOW) == len(expected)
        found = records.past_of(tx, "a", expected["customer"]).select("customer", "entry_key")
        assert set(expected.select("customer", "entry_key").rows()) <= set(found.rows())
        tx.execute(enrolments.delete())
