"""Every identifier kind and every trait that the program itself can write has words on the pages, in both languages."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from tenshu.collect.connectors.file import stage_file
from tenshu.collect.connectors.file.columns.fields import CUSTOMERS, FIELDS
from tenshu.collect.connectors.file.plans.plan import RESERVED
from tenshu.collect.connectors.file.rows.people import NAME_AND_PLACE
from tenshu.collect.connectors.file.rows.roster import OLD_MOBILE
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.condition.words import NOTED, TRAITS, trait_name
from tenshu.identify.identifier import STRENGTH
from tenshu.kit.i18n import speaking
from tenshu.web.console.customers.known_by import KINDS, VALUES, kind_name, known_by, value_name
from tenshu.web.console.data.data_view import WHY


def test_every_kind_of_identifier_has_words() -> None:
    assert set(KINDS) == {*STRENGTH, NAME_AND_PLACE}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_of_identifier_is_said_in_the_language_of_the_page(kind: str) -> None:
    with speaking("ja"):
        japanese = kind_name(kind)
    with speaking("en"):
        english = kind_name(kind)
    assert japanese != english
    assert "_" not in japanese + english


@pytest.mark.parametrize("trait", [*TRAITS, *NOTED])
def test_every_trait_that_the_program_writes_has_words_and_a_reason(trait: str) -> None:
    assert trait_name(trait, "ja") != trait_name(trait, "en")
    assert "_" not in trait_name(trait, "ja") + trait_name(trait, "en")
    assert trait in WHY


def test_what_a_shops_own_program_brings_is_called_as_it_is() -> None:
    assert (kind_name("till_id"), trait_name("shoe_size"), value_name("shoe_size", OLD_MOBILE)) == (
        "till_id",
        "shoe_size",
        OLD_MOBILE,
    )


def test_every_name_that_no_column_of_ones_own_may_take_is_a_trait_with_words_or_none_at_all() -> None:
    """Besides traits files are read for other numbers, halves of the reading, consents and the day of a change."""
    others = {"member_no", "last_kana", "first_kana", "updated_on", "opt_out"}
    others |= {field.name for field in FIELDS[CUSTOMERS] if field.name.startswith("consent")}
    assert RESERVED - others == {*TRAITS, *NOTED}


def test_what_a_whole_customer_list_writes_has_words(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "会員番号,氏名,フリガナ,メールアドレス,電話番号,郵便番号,住所,国,生年月日,性別,会社名,言語,登録日\n"
        "1,佐藤 花子,サトウ ハナコ,ha..na.@docomo.ne.jp,090-1234-5678,150-0001,東京都渋谷区1-1,日本,1990-05-12,女,花屋,"
        "ja,2020-01-02\n"
        ",鈴木 一郎,スズキ イチロウ,,,060-0001,北海道札幌市1,,,男,,,2020-01-03\n",
        "utf-8",
    )
    staged = stage_file(
        path,
        shop_zone="Asia/Tokyo",
        currency="JPY",
        received_at=datetime(2026, 6, 1, tzinfo=UTC),
        folder=tmp_path / "s",
    )
    facts = pl.read_parquet(staged.facts_path)
    kinds = set(facts["identifiers"].explode().struct.field("kind").drop_nulls())
    assert {"customer_no", "email", "phone", NAME_AND_PLACE} <= kinds <= set(KINDS)
    properties = facts.filter(event=CUSTOMER_DESCRIBED)["properties"]
    traits = {name for one in properties for name in msgspec.json.decode(one)["traits"]}
    assert {"email_form", "prefecture", "joined_on"} <= traits <= {*TRAITS, *NOTED}


def test_a_word_of_the_program_is_said_in_words() -> None:
    assert ("email_form", OLD_MOBILE) in VALUES
    with speaking("ja"):
        assert value_name("email_form", OLD_MOBILE) != OLD_MOBILE


def test_identifiers_that_the_card_shows_elsewhere_are_not_told_twice() -> None:
    told: list[dict[str, Any]] = [
        {"kind": "customer_no", "value": "S-1", "is_shared": False},
        {"kind": "email", "value": "a@example.com", "is_shared": False},
        {"kind": NAME_AND_PLACE, "value": "佐藤花子|150-0001", "is_shared": False},
        {"kind": "cookie", "value": "c-1", "is_shared": True},
    ]
    with speaking("en"):
        found = known_by(told)
    assert [msgspec.structs.astuple(one) for one in found] == [
        ("name and postal code", "佐藤花子 150-0001", ""),
        ("browser", "c-1", "shared with other customers"),
    ]
