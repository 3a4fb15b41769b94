"""`tenshu why` finds a customer however the shopkeeper writes them, and says each decision with its reason."""

import json
from pathlib import Path

import pytest

from tenshu.bootstrap import open_shop
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.flow import digest_all
from tenshu.kit.ids import fact_id
from tenshu.kit.japanese import normalise_phone
from tenshu.testing.small_shop import MONDAY, start, tick
from tests.unit.cli.terminal import refusal, told

FIRST = 1  # the customer number of S-1


@pytest.fixture
def home(small_home: Path) -> Path:
    """Return the home after one tick, S-1 with a telephone number."""
    shop = open_shop(small_home)
    identifiers = [{"kind": "customer_no", "value": "S-1"}, {"kind": "phone", "value": normalise_phone("09012345678")}]
    fact = {"fact_id": fact_id("phone"), "event": CUSTOMER_DESCRIBED, "occurred_at": MONDAY, "received_at": MONDAY}
    described = facts_frame([{**fact, "source": "roster", "identifiers": identifiers, "properties": '{"traits": {}}'}])
    accept(shop.inbox, described, source="roster", received_at=MONDAY)
    digest_all(shop, now=MONDAY)
    start(shop)
    tick(shop)
    shop.close()
    return small_home


SPELLINGS = [
    "S-1",
    "Ｓ－１",
    " S-1 ",
    "s-1@example.com",
    "S-1@Example.COM",
    "090-1234-5678",
    "０９０１２３４５６７８",
    "1",
]


@pytest.mark.parametrize("said", SPELLINGS)
def test_a_customer_is_found_however_it_is_written(home: Path, said: str) -> None:
    assert told("why", "--customer", said, "--home", home).startswith(f"Customer {FIRST}: 1 decision\n")


UNKNOWN = ["S-9", "nobody@example.com", "0", "99999999999999999999999", "", "'; DROP TABLE node_map; --"]


@pytest.mark.parametrize("said", UNKNOWN)
def test_somebody_nobody_knows_is_said_to_be_unknown(home: Path, said: str) -> None:
    assert refusal("why", "--customer", said, "--home", home).startswith(f"There is no customer {said}.")


def test_a_stranger_is_refused_in_japanese_too(home: Path) -> None:
    assert "S-9" in refusal("why", "--customer", "S-9", "--home", home, language="ja")
    assert "There is no" not in refusal("why", "--customer", "S-9", "--home", home, language="ja")


@pytest.mark.parametrize(
    ("who", "japanese", "english"),
    [
        ("S-1", "配信待ち", "It is waiting to be sent, not before 2026-06-01 12:00."),
        ("S-4", "撤回されています。", "The customer has refused or withdrawn the consent for this purpose."),
        ("S-5", "根拠がありません。", "There is no consent or other basis for this purpose."),
    ],
)
def test_the_reason_is_written_for_programs_as_it_is_said(
    home: Path, tmp_path: Path, who: str, japanese: str, english: str
) -> None:
    for language, wanted in (("en", english), ("ja", japanese)):
        shown = told("why", "--customer", who, "--home", home, "--json", tmp_path / "why.json", language=language)
        (decision,) = json.loads((tmp_path / "why.json").read_text("utf-8"))["decisions"]
        assert wanted in decision["sentence"]
        assert (decision["journey"], decision["step"]) == ("hello", "send")
        assert "".join(decision["sentence"].split()) in "".join(shown.replace("│", "").split())


def test_who_was_never_wanted_has_no_decisions(small_home: Path) -> None:
    said = " ".join(told("why", "--customer", "S-1", "--home", small_home).split())
    assert said.endswith("Nothing has been decided about this customer yet: no scenario has wanted to write.")
