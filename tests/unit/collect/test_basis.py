"""A ground stated for a whole file: for whom the file is silent, never for whom it speaks, with its reason."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.basis import Basis, BasisUnknown, BasisWithoutReason, grant, silent_people
from tenshu.collect.event import FACT_SCHEMA, facts_frame
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, PRODUCT_PURCHASED
from tenshu.kit.ids import fact_id

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
STATED = Basis(basis="business_relation", reason="この一年に買った方", by="店主")
Who = dict[str, str]


def fact(event: str, who: Who, nth: int = 0, **said: Any) -> dict[str, Any]:
    """Return a fact about somebody."""
    return {
        "fact_id": fact_id(event, str(who), str(nth)),
        "event": event,
        "occurred_at": NOW,
        "received_at": NOW,
        "source": "file",
        "identifiers": [{"kind": kind, "value": value} for kind, value in who.items()],
        "properties": msgspec.json.encode(said).decode(),
    }


def staged(folder: Path, *facts: dict[str, Any], name: str = "facts.parquet") -> Path:
    """Write a staged file of these facts."""
    path = folder / name
    facts_frame(list(facts)).write_parquet(path)
    return path


def silent(*paths: Path) -> list[tuple[int, list[Who]]]:
    """Return the silent people of each file."""
    return [(number, [who(each) for each in people["identifiers"]]) for number, people in silent_people(paths)]


def who(identifiers: list[dict[str, str]]) -> Who:
    return {each["kind"]: each["value"] for each in identifiers}


def test_people_without_a_word_on_consent_are_silent_and_those_with_one_are_not(tmp_path: Path) -> None:
    sato, tanaka = {"customer_no": "1", "email": "sato@example.jp"}, {"customer_no": "2", "email": "tanaka@example.jp"}
    path = staged(
        tmp_path,
        fact(CUSTOMER_DESCRIBED, sato),
        fact(CUSTOMER_DESCRIBED, tanaka),
        fact(CONSENT_RECORDED, tanaka, status="denied"),
    )
    assert silent(path) == [(0, [sato])]


def test_a_word_counts_for_everybody_with_that_address(tmp_path: Path) -> None:
    path = staged(
        tmp_path,
        fact(CUSTOMER_DESCRIBED, {"customer_no": "9", "email": "family@example.jp"}),
        fact(CONSENT_RECORDED, {"email": "family@example.jp"}, status="denied"),
    )
    assert silent(path) == []


def test_a_household_telephone_is_not_a_persons_word(tmp_path: Path) -> None:
    mother, son = {"customer_no": "1", "phone": "0312345678"}, {"customer_no": "2", "phone": "0312345678"}
    path = staged(
        tmp_path,
        fact(CUSTOMER_DESCRIBED, mother),
        fact(CONSENT_RECORDED, mother, status="denied"),
        fact(CUSTOMER_DESCRIBED, son),
    )
    assert silent(path) == [(0, [son])]


def test_who_bought_many_times_is_one_person(tmp_path: Path) -> None:
    path = staged(tmp_path, *(fact(PRODUCT_PURCHASED, {"customer_no": "7"}, nth) for nth in range(5)))
    assert silent(path) == [(0, [{"customer_no": "7"}])]


def test_a_sale_to_nobody_is_about_nobody(tmp_path: Path) -> None:
    assert silent(staged(tmp_path, fact(PRODUCT_PURCHASED, {}))) == []


def test_what_one_sheet_says_counts_for_the_other_sheet_and_each_person_once(tmp_path: Path) -> None:
    sato, tanaka, ito = {"customer_no": "1"}, {"customer_no": "2"}, {"customer_no": "3"}
    people = staged(
        tmp_path,
        fact(CUSTOMER_DESCRIBED, sato),
        fact(CUSTOMER_DESCRIBED, tanaka),
        fact(CONSENT_RECORDED, tanaka, status="denied"),
        name="people.parquet",
    )
    lines = staged(tmp_path, *(fact(PRODUCT_PURCHASED, each) for each in (sato, tanaka, ito)), name="purchases.parquet")
    assert silent(people, lines) == [(0, [sato]), (1, [ito])]


def test_granting_adds_one_consent_a_person_behind_the_facts_and_changes_none_of_them(tmp_path: Path) -> None:
    sato = {"customer_no": "1", "email": "sato@example.jp"}
    path = staged(tmp_path, fact(CUSTOMER_DESCRIBED, sato))
    (people,) = [frame for _number, frame in silent_people([path])]
    assert grant(path, people, STATED, target=tmp_path / "new.parquet", at=NOW, zone="Asia/Tokyo") == 1
    before, after = pl.read_parquet(path), pl.read_parquet(tmp_path / "new.parquet")
    assert after.head(1).equals(before)
    assert list(after.columns) == list(FACT_SCHEMA)
    told = after.row(1, named=True)
    assert (told["event"], who(told["identifiers"]), told["occurred_at"]) == (CONSENT_RECORDED, sato, NOW)


def test_what_is_stated_is_kept_with_who_stated_it_and_why(tmp_path: Path) -> None:
    path = staged(tmp_path, fact(CUSTOMER_DESCRIBED, {"customer_no": "1"}))
    said = msgspec.structs.replace(STATED, since=date(2026, 4, 1))
    (people,) = [frame for _number, frame in silent_people([path])]
    grant(path, people, said, target=tmp_path / "new.parquet", at=NOW, zone="Asia/Tokyo")
    told = pl.read_parquet(tmp_path / "new.parquet").row(1, named=True)
    kept = msgspec.json.decode(told["properties"])
    proof = {"how": "この一年に買った方", "by": "店主", "bulk": True, "dated": False, "on": "2026-04-01"}
    assert kept == {
        "channel": "email",
        "purpose": "marketing",
        "status": "granted",
        "basis": "business_relation",
        "reason": "この一年に買った方",
        "proof": proof,
    }
    assert told["occurred_at"] == datetime(2026, 3, 31, 15, tzinfo=UTC)  # the first of April in Tokyo


def test_a_day_in_the_future_does_not_make_a_basis_of_the_future(tmp_path: Path) -> None:
    path = staged(tmp_path, fact(CUSTOMER_DESCRIBED, {"customer_no": "1"}))
    said = msgspec.structs.replace(STATED, since=date(2030, 1, 1))
    (people,) = [frame for _number, frame in silent_people([path])]
    grant(path, people, said, target=tmp_path / "new.parquet", at=NOW, zone="Asia/Tokyo")
    assert pl.read_parquet(tmp_path / "new.parquet")["occurred_at"][1] == NOW


def test_the_same_ground_stated_again_is_the_same_fact_and_another_reason_is_another(tmp_path: Path) -> None:
    path = staged(tmp_path, fact(CUSTOMER_DESCRIBED, {"customer_no": "1"}))
    (people,) = [frame for _number, frame in silent_people([path])]

    def key(basis: Basis, at: datetime) -> bytes:
        grant(path, people, basis, target=tmp_path / "new.parquet", at=at, zone="Asia/Tokyo")
        return bytes(pl.read_parquet(tmp_path / "new.parquet")["fact_id"][1])

    later = datetime(2026, 7, 1, tzinfo=UTC)
    assert key(STATED, NOW) == key(STATED, later)
    assert key(STATED, NOW) != key(msgspec.structs.replace(STATED, reason="別の理由"), NOW)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_no_basis_goes_without_a_reason(reason: str) -> None:
    with pytest.raises(BasisWithoutReason):
        Basis(basis="opt_in", reason=reason).checked()


def test_a_basis_that_the_law_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(BasisUnknown, match="granted_by_god"):
        Basis(basis="granted_by_god", reason="x").checked()


PEOPLE = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5) | st.none(), st.sampled_from(["", "denied", "granted"])), max_size=12
)


@given(PEOPLE)
def test_nobody_with_a_word_of_their_own_is_ever_silent(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int | None, str]]
) -> None:
    facts, spoken = [], set()
    for nth, (number, mail, word) in enumerate(rows):
        them = {"customer_no": str(number)} | ({"email": f"{mail}@example.jp"} if mail is not None else {})
        facts.append(fact(CUSTOMER_DESCRIBED, them, nth))
        if word:
            facts.append(fact(CONSENT_RECORDED, them, nth, status=word))
            spoken |= set(them.items())
    found = [each for _number, some in silent(staged(tmp_path_factory.mktemp("basis"), *facts)) for each in some]
    assert not [each for each in found if spoken & set(each.items())]
    assert len({each["customer_no"] for each in found}) == len(found)
