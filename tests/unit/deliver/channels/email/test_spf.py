"""Whether a domain lets a machine send for it, from a real name server; the first term that matches decides."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.deliver.channels.email.names import Names, NobodyAnswers
from tenshu.deliver.channels.email.spf import Spf, look, records_of
from tests.unit.deliver.channels.email.name_server import Zone, name_server, txt

DOMAIN, ADDRESS = "hanaya.jp", "203.0.113.25"


def judged(record: str, *, zone: Zone | None = None, addresses: tuple[str, ...] = (ADDRESS,)) -> Spf:
    with name_server({DOMAIN: txt(record), **(zone or {})}) as (names, _asked):
        return look(names, DOMAIN, list(addresses))


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=spf1 ip4:203.0.113.25 -all", "pass"),
        ("v=spf1 ip4:203.0.113.0/24 -all", "pass"),
        ("v=spf1 ip4:203.0.112.0/24 -all", "fail"),
        ("v=spf1 -ip4:203.0.113.25 ip4:203.0.113.25 -all", "fail"),
        ("v=spf1 ip4:203.0.113.25", "pass"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1 +all", "pass"),
        ("v=spf1", "neutral"),
        ("v=spf1 a -all", "fail"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
        ("v=spf1 include:nobody.jp -all", "fail"),
        ("V=SPF1 IP4:203.0.113.25 -ALL", "pass"),
    ],
)
def test_the_first_term_that_matches_decides(record: str, verdict: str) -> None:
    assert judged(record).verdict == verdict


def test_addresses_of_both_kinds_must_all_be_let() -> None:
    both = (ADDRESS, "2001:db8::25")
    assert judged("v=spf1 ip4:203.0.113.25 -all", addresses=both).verdict == "fail"
    assert judged("v=spf1 ip4:203.0.113.25 ip6:2001:db8::/32 -all", addresses=both).verdict == "pass"


def test_names_are_followed_with_the_length_of_their_network() -> None:
    zone: Zone = {"mail.hanaya.jp": {"A": ["203.0.113.99"]}}
    assert judged("v=spf1 a:mail.hanaya.jp -all", zone=zone).verdict == "fail"
    assert judged("v=spf1 a:mail.hanaya.jp/24 -all", zone=zone).verdict == "pass"


def test_where_mail_is_taken_may_also_send() -> None:
    zone: Zone = {
        DOMAIN: {**txt("v=spf1 mx -all"), "MX": ["20 far.jp.", "10 near.jp."]},
        "near.jp": {"A": [ADDRESS]},
    }
    with name_server(zone) as (names, _asked):
        assert names.mail_servers(DOMAIN) == ["near.jp", "far.jp"]
        assert look(names, DOMAIN, [ADDRESS]).verdict == "pass"


def test_a_record_that_leads_on_is_the_other_record() -> None:
    zone: Zone = {"spf.other.jp": txt("v=spf1 ip4:203.0.113.25 ~all")}
    assert judged("v=spf1 redirect=spf.other.jp", zone=zone).verdict == "pass"
    assert judged("v=spf1 redirect=spf.other.jp", zone=zone, addresses=("198.51.100.1",)).verdict == "softfail"


def test_a_record_inside_another_lets_only_by_a_pass() -> None:
    zone: Zone = {"soft.jp": txt("v=spf1 ~ip4:203.0.113.25 -all")}
    assert judged("v=spf1 include:soft.jp -all", zone=zone).verdict == "fail"


@pytest.mark.parametrize(("deep", "verdict"), [(9, "pass"), (10, "pass"), (11, "broken")])
def test_more_than_ten_questions_make_a_record_void(deep: int, verdict: str) -> None:
    zone = {f"s{nth}.jp": txt(f"v=spf1 include:s{nth + 1}.jp -all") for nth in range(1, deep)}
    zone[f"s{deep}.jp"] = txt("v=spf1 ip4:203.0.113.25 -all")
    found = judged("v=spf1 include:s1.jp ~all", zone=zone)
    assert (found.verdict == "pass") == (verdict == "pass")


def test_every_included_domain_is_named() -> None:
    zone: Zone = {"one.jp": txt("v=spf1 include:two.jp -all"), "two.jp": txt("v=spf1 -all")}
    assert judged("v=spf1 include:one.jp -all", zone=zone).includes == {"one.jp", "two.jp"}


def test_other_texts_of_the_domain_are_no_records() -> None:
    texts = txt("google-site-verification=abc", "v=spf10 nonsense", " v=spf1 -all", "v=DMARC1; p=none")
    with name_server({DOMAIN: texts}) as (names, _asked):
        assert records_of(names, DOMAIN) == ("v=spf1 -all",)


def test_two_records_are_none() -> None:
    with name_server({DOMAIN: txt("v=spf1 +all", "v=spf1 -all")}) as (names, _asked):
        assert look(names, DOMAIN, [ADDRESS]).verdict == "broken"


def test_a_domain_that_refers_to_itself_ends_and_asks_little() -> None:
    with name_server({DOMAIN: txt(f"v=spf1 include:{DOMAIN} redirect={DOMAIN}")}) as (names, asked):
        assert look(names, DOMAIN, [ADDRESS]).verdict != "pass"
    assert len(asked) < 15


@pytest.mark.parametrize(("record", "ends"), [("v=spf1 all", "+"), ("v=spf1 ~all", "~"), ("v=spf1 -ALL", "-")])
def test_how_a_record_ends_is_known(record: str, ends: str) -> None:
    assert judged(record).ends == ends


def test_a_name_server_that_is_silent_judges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenshu.deliver.channels.email.names.PATIENCE", 0.2)
    with name_server({}, is_silent=True) as (names, _asked), pytest.raises(NobodyAnswers):
        look(names, DOMAIN, [ADDRESS])


class Written(Names):
    """A name server of one record."""

    def __init__(self, record: str) -> None:
        super().__init__()
        self.record = record

    def texts(self, name: str) -> list[str]:
        return [self.record] if name else []


NETWORKS = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)).map(
    lambda two: ipaddress.ip_network((two[0], two[1]), strict=False)
)


@settings(max_examples=200)
@given(terms=st.lists(st.tuples(st.sampled_from("+-~?"), NETWORKS), max_size=6), address=st.integers(0, 2**32 - 1))
def test_networks_are_judged_as_by_hand(terms: list[tuple[str, ipaddress.IPv4Network]], address: int) -> None:
    machine = ipaddress.IPv4Address(address)
    record = " ".join(["v=spf1", *(f"{sign}ip4:{network}" for sign, network in terms), "-all"])
    sign = next((sign for sign, network in terms if machine in network), "-")
    verdict = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}[sign]
    assert look(Written(record), DOMAIN, [str(machine)]).verdict == verdict


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_no_record_whatever_it_says_breaks_the_look(text: str) -> None:
    assert look(Written(f"v=spf1 {text}"), DOMAIN, [ADDRESS]).records in {(f"v=spf1 {text}".strip(),), ()}
