"""What the sender's domain says about its mail, and the record to add, from a real name server."""

import base64

import pytest

from tenshu.deliver.channels.email import names as names_module
from tenshu.deliver.channels.email.advice import Advice, Finding, Record, advise, domain_of
from tenshu.deliver.channels.email.names import Names, NobodyAnswers
from tests.unit.deliver.channels.email.name_server import Zone, name_server, txt

SENDER, RETURNS, SERVER = "info@hanaya.jp", "bounce.hanaya.jp", "mail.hanaya.jp"
KEY = base64.b64encode(b"\x30" * 294).decode()
AT_SERVER: Zone = {SERVER: {"A": ["203.0.113.25"]}}
#: A domain that has everything.
WELL: Zone = {
    **AT_SERVER,
    RETURNS: {**txt("v=spf1 a:mail.hanaya.jp ~all"), "MX": ["10 mail.hanaya.jp."]},
    "default._domainkey.hanaya.jp": txt(f"v=DKIM1; k=rsa; p={KEY[:200]}") | {},
    "_dmarc.hanaya.jp": txt("v=DMARC1; p=none; rua=mailto:info@hanaya.jp"),
}


def look(zone: Zone, *, server: str = SERVER, sender: str = SENDER, returns: str = RETURNS) -> Advice:
    with name_server(zone) as (names, _asked):
        return advise(sender, returns, server, names=names)


def finding(name: str, zone: Zone, *, server: str = SERVER, returns: str = RETURNS) -> Finding:
    return {one.name: one for one in look(zone, server=server, returns=returns).findings}[name]


def spf_of(record: str, *more: str, server: str = SERVER, zone: Zone | None = None) -> Finding:
    return finding("spf", {**AT_SERVER, RETURNS: txt(record, *more), **(zone or {})}, server=server)


def test_a_domain_that_has_everything_needs_no_advice() -> None:
    found = look(WELL)
    assert [(one.name, one.state) for one in found.findings] == [
        ("spf", "good"),
        ("dkim", "good"),
        ("dmarc", "good"),
        ("return", "good"),
    ]
    assert found.is_good
    assert all(one.record is None for one in found.findings)


def test_a_domain_that_has_nothing_is_told_the_exact_records() -> None:
    found = {one.name: one for one in look(AT_SERVER).findings}
    assert found["spf"].record == Record(RETURNS, "TXT", "v=spf1 a:mail.hanaya.jp ~all")
    assert found["dmarc"].record == Record("_dmarc.hanaya.jp", "TXT", "v=DMARC1; p=none; rua=mailto:info@hanaya.jp")
    assert {one.state for one in found.values()} == {"missing"}


@pytest.mark.parametrize(
    ("server", "mechanism"),
    [
        ("sv1234.xserver.jp", "include:spf.sender.xserver.jp"),
        ("smtp.gmail.com", "include:_spf.google.com"),
        ("hanaya.sakura.ne.jp", "a:hanaya.sakura.ne.jp"),
        ("127.0.0.1", "mx"),
        ("8.8.4.4", "ip4:8.8.4.4"),
    ],
)
def test_the_record_names_the_provider_as_it_wants_to_be_named(server: str, mechanism: str) -> None:
    record = finding("spf", {}, server=server).record
    assert record is not None
    assert record.value == f"v=spf1 {mechanism} ~all"


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:203.0.113.0/24 -all",
        "v=spf1 a:mail.hanaya.jp ~all",
        "v=spf1 include:spf.provider.jp -all",
        "v=spf1 redirect=spf.provider.jp",
        "v=spf1 mx -all",
        "V=SPF1 +a:mail.hanaya.jp/28 ?all",
    ],
)
def test_a_record_that_names_the_server_in_any_way_is_good(record: str) -> None:
    zone: Zone = {
        "spf.provider.jp": txt("v=spf1 ip4:203.0.113.25 -all"),
        RETURNS: {**txt(record), "MX": ["10 mail.hanaya.jp."]},
    }
    assert finding("spf", {**AT_SERVER, **zone}).state == "good"


def test_a_provider_that_is_included_is_good_though_it_sends_from_elsewhere() -> None:
    zone: Zone = {
        "sv1.xserver.jp": {"A": ["203.0.113.77"]},
        "spf.sender.xserver.jp": txt("v=spf1 ip4:198.51.100.0/24 -all"),
    }
    assert spf_of("v=spf1 include:spf.sender.xserver.jp ~all", server="sv1.xserver.jp", zone=zone).state == "good"


def test_a_record_that_does_not_name_the_server_is_completed_and_keeps_what_it_has() -> None:
    found = spf_of("v=spf1 include:_spf.google.com mx -all", zone={"_spf.google.com": txt("v=spf1 -all")})
    assert found.state == "weak"
    assert found.record == Record(RETURNS, "TXT", "v=spf1 include:_spf.google.com mx a:mail.hanaya.jp -all")


