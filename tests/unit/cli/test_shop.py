"""`tenshu shop` sets what a shop can work with and refuses the rest in a sentence; `smtp` settings become a channel."""

from pathlib import Path

import pytest

from tenshu.bootstrap import open_shop
from tenshu.cli.shop import read_pairs
from tenshu.content.shop import ShopSettings
from tenshu.deliver.channel import Outcome, Outgoing
from tenshu.deliver.channels.email.settings import SmtpSettings, open_channel, read_smtp, write_smtp
from tenshu.deliver.standstill import standstill
from tenshu.staff.audit import read_audit
from tenshu.store.settings import read_setting
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.cli.terminal import refusal, told, type_in


def settings_of(home: Path) -> tuple[ShopSettings, SmtpSettings]:
    shop = open_shop(home)
    try:
        return shop.settings, read_smtp(shop.ledger)
    finally:
        shop.close()


def test_what_is_set_is_kept_and_the_rest_stays(tmp_path: Path) -> None:
    told("shop", "name=花屋", "zone=Europe/London", "smtp_port=2525", "--home", tmp_path)
    told("shop", "currency=GBP", "--home", tmp_path)
    shop, smtp = settings_of(tmp_path)
    assert (shop.name, shop.zone, shop.currency, shop.language) == ("花屋", "Europe/London", "GBP", "ja")
    assert (smtp.smtp_port, smtp.smtp_tls) == (2525, "none")


def test_showing_the_settings_changes_nothing(tmp_path: Path) -> None:
    told("shop", "name=花屋", "--home", tmp_path)
    before = settings_of(tmp_path)
    shown = told("shop", "--home", tmp_path)
    assert "name = 花屋" in shown
    assert "Saved." not in shown
    assert settings_of(tmp_path) == before


def test_a_value_may_hold_an_equals_sign(tmp_path: Path) -> None:
    told("shop", "home_url=https://shop.example.com/?from=mail", "--home", tmp_path)
    assert settings_of(tmp_path)[0].home_url == "https://shop.example.com/?from=mail"


def test_a_password_is_kept_and_never_shown(tmp_path: Path) -> None:
    shown = told("shop", "smtp_username=shop", "smtp_password=open sesame", "--home", tmp_path)
    assert "smtp_password = ***" in shown
    assert "sesame" not in shown
    assert settings_of(tmp_path)[1].smtp_password == "open sesame"


def test_links_are_made_from_an_address_without_a_slash_at_its_end() -> None:
    assert read_pairs(["public_url=https://links.example.com/"]) == {"public_url": "https://links.example.com"}


def test_showing_a_home_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert "There is no shop in" in refusal("shop", "--home", tmp_path / "slip")
    assert not (tmp_path / "slip").exists()


REFUSED = [
    ("shop_name=花屋", 'There is no setting "shop_name". The settings are: name, postal_address,'),
    ("=花屋", 'There is no setting "".'),
    ("name", '"name" sets nothing. Write NAME=VALUE'),
    ("name=", 'name cannot be "". It takes some text.'),
    ("zone=Tokyo", 'zone cannot be "Tokyo". It takes an IANA time zone'),
    ("zone=../../etc/passwd", "It takes an IANA time zone"),
    ("currency=yen", "It takes an ISO 4217 code, such as JPY or GBP."),
    ("language=fr", "It takes ja or en."),
    ("sender_email=nobody", "It takes an e-mail address"),
    ("bounce_domain=a@b.example.com", "It takes a domain"),
    ("public_url=shop.example.com", "begins with http:// or https://"),
    ("home_url=javascript:alert(1)", "begins with http:// or https://"),
    ("public_url=https://", "begins with http:// or https://"),
    ("smtp_port=many", "It takes a port from 1 to 65535."),
    ("smtp_port=0", "It takes a port from 1 to 65535."),
    ("smtp_port=65536", "It takes a port from 1 to 65535."),
    ("smtp_tls=ssl", "It takes none, starttls or tls."),
    ("smtp_host=", "It takes some text."),
    ("limit_per_day=many", "limit_per_day cannot be many. It takes a whole number from 1"),
    ("limit_per_hour=0", "limit_per_hour cannot be 0."),
    ("name=花屋\r\nBcc: everybody@example.com", "name cannot go into a mail header"),
]


