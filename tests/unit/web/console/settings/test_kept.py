"""What a form changed is saved, logged and can be taken back; nothing else is touched."""

from typing import Any

import pytest

from tenshu.bootstrap import Shop
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.decide.policy import Policy, read_policy
from tenshu.deliver.channels.email.settings import SmtpSettings, read_smtp
from tenshu.deliver.limits import Limits
from tenshu.staff.audit import Actor, check, read_audit
from tenshu.store.settings import read_setting
from tenshu.testing.small_shop import MONDAY
from tenshu.web.console.settings.form import Form, Kept
from tenshu.web.console.settings.kept import BEFORE, read_kept, restore, save

OWNER = Actor(1, "店主", "127.0.0.1")


@pytest.fixture
def shop(own_shop: Shop) -> Shop:
    return own_shop


def changing(**settings: dict[str, Any]) -> Form:
    return Form(changes=settings)


def put(home: Shop, /, **settings: dict[str, Any]) -> list[str]:
    return save(home.ledger, changing(**settings), by=OWNER, now=MONDAY)


def test_a_fresh_shops_settings_are_the_defaults_and_known_to_be(shop: Shop) -> None:
    kept = read_kept(shop.ledger)
    assert (kept.smtp, kept.limits, kept.policy) == (SmtpSettings(), Limits(), Policy())
    assert kept.saved == {"shop"}


def test_fields_that_the_form_does_not_have_stay(shop: Shop) -> None:
    assert put(shop, shop={"contact": "03-1"}) == ["contact"]
    assert read_shop(shop.ledger) == ShopSettings(name="小さな花屋", postal_address="東京都", contact="03-1")


def test_a_form_that_says_the_same_changes_and_logs_nothing(shop: Shop) -> None:
    assert put(shop, shop={"name": "小さな花屋"}) == []
    assert read_setting(shop.ledger, BEFORE) is None
    with shop.ledger.reading() as tx:
        assert read_audit(tx) == []


def test_rules_are_replaced_as_a_whole(shop: Shop) -> None:
    put(shop, policy={"caps": [{"limit": 5, "days": 30}], "quiet_hours": None})
    put(shop, policy={"caps": []})
    assert read_policy(shop.ledger) == Policy(caps=())


def test_taking_back_restores_every_setting_of_the_last_save(shop: Shop) -> None:
    before = read_kept(shop.ledger)
    put(shop, shop={"name": "新しい店"}, smtp={"smtp_host": "mx.jp"}, limits={"per_day": 500})
    assert restore(shop.ledger, by=OWNER, now=MONDAY)
    assert read_kept(shop.ledger) == before
    assert not restore(shop.ledger, by=OWNER, now=MONDAY)


def test_only_the_last_save_is_taken_back(shop: Shop) -> None:
    put(shop, shop={"name": "一"})
    put(shop, smtp={"smtp_host": "mx.jp"})
    restore(shop.ledger, by=OWNER, now=MONDAY)
    assert read_shop(shop.ledger).name == "一"
    assert read_smtp(shop.ledger) == SmtpSettings()


def test_the_log_names_fields_and_holds_no_values(shop: Shop) -> None:
    put(shop, smtp={"smtp_host": "mx.jp", "smtp_password": "geheim"})
    restore(shop.ledger, by=OWNER, now=MONDAY)
    with shop.ledger.reading() as tx:
        entries = read_audit(tx)
        assert check(tx).broken_at is None
    assert [(entry.act, entry.about, entry.name) for entry in entries] == [
        ("settings_restored", "smtp", "店主"),
        ("settings_changed", "smtp", "店主"),
    ]
    assert entries[1].detail == {"fields": ["smtp_host", "smtp_password"]}
    assert not any("geheim" in str(entry) for entry in entries)


def test_a_save_that_fails_leaves_no_trace(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_given: Any, **_more: Any) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("tenshu.web.console.settings.kept.record", breaks)
    before = read_kept(shop.ledger)
    with pytest.raises(BrokenPipeError):
        put(shop, shop={"name": "新しい店"})
    assert read_kept(shop.ledger) == before


def test_forms_of_one_page_are_joined_with_everything_they_say() -> None:
    first = Form(values={"a": "1"}, errors={"a": "no"}, changes={"shop": {"a": 1}})
    first.join(Form(values={"b": "2"}, changes={"shop": {"b": 2}, "smtp": {"c": 3}}))
    assert first.values == {"a": "1", "b": "2"}
    assert first.changes == {"shop": {"a": 1, "b": 2}, "smtp": {"c": 3}}
    assert not first.is_good
    assert (first.value("z"), first.error("a"), first.error("b")) == ("", "no", "")


def test_what_was_never_saved_is_known_from_what_was(shop: Shop) -> None:
    put(shop, smtp={"smtp_host": "127.0.0.1"})
    kept = read_kept(shop.ledger)
    assert isinstance(kept, Kept)
    assert (kept.smtp, "smtp" in kept.saved) == (SmtpSettings(), True)
