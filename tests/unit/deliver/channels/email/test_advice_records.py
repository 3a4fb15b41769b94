"""Records as shops really have them: what each says about the sender, and exactly which record is proposed instead."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.channels.email import spf
from tenshu.deliver.channels.email.advice import SELECTORS, Advice, Finding, Record, advise, domain_of
from tenshu.deliver.channels.email.hosts import HOSTS, host_of
from tests.unit.deliver.channels.email.told_names import Table, ToldNames

DOMAIN, SERVER, MACHINE = "hanaya.jp", "mail.hanaya.jp", "203.0.113.25"
KEY_1024, KEY_2048 = (base64.b64encode(b"\x30" * length).decode() for length in (162, 294))
ED25519 = base64.b64encode(b"\x07" * 32).decode()
XSERVER = "include:spf.sender.xserver.jp"
OTHERS: Table = {
    "_spf.google.com": ["v=spf1 include:_netblocks.google.com ~all"],
    "_netblocks.google.com": ["v=spf1 ip4:198.51.100.0/24 ~all"],
    "spf.sender.xserver.jp": ["v=spf1 ip4:192.0.2.0/24 ~all"],
    "sendgrid.net": ["v=spf1 ip4:198.18.0.0/15 ~all"],
}


def look(texts: Table, *, server: str = SERVER, returns: str = DOMAIN, sender: str = "info@hanaya.jp") -> Advice:
    names = ToldNames({**OTHERS, **texts}, hosts={SERVER: [MACHINE]}, mail={DOMAIN: [SERVER]})
    return advise(sender, returns, server, names=names)


def found(name: str, texts: Table, *, server: str = SERVER, returns: str = DOMAIN) -> Finding:
    (one,) = (one for one in look(texts, server=server, returns=returns).findings if one.name == name)
    return one


def proposed(*records: str, server: str = SERVER) -> str:
    record = found("spf", {DOMAIN: list(records)}, server=server).record
    assert record is not None
    assert (record.name, record.kind) == (DOMAIN, "TXT")
    return record.value


@pytest.mark.parametrize(
    ("record", "server", "state"),
    [
        ("v=spf1 include:spf.sender.xserver.jp ~all", "sv1234.xserver.jp", "good"),
        ("v=spf1 +a:sv1234.xserver.jp +include:spf.sender.xserver.jp ~all", "sv1234.xserver.jp", "good"),
        ("v=spf1 +a:sv1234.xserver.jp +a:hanaya.jp +mx include:spf.sender.xserver.jp ~all", "sv1.xserver.jp", "good"),
        ("v=spf1 include:_spf.google.com ~all", "smtp.gmail.com", "good"),
        ("v=spf1 include:_spf.google.com ~all", "sv1234.xserver.jp", "weak"),
        ("v=spf1 a:www1234.sakura.ne.jp mx ~all", "hanaya.sakura.ne.jp", "weak"),
        ("v=spf1 a:hanaya.sakura.ne.jp ~all", "hanaya.sakura.ne.jp", "good"),
        ("v=spf1 include:sendgrid.net -all", "smtp.sendgrid.net", "good"),
        ("v=spf1 include:amazonses.com -all", "email-smtp.ap-northeast-1.amazonaws.com", "good"),
        ("v=spf1 ip4:203.0.113.25 -all", SERVER, "good"),
        ("v=spf1 ip4:203.0.113.24/31 ?all", SERVER, "good"),
        ("v=spf1 a:mail.hanaya.jp -all", SERVER, "good"),
        ("v=spf1 ip4:203.0.113.26 -all", SERVER, "weak"),
        ("v=spf1 -all", SERVER, "weak"),
        ("v=spf1 exists:%{i}.spf.hanaya.jp ~all exp=explain.hanaya.jp", SERVER, "weak"),
        ("v=spf1 redirect=_spf.google.com", SERVER, "weak"),
        ("v=spf1 +all", SERVER, "weak"),
    ],
)
def test_a_record_is_judged_for_the_server_that_sends(record: str, server: str, state: str) -> None:
    assert found("spf", {DOMAIN: [record]}, server=server).state == state


@pytest.mark.parametrize(
    ("records", "server", "value"),
    [
        (["v=spf1 include:_spf.google.com ~all"], "sv1.xserver.jp", f"v=spf1 include:_spf.google.com {XSERVER} ~all"),
        (["v=spf1 include:_spf.google.com -all"], "sv1.xserver.jp", f"v=spf1 include:_spf.google.com {XSERVER} -all"),
        (["V=SPF1 MX -ALL"], "sv1.xserver.jp", f"v=spf1 MX {XSERVER} -all"),
        (["v=spf1 mx ?all"], "sv1.xserver.jp", f"v=spf1 mx {XSERVER} ~all"),
        (["v=spf1 mx"], "sv1.xserver.jp", f"v=spf1 mx {XSERVER} ~all"),
        (["v=spf1 -all"], SERVER, "v=spf1 a:mail.hanaya.jp -all"),
        (["v=spf1 +all"], SERVER, "v=spf1 a:mail.hanaya.jp ~all"),
        (["v=spf1 mx mx a -all"], "8.8.4.4", "v=spf1 mx a ip4:8.8.4.4 -all"),
        (["v=spf1 a -all"], "2001:4860::9", "v=spf1 a ip6:2001:4860::9 -all"),
        (["v=spf1 a -all", "v=spf1 mx -all"], SERVER, "v=spf1 a mx a:mail.hanaya.jp ~all"),
        (["v=spf1 a ~all", "v=spf1 a ~all"], SERVER, "v=spf1 a a:mail.hanaya.jp ~all"),
        (["v=spf1 redirect=_spf.google.com"], SERVER, "v=spf1 include:_spf.google.com a:mail.hanaya.jp ~all"),
        (["v=spf1 a redirect=sendgrid.net"], SERVER, "v=spf1 a include:sendgrid.net a:mail.hanaya.jp ~all"),
        (["v=spf1 a -all redirect=sendgrid.net"], SERVER, "v=spf1 a a:mail.hanaya.jp -all"),
    ],
)
def test_the_proposed_record_keeps_what_there_is_and_adds_the_server(
    records: list[str], server: str, value: str
) -> None:
    assert proposed(*records, server=server) == value


TERMS = st.sampled_from(
    [
        "a",
        "mx",
        "a:www.hanaya.jp",
        "ip4:198.51.100.7",
        "ip4:192.0.2.0/25",
        "include:sendgrid.net",
        "~all",
        "?all",
        "-all",
    ]
)


@given(st.lists(TERMS, max_size=5))
def test_whoever_takes_the_proposed_record_has_nothing_left_to_do(terms: list[str]) -> None:
    texts: Table = {**OTHERS, DOMAIN: [" ".join(["v=spf1", *terms])]}
    first = found("spf", texts)
    if first.record is None:
        assert first.state == "good"
        return
    again = found("spf", {**texts, DOMAIN: [first.record.value]})
    assert again.state == "good"
    names = ToldNames({**OTHERS, DOMAIN: [first.record.value]}, hosts={SERVER: [MACHINE]})
    assert spf.look(names, DOMAIN, [MACHINE]).verdict == "pass"


@pytest.mark.parametrize("host", [host for host in HOSTS if host.spf], ids=lambda host: host.name)
def test_a_domain_without_a_record_is_told_how_its_host_is_named(host: object) -> None:
    server = {"Xserver": "sv1.xserver.jp", "Gmail": "smtp.gmail.com", "Microsoft 365": "smtp.office365.com"}
    named = server.get(getattr(host, "name", ""), "smtp.sendgrid.net")
    known = host_of(named)
    assert known is not None
    one = found("spf", {}, server=named)
    assert (one.state, one.record) == ("missing", Record(DOMAIN, "TXT", f"v=spf1 {known.spf} ~all"))


def test_a_server_that_is_included_but_says_nothing_itself_lets_nobody() -> None:
    one = found("spf", {DOMAIN: ["v=spf1 include:mail.hanaya.jp -all"]})
    assert one.state == "weak"
    assert one.record == Record(DOMAIN, "TXT", "v=spf1 include:mail.hanaya.jp a:mail.hanaya.jp -all")


@pytest.mark.parametrize(("network", "state"), [("8.8.4.0/24", "good"), ("8.8.5.0/24", "weak")])
def test_a_server_that_is_named_by_its_address_is_looked_up_by_it(network: str, state: str) -> None:
    assert found("spf", {DOMAIN: [f"v=spf1 ip4:{network} -all"]}, server="8.8.4.4").state == state


def test_a_record_that_asks_too_much_is_said_to_and_none_is_proposed() -> None:
    many = " ".join(f"include:s{nth}.jp" for nth in range(11))
    texts: Table = {f"s{nth}.jp": ["v=spf1 -all"] for nth in range(11)}
    one = found("spf", {**texts, DOMAIN: [f"v=spf1 {many} -all"]})
    assert (one.state, one.record) == ("weak", None)
    assert "more than ten look-ups" in one.said.text("en")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (f"v=DKIM1; k=rsa; p={KEY_2048}", "good"),
        (f"v=DKIM1; k=rsa; p={KEY_1024}", "good"),
        (f"k=rsa; p={KEY_2048}", "good"),
        (f"p={KEY_2048}", "good"),
        (f"v=DKIM1; k=ed25519; p={ED25519}", "good"),
        (f"v=DKIM1;k=rsa;t=s;p={KEY_2048};", "good"),
        (f"v=DKIM1; p={KEY_2048[:90]} {KEY_2048[90:]}", "good"),
        (f"v = DKIM1; p = {KEY_2048}", "good"),
        ("v=DKIM1; p=", "weak"),
        (f"v=DKIM1; p={base64.b64encode(b'0' * 94).decode()}", "weak"),
        ("v=DKIM1; p=***", "weak"),
        ("v=DKIM1; k=rsa", "missing"),
        ("google-site-verification=abc", "missing"),
        ("", "missing"),
    ],
)
def test_a_key_is_judged_as_it_is_published(text: str, state: str) -> None:
    assert found("dkim", {f"default._domainkey.{DOMAIN}": [text]}).state == state


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_key_is_found_under_every_usual_name(selector: str) -> None:
    one = found("dkim", {f"{selector}._domainkey.{DOMAIN}": [f"v=DKIM1; p={KEY_2048}"]})
    assert (one.state, one.said.given["selector"]) == ("good", selector)


def test_a_key_that_was_withdrawn_does_not_hide_the_one_in_use() -> None:
    texts: Table = {
        f"default._domainkey.{DOMAIN}": ["v=DKIM1; p="],
        f"s2._domainkey.{DOMAIN}": [f"v=DKIM1; p={KEY_2048}"],
    }
    assert found("dkim", texts).state == "good"


@pytest.mark.parametrize(
    ("server", "provider", "in_japanese"),
    [
        ("sv1.xserver.jp", "Xserver", "Xserver"),
        ("hanaya.sakura.ne.jp", "Sakura Rental Server", "さくらのレンタルサーバ"),
        (SERVER, "your mail provider", "お使いのメール会社"),
    ],
)
def test_without_a_key_the_panel_of_the_provider_is_named(server: str, provider: str, in_japanese: str) -> None:
    advice = found("dkim", {}, server=server).advice
    assert advice is not None
    assert provider in advice.text("en")
    assert in_japanese in advice.text("ja")
    assert "default._domainkey.hanaya.jp" in advice.text("en")


@pytest.mark.parametrize(
    ("texts", "returns", "state"),
    [
        ({"_dmarc.hanaya.jp": ["v=DMARC1; p=none"]}, DOMAIN, "good"),
        ({"_dmarc.hanaya.jp": ["V=dmarc1;p=reject;sp=reject;adkim=s"]}, "bounce.hanaya.jp", "good"),
        ({"_dmarc.hanaya.jp": ["spam", "v=DMARC1; p=quarantine"]}, DOMAIN, "good"),
        ({"_dmarc.hanaya.jp": ["v=DMARC1; p=none"]}, "xserver.jp", "weak"),
        ({"_dmarc.hanaya.jp": ["v=DMARC1; p=none"]}, "evilhanaya.jp", "weak"),
        ({"_dmarc.hanaya.jp": ["v=DMARC1; p=none"]}, "", "good"),
        ({"_dmarc.hanaya.jp": ["p=none; v=DMARC1"]}, DOMAIN, "missing"),
        ({"hanaya.jp": ["v=DMARC1; p=none"]}, DOMAIN, "missing"),
        ({"_dmarc.jp": ["v=DMARC1; p=none"]}, DOMAIN, "missing"),
        ({}, DOMAIN, "missing"),
    ],
)
def test_a_rule_counts_where_receivers_look_for_it(texts: Table, returns: str, state: str) -> None:
    assert found("dmarc", texts, returns=returns).state == state


def test_the_rule_that_is_proposed_is_found_afterwards() -> None:
    record = found("dmarc", {}).record
    assert record == Record("_dmarc.hanaya.jp", "TXT", "v=DMARC1; p=none; rua=mailto:info@hanaya.jp")
    assert found("dmarc", {record.name: [record.value]}).state == "good"


def test_a_rule_of_the_name_itself_goes_before_that_of_the_domain_above() -> None:
    texts: Table = {"_dmarc.shop.hanaya.jp": ["v=DMARC1; p=none"], "_dmarc.hanaya.jp": ["v=DMARC1; p=reject"]}
    advice = look(texts, sender="a@shop.hanaya.jp", returns="shop.hanaya.jp")
    (one,) = (one for one in advice.findings if one.name == "dmarc")
    assert one.said.given == {"place": "shop.hanaya.jp", "record": "v=DMARC1; p=none"}


@pytest.mark.parametrize("returns", ["", "example.com", "bounce"])
def test_where_mail_returns_is_asked_when_it_is_not_said(returns: str) -> None:
    one = found("return", {}, returns=returns)
    assert (one.state, one.advice) == ("missing", None)
    assert "not said yet" in one.said.text("en")


def test_all_good_is_good_and_one_that_is_not_spoils_it() -> None:
    well: Table = {
        DOMAIN: ["v=spf1 a:mail.hanaya.jp ~all"],
        f"default._domainkey.{DOMAIN}": [f"p={KEY_2048}"],
        "_dmarc.hanaya.jp": ["v=DMARC1; p=none"],
    }
    assert look(well).is_good
    for name in well:
        assert not look({other: texts for other, texts in well.items() if other != name}).is_good


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("Info@HANAYA.jp", "hanaya.jp"),
        ("info@hanaya.jp.", "hanaya.jp"),
        ("a@b@hanaya.jp", "hanaya.jp"),
        ("hanaya.jp", "hanaya.jp"),
        ("a@shop.example.com", ""),
        ("a@myexample.com", "myexample.com"),
        ("a@hanaya.test", ""),
        ("a@mail.localhost", ""),
        ("a@" + "x" * 64 + ".jp", ""),
        ("a@" + "x." * 130 + "jp", ""),
        ("a@hana_ya.jp", "hana_ya.jp"),
        ("a@hanaya", ""),
        ("a@hanaya.jp\nBcc: x", ""),
    ],
)
def test_the_domain_of_an_address_is_somebodys_or_nothing(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@given(st.text(max_size=60))
def test_whatever_is_taken_for_an_address_its_domain_is_a_plain_name(text: str) -> None:
    domain = domain_of(text)
    assert domain == domain.lower()
    assert len(domain) <= 253
    assert not set(domain) - set("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_several_dmarc_records_at_one_name_are_none_and_one_is_proposed() -> None:
    told = found("dmarc", {"_dmarc.hanaya.jp": ["v=DMARC1; p=reject", "v=spf1 -all", "v=DMARC1; p=none"]})
    assert told.state == "weak"
    assert told.record == Record("_dmarc.hanaya.jp", "TXT", "v=DMARC1; p=none")
    assert "none counts: v=DMARC1; p=none / v=DMARC1; p=reject" in told.said.text()
    assert found("dmarc", {told.record.name: [told.record.value]}).state == "good"


def test_several_records_above_are_not_looked_at_where_one_is_below() -> None:
    several = ["v=DMARC1; p=none", "v=DMARC1; p=reject"]
    at = {"_dmarc.shop.hanaya.jp": ["v=DMARC1; p=none"], "_dmarc.hanaya.jp": several}
    (below,) = (one for one in look(at, sender="info@shop.hanaya.jp").findings if one.name == "dmarc")
    (above,) = (
        one for one in look({"_dmarc.hanaya.jp": several}, sender="info@shop.hanaya.jp").findings if one.name == "dmarc"
    )
    assert (below.state, above.state) == ("good", "weak")
    assert above.record is not None
    assert above.record.name == "_dmarc.hanaya.jp"


@pytest.mark.parametrize("way", ["include:torn.example.net", "redirect=torn.example.net"])
def test_a_record_that_leads_to_several_is_void(way: str) -> None:
    torn = {"torn.example.net": ["v=spf1 ip4:203.0.113.25 -all", "v=spf1 -all"]}
    told = found("spf", {DOMAIN: [f"v=spf1 {way}"], **torn})
    assert told.state == "weak"
    assert "torn.example.net, which has several of them" in told.said.text()
    after = found("spf", {DOMAIN: [f"v=spf1 ip4:{MACHINE} {way}"], **torn})
    assert after.state == "good", "nobody asks for what stands behind the first that matches"


def test_a_server_that_is_named_behind_a_void_include_is_not_good() -> None:
    told = found(
        "spf",
        {DOMAIN: [f"v=spf1 include:torn.example.net ip4:{MACHINE} -all"], "torn.example.net": ["v=spf1 -all"] * 2},
    )
    assert (told.state, told.record) == ("weak", None)