@pytest.mark.parametrize(("pair", "sentence"), REFUSED)
def test_a_setting_that_cannot_work_is_refused_and_nothing_is_saved(tmp_path: Path, pair: str, sentence: str) -> None:
    assert sentence in refusal("shop", "contact=03-0000-0000", pair, "--home", tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_refusal_says_in_japanese_what_is_allowed(tmp_path: Path) -> None:
    said = refusal("shop", "language=fr", "--home", tmp_path, language="ja")
    assert said == "language に「fr」は設定できません。設定できるもの: ja または en。"


def test_every_setting_of_the_documents_is_one(tmp_path: Path) -> None:
    shown = {line.split(" = ")[0] for line in told("shop", "name=花屋", "--home", tmp_path).splitlines()[1:]}
    limits = {"limit_per_hour", "limit_per_day"}
    assert shown == {*ShopSettings.__struct_fields__, *SmtpSettings.__struct_fields__, *limits}


def test_a_providers_limits_are_set_and_taken_off(tmp_path: Path) -> None:
    said = told("shop", "limit_per_hour=1,500", "limit_per_day=15000", "--home", tmp_path)
    assert "limit_per_hour = 1500" in said
    assert "limit_per_day = 15000" in said
    said = told("shop", "limit_per_hour=", "--home", tmp_path)
    assert "limit_per_hour = \n" in said
    assert "limit_per_day = 15000" in said


def test_a_name_alone_says_nothing_about_the_mail_server(tmp_path: Path) -> None:
    told("shop", "name=花屋", "--home", tmp_path)
    shop = open_shop(tmp_path)
    assert read_setting(shop.ledger, "smtp") is None
    shop.close()


def test_all_sending_is_paused_and_goes_on_from_the_terminal(tmp_path: Path) -> None:
    told("shop", "name=花屋", "--home", tmp_path)
    assert "Sending was not paused." in told("shop", "go-on", "--home", tmp_path)
    assert "All sending is paused." in told("shop", "pause", "--reason", "stocktaking", "--home", tmp_path)
    shop = open_shop(tmp_path)
    with shop.ledger.reading() as tx:
        paused = standstill(tx)
        log = [(entry.act, entry.name) for entry in read_audit(tx)]
    shop.close()
    assert paused is not None
    assert (paused.reason, log) == ("stocktaking", [("sending_paused", "tenshu")])
    assert "Sending goes on." in told("shop", "go-on", "--home", tmp_path)


def test_a_folder_that_is_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    assert "could not be read or written: File exists" in refusal("shop", "name=花屋", "--home", tmp_path / "home")


def test_a_fresh_home_hands_its_mail_to_this_machine(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, create=True)
    assert read_smtp(shop.ledger) == SmtpSettings(smtp_host="127.0.0.1", smtp_port=25)
    write_smtp(shop.ledger, SmtpSettings(smtp_host="mx.example.com", smtp_tls="starttls"))
    assert read_smtp(shop.ledger) == SmtpSettings(smtp_host="mx.example.com", smtp_tls="starttls")
    shop.close()


def test_the_channel_leads_to_the_server_of_the_settings() -> None:
    with SmtpSink() as sink:
        channel = open_channel(SmtpSettings(smtp_host=sink.host, smtp_port=sink.port))
        letter = Outgoing(
            enrolment=1, visit=0, message_id="1", address="a@example.com", sender="b@example.com", content=b"Hi\r\n"
        )
        assert [receipt.outcome for receipt in channel.send([letter])] == [Outcome.ACCEPTED]
        channel.close()
        assert [mail.recipient for mail in sink.mails()] == ["a@example.com"]


def test_a_slip_in_a_pair_shows_no_usage_but_a_sentence(tmp_path: Path) -> None:
    assert "Usage" not in type_in("shop", "zone", "--home", tmp_path).output