def test_several_records_are_merged_into_one() -> None:
    found = spf_of("v=spf1 a ~all", "v=spf1 mx -all", "google-site-verification=x")
    assert found.record == Record(RETURNS, "TXT", "v=spf1 a mx a:mail.hanaya.jp ~all")


def test_a_record_that_lets_everybody_send_is_said_to() -> None:
    for record in ("v=spf1 +all", "v=spf1 a:mail.hanaya.jp all"):
        found = spf_of(record)
        assert found.state == "weak"
        assert found.record is not None
        assert found.record.value.endswith("~all")


def test_records_that_refer_to_themselves_or_too_often_are_broken_and_end() -> None:
    assert spf_of(f"v=spf1 include:{RETURNS} -all").state == "weak"
    circle: Zone = {f"s{nth}.jp": txt(f"v=spf1 include:s{nth + 1}.jp -all") for nth in range(30)}
    assert spf_of("v=spf1 include:s0.jp -all", zone=circle).state == "weak"


@pytest.mark.parametrize("record", ["v=spf1 ip4:not-an-address -all", "v=spf1 ptr exists:%{i}.x.jp -all", "v=spf1"])
def test_a_record_with_nonsense_is_read_and_names_nobody(record: str) -> None:
    assert spf_of(record).state == "weak"


def test_a_key_that_is_withdrawn_or_short_is_weak() -> None:
    for key in ("", base64.b64encode(b"\x30" * 90).decode(), "%%%"):
        zone: Zone = {"google._domainkey.hanaya.jp": txt(f"v=DKIM1; p={key}")}
        assert finding("dkim", zone).state == "weak"


def test_a_long_key_in_several_strings_is_one_key() -> None:
    zone: Zone = {"s1._domainkey.hanaya.jp": {"TXT": [f'"v=DKIM1; p={KEY[:200]}" "{KEY[200:]}"']}}
    assert finding("dkim", zone).state == "good"


def test_a_rule_of_the_domain_above_counts() -> None:
    zone: Zone = {"_dmarc.hanaya.co.jp": txt("v=DMARC1; p=reject")}
    found = {one.name: one for one in look(zone, sender="info@mail.hanaya.co.jp", returns="mail.hanaya.co.jp").findings}
    assert found["dmarc"].state == "good"
    assert found["dmarc"].said.given["place"] == "hanaya.co.jp"


def test_returning_to_another_domain_is_said_to_break_the_rule() -> None:
    assert finding("dmarc", WELL, returns="provider.ne.jp").state == "weak"
    assert finding("dmarc", WELL, returns="hanaya.jp").state == "good"


def test_mail_that_returns_to_nobody_is_noticed() -> None:
    assert finding("return", {RETURNS: {"MX": ["0 ."]}}).state == "missing"  # RFC 7505: takes no mail
    assert finding("return", WELL).said.given["server"] == "mail.hanaya.jp"


@pytest.mark.parametrize("sender", ["shop@example.com", "shop@localhost", "", "shop", "a@b..jp", "a@-x.jp", "a@x y.jp"])
def test_nobodys_domain_is_not_looked_at(sender: str) -> None:
    with name_server({}) as (names, asked):
        assert advise(sender, RETURNS, SERVER, names=names) == Advice(domain="", findings=())
    assert asked == []
    assert domain_of(sender) == ""


def test_offline_it_says_that_it_could_not_look_and_asks_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "PATIENCE", 0.2)
    with name_server(WELL, is_silent=True) as (names, asked):
        found = advise(SENDER, RETURNS, SERVER, names=names)
    assert [one.state for one in found.findings] == ["unknown"] * 4
    assert len(set(asked)) == 1
    assert not found.is_good
    assert "調べられませんでした" in found.findings[0].said.text("ja")


def test_questions_end_however_many_a_domain_leads_to() -> None:
    with name_server({}) as (names, _asked):
        for _turn in range(names_module.MOST_QUESTIONS):
            assert names.texts("hanaya.jp") == []
        with pytest.raises(NobodyAnswers):
            names.texts("hanaya.jp")


@pytest.mark.parametrize("name", ["x" * 70 + ".jp", "a..jp", "." * 10])
def test_a_name_that_cannot_be_asked_about_is_no_crash(name: str) -> None:
    with name_server({}) as (names, _asked), pytest.raises(NobodyAnswers):
        names.texts(name)


def test_every_sentence_is_said_in_japanese() -> None:
    for found in (look({}), look(WELL), look({RETURNS: txt("v=spf1 +all")})):
        for one in found.findings:
            for said in (one.said, one.advice):
                assert said is None or said.text("ja") != said.text("en")


def test_names_can_be_made_without_a_network() -> None:
    assert Names() is not None
