"""The first week: it knows what is done, its list can be imported as it is, and its card asks for consent."""

import io
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tenshu.bootstrap import Shop
from tenshu.collect.connectors.file import stage_file
from tenshu.kit.i18n import speaking
from tenshu.web.console.guide.guide_view import Progress, questions, treatments, week
from tenshu.web.console.guide.ready_list import ready_list
from tests.unit.web.console.visiting import visiting

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EVERYTHING = Progress(is_set_up=True, customers=3, reachable=2, templates=1, scenarios=1)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_ready_made_list_is_understood_without_a_question(tmp_path: Path, language: str) -> None:
    path = tmp_path / "list.xlsx"
    with speaking(language):
        path.write_bytes(ready_list())
    staged = stage_file(path, shop_zone="Asia/Tokyo", currency="JPY", received_at=NOW, folder=tmp_path / "staged")
    assert staged.kind == "customers"
    assert (staged.rows, staged.accepted) == (2, 2)
    assert {"customer_no", "last_name", "first_name", "email", "phone", "birthday", "consent"} <= set(staged.mapping)
    facts = pl.read_parquet(staged.facts_path)
    words = facts.filter(pl.col("event") == "consent_recorded")["properties"].to_list()
    assert sum('"granted"' in word for word in words) == 1


def test_a_new_shop_has_done_nothing_and_a_busy_one_all_that_can_be_seen() -> None:
    assert not any(step.is_done for step in week(Progress()))
    assert [step.is_done for step in week(EVERYTHING)].count(True) == 5


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_step_says_what_and_why_in_both_languages(language: str) -> None:
    with speaking(language):
        told = week(Progress())
        assert len(treatments()) == 3
        assert len(questions()) == 6
    assert all(step.title and step.text and bool(step.url) == bool(step.label) for step in told)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_card_asks_for_consent_by_the_shops_name(console_shop: Shop, language: str) -> None:
    with visiting(console_shop, "viewer", language) as client:
        page = client.get("/guide/card").text
    assert "□" in page
    assert page.count(console_shop.settings.name) >= 3
    assert console_shop.settings.postal_address in page


def test_the_guide_sees_what_the_shop_has(console_shop: Shop) -> None:
    with visiting(console_shop, "viewer", "en") as client:
        page = client.get("/guide").text
    assert page.count("· done") == 2  # people, and consents among them


def test_the_list_comes_as_a_workbook(console_shop: Shop) -> None:
    with visiting(console_shop, "viewer") as client:
        answer = client.get("/guide/list.xlsx")
    assert "attachment" in answer.headers["content-disposition"]
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names
    assert sheet == "顧客"
