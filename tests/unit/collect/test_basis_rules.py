"""The rules of a stated ground: all grounds of the law alike, one consent a person, no word of their own overruled."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.collect.basis import Basis, BasisUnknown, BasisWithoutReason, grant, silent_people
from tenshu.collect.event import FACT_SCHEMA, LINE_ONLY
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, ORDER_LINES, UNSUBSCRIBED
from tenshu.privacy.consent import BASES, effective
from tests.unit.collect.test_basis import NOW, STATED, Who, fact, silent, staged, who

SATO: Who = {"customer_no": "1", "email": "sato@example.jp"}
TANAKA: Who = {"customer_no": "2", "email": "tanaka@example.jp"}


def granted(folder: Path, *facts: dict[str, Any], basis: Basis = STATED, zone: str = "Asia/Tokyo") -> pl.DataFrame:
    """Return the consents that were added behind these facts."""
    path, target = staged(folder, *facts), folder / "new.parquet"
    people = pl.concat([people for _number, people in silent_people([path])])
    count = grant(path, people, basis, target=target, at=NOW, zone=zone)
    told = pl.read_parquet(target)
    assert told.height == len(facts) + count
    return told.tail(count)


def said_in(told: pl.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(told["properties"][0])
    return found


@pytest.mark.parametrize("basis", BASES)
def test_every_basis_of_the_law_is_stated_the_same_way(tmp_path: Path, basis: str) -> None:
    told = said_in(granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), basis=Basis(basis=basis, reason="名刺交換")))
    assert (told["basis"], told["status"], told["reason"]) == (basis, "granted", "名刺交換")
    assert (told["channel"], told["purpose"]) == ("email", "marketing")


@pytest.mark.parametrize("status", ["denied", "revoked"])
@pytest.mark.parametrize("basis", BASES)
def test_what_is_stated_for_a_file_overrules_no_refusal_however_old(tmp_path: Path, basis: str, status: str) -> None:
    told = said_in(granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), basis=Basis(basis=basis, reason="x")))
    no = {"status": status, "basis": None, "reason": None, "recorded_at": NOW - timedelta(days=3650), "is_bulk": False}
    yes = {"status": "granted", "basis": basis, "reason": "x", "recorded_at": NOW, "is_bulk": told["proof"]["bulk"]}
    where = {"customer": 1, "node": 1, "channel": told["channel"], "purpose": told["purpose"]}
    words = pl.DataFrame([{**where, **word, "fact_id": bytes([n])} for n, word in enumerate((no, yes))])
    assert effective(words)["status"].to_list() == [status]


@pytest.mark.parametrize("given_basis", ["", "OPT_IN", "opt-in", "consent", "granted"])
def test_a_ground_that_is_none_is_refused_with_those_there_are(given_basis: str) -> None:
    with pytest.raises(BasisUnknown) as refused:
        Basis(basis=given_basis, reason="x").checked()
    for language in ("ja", "en"):
        assert all(known in refused.value.text(language) for known in BASES)
    assert refused.value.text("ja") != refused.value.text("en")


@pytest.mark.parametrize("reason", ["", " \t", "　", "\r\n"])
@pytest.mark.parametrize("basis", BASES)
def test_each_ground_needs_words_on_what_it_rests(basis: str, reason: str) -> None:
    with pytest.raises(BasisWithoutReason) as refused:
        Basis(basis=basis, reason=reason).checked()
    assert refused.value.text("ja") != refused.value.text("en")


@given(st.sampled_from(BASES), st.text(min_size=1, max_size=30).filter(str.strip))
def test_a_reason_is_kept_word_for_word_without_blanks_around_it(basis: str, reason: str) -> None:
    checked = Basis(basis=basis, reason=f" {reason}\n").checked()
    assert checked.reason == reason.strip()
    assert checked.checked() == checked


def test_granting_checks_what_is_stated_before_anything_is_written(tmp_path: Path) -> None:
    path = staged(tmp_path, fact(CUSTOMER_DESCRIBED, SATO))
    (people,) = [people for _number, people in silent_people([path])]
    with pytest.raises(BasisWithoutReason):
        grant(path, people, Basis(basis="opt_in", reason=""), target=tmp_path / "new", at=NOW, zone="Asia/Tokyo")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/London", "America/New_York", "UTC", "Pacific/Kiritimati"])
def test_a_day_begins_at_midnight_of_the_shop(tmp_path: Path, zone: str) -> None:
    basis = msgspec.structs.replace(STATED, since=date(2026, 3, 29))
    told = granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), basis=basis, zone=zone)
    assert told["occurred_at"][0] == datetime(2026, 3, 29, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert told["received_at"][0] == NOW


def test_without_a_day_it_counts_from_when_it_is_stated(tmp_path: Path) -> None:
    told = granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO))
    assert told["occurred_at"][0] == told["received_at"][0] == NOW
    assert "on" not in said_in(told)["proof"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.dates(min_value=date(1970, 1, 2), max_value=date(2040, 1, 1)))
def test_nobody_may_be_written_to_before_it_is_stated_nor_later_than_it_came_about(tmp_path: Path, since: date) -> None:
    told = granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), basis=msgspec.structs.replace(STATED, since=since))
    assert told["occurred_at"][0] <= NOW
    assert said_in(told)["proof"]["on"] == since.isoformat()


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": "別"},
        {"basis": "opt_in"},
        {"purpose": "events"},
        {"channel": "postal"},
        {"since": date(2026, 4, 1)},
    ],
    ids=lambda one: str(*one),
)
def test_another_ground_for_the_same_person_is_another_fact(tmp_path: Path, changed: dict[str, str]) -> None:
    first = granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO))["fact_id"][0]
    other = granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), basis=msgspec.structs.replace(STATED, **changed))
    assert first != other["fact_id"][0]


def test_each_person_gets_a_fact_of_their_own_under_all_their_identifiers(tmp_path: Path) -> None:
    told = granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), fact(CUSTOMER_DESCRIBED, TANAKA))
    assert [who(each) for each in told["identifiers"].to_list()] == [SATO, TANAKA]
    assert told["fact_id"].n_unique() == 2
    assert told["event"].to_list() == [CONSENT_RECORDED] * 2


def test_a_consent_carries_nothing_of_an_order_line(tmp_path: Path) -> None:
    told = granted(tmp_path, fact(ORDER_LINES[0], {"customer_no": "7"}))
    assert all(told[name][0] is None for name in LINE_ONLY)
    assert told["source"][0] == "file"
    assert dict(told.schema) == FACT_SCHEMA


@pytest.mark.parametrize("event", [CUSTOMER_DESCRIBED, *ORDER_LINES])
def test_whoever_a_file_tells_of_is_somebody_to_ask_about(tmp_path: Path, event: str) -> None:
    assert silent(staged(tmp_path, fact(event, SATO))) == [(0, [SATO])]


@pytest.mark.parametrize("event", [UNSUBSCRIBED, "email_opened", "journey_entered"])
def test_what_is_told_by_other_facts_makes_nobody_silent(tmp_path: Path, event: str) -> None:
    assert silent(staged(tmp_path, fact(event, SATO))) == []


@pytest.mark.parametrize("status", ["granted", "denied", "revoked", "something"])
def test_any_word_on_consent_ends_the_silence(tmp_path: Path, status: str) -> None:
    path = staged(tmp_path, fact(CONSENT_RECORDED, SATO, status=status), fact(CUSTOMER_DESCRIBED, SATO))
    assert silent(path) == []


def test_the_word_counts_wherever_it_stands_in_the_upload(tmp_path: Path) -> None:
    people = staged(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), name="1.parquet")
    words = staged(tmp_path, fact(CONSENT_RECORDED, {"email": SATO["email"]}, status="denied"), name="2.parquet")
    assert silent(people, words) == silent(words, people) == []


def test_the_same_letters_under_another_kind_are_somebody_else(tmp_path: Path) -> None:
    path = staged(
        tmp_path,
        fact(CONSENT_RECORDED, {"customer_no": "0312345678"}, status="denied"),
        fact(CUSTOMER_DESCRIBED, {"phone": "0312345678"}),
    )
    assert silent(path) == [(0, [{"phone": "0312345678"}])]


def test_a_file_without_anybody_has_nobody_to_ask_about(tmp_path: Path) -> None:
    assert silent(staged(tmp_path)) == []
    assert silent() == []


def test_what_was_staged_stays_in_its_groups_and_the_consents_are_one_more(tmp_path: Path) -> None:
    facts = [fact(CUSTOMER_DESCRIBED, {"customer_no": str(nth)}) for nth in range(6)]
    path, target = staged(tmp_path, *facts), tmp_path / "new.parquet"
    pl.read_parquet(path).write_parquet(path, row_group_size=2)
    people = pl.concat([people for _number, people in silent_people([path])])
    assert grant(path, people, STATED, target=target, at=NOW, zone="Asia/Tokyo") == 6
    with pq.ParquetFile(path) as before, pq.ParquetFile(target) as after:
        assert after.num_row_groups == before.num_row_groups + 1
        assert after.schema_arrow.equals(before.schema_arrow)
    assert pl.read_parquet(target).head(6).equals(pl.read_parquet(path))


def test_people_are_found_group_by_group_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = staged(tmp_path, *(fact(CUSTOMER_DESCRIBED, {"customer_no": str(nth % 5)}, nth) for nth in range(9)))
    pl.read_parquet(path).write_parquet(path, row_group_size=3)
    assert [each["customer_no"] for _number, people in silent(path) for each in people] == list("01234")


def test_for_nobody_nothing_is_added(tmp_path: Path) -> None:
    path, target = staged(tmp_path, fact(CUSTOMER_DESCRIBED, SATO)), tmp_path / "new.parquet"
    nobody = pl.read_parquet(path).select("identifiers").clear()
    assert grant(path, nobody, STATED, target=target, at=NOW, zone="Asia/Tokyo") == 0
    assert pl.read_parquet(target).equals(pl.read_parquet(path))


def test_once_stated_the_people_of_the_new_file_are_silent_no_more(tmp_path: Path) -> None:
    granted(tmp_path, fact(CUSTOMER_DESCRIBED, SATO), fact(CUSTOMER_DESCRIBED, TANAKA))
    assert silent(tmp_path / "new.parquet") == []
