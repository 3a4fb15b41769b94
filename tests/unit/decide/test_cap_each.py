"""The caps of a claim, looked at message by message, are those that whole frames are held to."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tenshu.decide.cap import over_cap
from tenshu.decide.policy import Cap, Policy
from tenshu.store.ledger import INSTANT
from tests.unit.decide.examples import CONTACTS, NOW, TOKYO, over_cap_at_once
from tests.unit.decide.test_cap import CAPS, INSTANTS, MESSAGES, ZONES

Said = tuple[int, str, str, str]
KEYS: dict[str, Any] = {"enrolment": pl.Int64, "visit": pl.Int64}


def message(number: int, said: Said, **more: Any) -> dict[str, Any]:
    customer, journey, channel, purpose = said
    scope = {"customer": customer, "journey": journey, "channel": channel, "purpose": purpose}
    return {"enrolment": number, "visit": 0, **scope, **more}


@given(
    CAPS,
    st.lists(MESSAGES, max_size=10),
    st.lists(st.tuples(MESSAGES, INSTANTS, st.booleans()), max_size=6),
    st.sampled_from([*ZONES.values(), None, "Nowhere/At_All"]),
)
def test_one_by_one_and_all_together_agree(
    caps: list[Cap], messages: list[Said], before: list[tuple[Said, datetime, bool]], zone: str | None
) -> None:
    at, policy = NOW + timedelta(days=4), Policy(caps=tuple(caps), quiet_hours=None)
    zones = {**ZONES, 3: zone}
    rows = [message(number, said, zone=zones[said[0]]) for number, said in enumerate(messages)]
    known = {row["customer"] for row in rows}
    contacts = [
        message(number if is_itself else 100 + number, said, at=then)
        for number, (said, then, is_itself) in enumerate(before)
        if said[0] in known
    ]
    frame = pl.DataFrame(rows, schema={**KEYS, **CONTACTS, "zone": pl.String}).drop("at")
    reached = pl.DataFrame(contacts, schema={**KEYS, **CONTACTS, "at": INSTANT})
    expected = over_cap_at_once(frame, reached, policy, now=at, zone=TOKYO)
    assert over_cap(rows, contacts, policy, now=at, zone=TOKYO) == expected


def test_nobody_is_kept_back_when_nobody_is_due() -> None:
    assert over_cap([], [], Policy(), now=NOW, zone=TOKYO) == []
