"""The button that tries a mail server out, and the page about the sender's domain."""

import re
import threading

import pytest

from tenshu.bootstrap import Shop, save_settings
from tenshu.content.shop import ShopSettings
from tenshu.deliver.channels.email.connection import Server
from tenshu.deliver.channels.email.names import Names
from tenshu.web.console.settings import domain_pages, server_test
from tenshu.web.console.settings.trials import TooManyTrials, Trials
from tests.unit.deliver.channels.email.mail_server import Conduct, mail_server
from tests.unit.deliver.channels.email.name_server import name_server, txt
from tests.unit.web.console.visiting import visiting


@pytest.fixture
def shop(own_shop: Shop) -> Shop:
    settings = ShopSettings(name="花屋", sender_email="info@hanaya.jp", bounce_domain="hanaya.jp")
    return save_settings(own_shop, settings)


@pytest.fixture(autouse=True)
def trials(monkeypatch: pytest.MonkeyPatch) -> Trials:
    fresh = Trials()
    monkeypatch.setattr(server_test, "TRIALS", fresh)
    return fresh


def form(port: int, **changed: str) -> dict[str, str]:
    given = {"smtp_host": "127.0.0.1", "smtp_port": str(port), "smtp_tls": "none", "smtp_username": ""}
    return {**given, "smtp_password": "", **changed}


def states(text: str) -> list[str]:
    return re.findall(r'<li class="is-(\w+)">', text)


def test_a_server_that_works_is_said_to_without_saving_anything(shop: Shop) -> None:
    with mail_server(Conduct()) as server, visiting(shop) as client:
        part = client.part("POST", "/settings/mail-server/test", data=form(server.port))
        assert "まだ設定されていない" in client.get("/settings/mail-server").text
    assert states(part.text) == ["good", "good", "good", "left_out", "left_out", "good"]
    assert "hx-trigger" not in part.text
    assert "info@hanaya.jp" in part.text


def test_a_slow_server_is_followed_step_by_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_test, "PATIENCE", 0.5)
    monkeypatch.setattr(server_test, "_MOMENT", 0.05)
    with mail_server(Conduct(is_silent=True)) as server, visiting(shop) as client:
        part = client.part("POST", "/settings/mail-server/test", data=form(server.port)).text
        assert states(part) == ["good", "good", "doing", "not_tried", "not_tried", "not_tried"]
        again = re.search(r'hx-get="([^"]+)"', part)
        assert again is not None
        for thread in threading.enumerate():
            if thread.name == "mail-server-trial":
                thread.join(5)
        part = client.part("GET", again[1]).text
    assert states(part) == ["good", "good", "bad", "not_tried", "not_tried", "not_tried"]
    assert "hx-get" not in part


def test_without_scripts_the_answer_is_a_whole_page(shop: Shop) -> None:
    with mail_server(Conduct(refuses_sender="553 not yours")) as server, visiting(shop, language="en") as client:
        page = client.post("/settings/mail-server/test", form(server.port)).text
    assert "<html" in page
    assert "553 not yours" in page
    assert "It does not work yet." in page


def test_a_form_with_gaps_says_what_it_needs_and_calls_nobody(shop: Shop, trials: Trials) -> None:
    with visiting(shop) as client:
        part = client.part("POST", "/settings/mail-server/test", data=form(0, smtp_username="hana")).text
    assert "587" in part
    assert states(part) == []
    assert trials.find("") is None


def test_a_saved_password_is_sent_to_no_other_server(shop: Shop) -> None:
    saved = form(465, smtp_host="sv1.xserver.jp", smtp_tls="tls", smtp_username="hana", smtp_password="geheim")
    with mail_server(Conduct()) as server, visiting(shop) as client:
        client.post("/settings/mail-server", {**saved, "per_hour": "", "per_day": ""})
        stolen = form(server.port, smtp_username="hana")
        part = client.part("POST", "/settings/mail-server/test", data=stolen).text
        assert server.heard == []
    assert states(part) == []


def test_only_the_owner_may_make_this_machine_connect(shop: Shop) -> None:
    with mail_server(Conduct()) as server, visiting(shop, role="marketer") as client:
        assert client.part("POST", "/settings/mail-server/test", data=form(server.port)).status_code == 403
        assert server.heard == []


def test_a_trial_that_is_forgotten_is_lost(shop: Shop) -> None:
    with visiting(shop) as client:
        assert client.part("GET", "/settings/mail-server/test/none").status_code == 404


def test_only_a_few_trials_run_at_a_time_and_old_ones_are_forgotten() -> None:
    trials, ask = Trials(), {"sender": "", "envelope": "", "patience": 0.0}
    with mail_server(Conduct(is_silent=True)) as server:
        silent = Server(host="127.0.0.1", port=server.port, timeout=0.3)
        running = [trials.start(silent, **ask) for _turn in range(3)]  # type: ignore[arg-type]
        with pytest.raises(TooManyTrials):
            trials.start(silent, **ask)  # type: ignore[arg-type]
        for thread in threading.enumerate():
            if thread.name == "mail-server-trial":
                thread.join(5)
        assert all(one.is_over and not one.is_good for one in running)
        with mail_server(Conduct()) as quick:
            for _turn in range(20):
                last = trials.start(Server(host="127.0.0.1", port=quick.port), sender="", envelope="", patience=5.0)
    assert trials.find(running[0].token) is None
    assert trials.find(last.token) is last


def test_what_is_known_about_a_host_is_told_while_it_is_typed(shop: Shop) -> None:
    with visiting(shop) as client:
        assert "465" in client.part("GET", "/settings/mail-server/host?smtp_host=sv1.xserver.jp").text
        assert client.part("GET", "/settings/mail-server/host?smtp_host=mail.hanaya.jp").text.strip() == ""


def test_the_domains_page_tells_the_record_to_add(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    zone = {"hanaya.jp": {**txt("v=spf1 mx ~all"), "MX": ["10 mx.hanaya.jp."]}}
    with name_server(zone) as (names, asked), visiting(shop, language="en") as client:
        monkeypatch.setattr(domain_pages, "Names", lambda: names)
        first = client.get("/settings/domain").text
        assert asked == []
        part = client.part("GET", "/settings/domain/look").text
        whole = client.get("/settings/domain?look=yes").text
    assert 'hx-get="/settings/domain/look"' in first
    assert "v=DMARC1; p=none; rua=mailto:info@hanaya.jp" in part
    assert "<html" not in part
    assert states(whole) == ["good", "missing", "missing", "good"]


def test_offline_the_domains_page_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenshu.deliver.channels.email.names.PATIENCE", 0.2)
    with name_server({}, is_silent=True) as (names, _asked), visiting(shop) as client:
        monkeypatch.setattr(domain_pages, "Names", lambda: names)
        part = client.part("GET", "/settings/domain/look").text
    assert states(part) == ["unknown"] * 4
    assert "調べられませんでした" in part


def test_without_a_senders_address_nobody_is_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Names:
        raise AssertionError

    monkeypatch.setattr("dns.resolver.Resolver", fails)
    fresh = save_settings(shop, ShopSettings())
    with visiting(fresh) as client:
        assert "/settings/sender" in client.part("GET", "/settings/domain/look").text
