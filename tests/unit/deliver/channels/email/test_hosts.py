"""Mail hosts that shops use are known by the names of their servers, and by nothing that only looks like them."""

import pytest

from tenshu.deliver.channels.email.hosts import HOSTS, MailHost, host_of
from tenshu.kit.i18n import _


@pytest.mark.parametrize(
    ("server", "name"),
    [
        ("sv1234.xserver.jp", "Xserver"),
        ("SV1.XSERVER.JP.", "Xserver"),
        (" hanaya.sakura.ne.jp ", "Sakura Rental Server"),
        ("smtp.lolipop.jp", "Lolipop!"),
        ("mail65.onamae.ne.jp", "Onamae.com"),
        ("smtp.gmail.com", "Gmail"),
        ("smtp.mail.yahoo.co.jp", "Yahoo! JAPAN Mail"),
        ("smtp.office365.com", "Microsoft 365"),
        ("email-smtp.ap-northeast-1.amazonaws.com", "Amazon SES"),
        ("smtp.sendgrid.net", "SendGrid"),
    ],
)
def test_a_server_is_known_by_how_its_name_ends(server: str, name: str) -> None:
    known = host_of(server)
    assert known is not None
    assert known.name == name


@pytest.mark.parametrize(
    "server",
    [
        "",
        "xserver.jp",
        "evilxserver.jp",
        "sv1.xserver.jp.evil.example",
        "smtp.gmail.com.evil.example",
        "notsmtp.gmail.com",
        "mail.hanaya.jp",
        "127.0.0.1",
    ],
)
def test_what_only_looks_like_a_host_is_none(server: str) -> None:
    assert host_of(server) is None


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_the_usual_door_of_every_host_is_encrypted_and_fits_its_port(host: MailHost) -> None:
    assert (host.port, host.tls) in {(465, "tls"), (587, "starttls")}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_how_one_logs_in_is_said_in_both_languages(host: MailHost) -> None:
    assert _(host.login, "en")
    assert _(host.login, "ja") != _(host.login, "en")


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_published_limit_of_an_hour_is_below_that_of_a_day(host: MailHost) -> None:
    assert host.per_hour is None or host.per_day is None or host.per_hour < host.per_day


def test_no_server_belongs_to_two_hosts() -> None:
    suffixes = [suffix for host in HOSTS for suffix in host.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert not any(one != two and one.endswith(two) for one in suffixes for two in suffixes)
