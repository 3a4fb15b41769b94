"""Who clicked: people, machines, or nobody knows."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tenshu.deliver.hits import APPLE_PRIVACY, MANY_LINKS, classify
from tenshu.deliver.links import HONEYPOT_LINK
from tenshu.kit.rng import unit

SENT = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36"
SCHEMA: dict[str, pl.DataType] = {
    "enrolment": pl.Int64(),
    "visit": pl.Int64(),
    "event": pl.String(),
    "link": pl.Int64(),
    "method": pl.String(),
    "user_agent": pl.String(),
    "occurred_at": pl.Datetime("us", "UTC"),
    "sent_at": pl.Datetime("us", "UTC"),
    "links": pl.Int64(),
}
Hit = dict[str, object]


def hit(seconds: float, **known: object) -> Hit:
    """Return a click, so many seconds after the mail was handed over."""
    return {
        "enrolment": 1,
        "visit": 1,
        "event": "email_clicked",
        "link": 0,
        "method": "GET",
        "user_agent": PHONE,
        "occurred_at": SENT + timedelta(seconds=seconds),
        "sent_at": SENT,
        "links": 5,
        **known,
    }


def opened(seconds: float, **known: object) -> Hit:
    return hit(seconds, **{"event": "email_opened", "link": None, **known})


def classes(*hits: Hit) -> list[str]:
    return classify(pl.DataFrame(list(hits), schema=SCHEMA, orient="row")).to_list()


def test_click_of_a_person_is_human() -> None:
    assert classes(hit(3600)) == ["human"]


def test_person_who_reads_opens_and_then_clicks_is_human() -> None:
    assert classes(opened(60), hit(75), hit(90, link=3)) == ["human"] * 3


def test_double_click_is_human() -> None:
    assert classes(hit(600), hit(600.4), hit(600.9)) == ["human"] * 3


def test_two_of_five_links_one_after_the_other_are_human() -> None:
    assert classes(hit(600), hit(601.5, link=1)) == ["human"] * 2


def test_head_makes_the_whole_burst_a_machines() -> None:
    assert classes(hit(600, method="HEAD"), hit(600.5, method="GET")) == ["machine"] * 2


@pytest.mark.parametrize("method", ["HEAD", "head", "Head"])
def test_head_is_known_however_it_is_written(method: str) -> None:
    assert classes(hit(600, method=method)) == ["machine"]


def test_invisible_link_makes_the_whole_burst_a_machines() -> None:
    assert classes(hit(600), hit(601, link=HONEYPOT_LINK), hit(602, link=1)) == ["machine"] * 3


def test_person_who_comes_after_the_machine_is_human() -> None:
    gate = [hit(30 + place / 10, link=place, user_agent=DESK) for place in range(5)]
    assert classes(*gate, hit(7200)) == ["machine"] * 5 + ["human"]


def test_all_links_within_a_moment_are_a_machines() -> None:
    assert classes(*(hit(600 + place / 5, link=place) for place in range(5))) == ["machine"] * 5


def test_both_links_of_a_short_mail_within_a_moment_are_a_machines() -> None:
    assert classes(hit(600, links=2), hit(600.3, link=1, links=2)) == ["machine"] * 2


def test_only_link_of_a_mail_is_no_sweep() -> None:
    assert classes(hit(600, links=1)) == ["human"]


def test_three_links_in_a_second_are_a_machines_even_when_there_are_more() -> None:
    swept = [hit(600 + place / 4, link=place, links=40) for place in range(MANY_LINKS)]
    assert classes(*swept) == ["machine"] * MANY_LINKS


def test_many_links_at_a_readers_pace_are_human() -> None:
    # one link every 1.9 seconds: one burst, but slower than one a second
    assert classes(*(hit(600 + 1.9 * place, link=place) for place in range(5))) == ["human"] * 5


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, "machine"), (0, "machine"), (1.9, "machine"), (2.0, "human"), (5, "human")]
)
def test_nobody_reads_a_mail_within_two_seconds(seconds: float, expected: str) -> None:
    assert classes(hit(seconds)) == [expected]


@pytest.mark.parametrize(
    "agent",
    [
        "Barracuda Sentinel (EE)",
        "Mozilla/5.0 (compatible; proofpoint)",
        "Mimecast URL scan",
        "curl/8.5.0",
        "Wget/1.21",
        "python-requests/2.32",
        "Go-http-client/1.1",
        "Java/17.0.1",
        "Googlebot/2.1",
        "Mozilla/5.0 HeadlessChrome/124",
        "Mozilla/5.0 (Windows NT 6.1) BingPreview/1.0b",
        "SafeLinks scanner",
        "TrendMicro",
        "SomeSpider",
    ],
)
def test_scanner_that_names_itself_is_a_machine(agent: str) -> None:
    assert classes(hit(3600, user_agent=agent)) == ["machine"]


def test_apples_privacy_proxy_is_a_machine() -> None:
    assert classes(opened(3600, user_agent=APPLE_PRIVACY)) == ["machine"]


def test_apple_mail_without_the_proxy_is_human() -> None:
    agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    assert classes(opened(3600, user_agent=agent)) == ["human"]


@pytest.mark.parametrize(
    "agent", ["Mozilla/5.0 (via ggpht.com GoogleImageProxy)", "YahooMailProxy; x", "", None, "   "]
)
def test_picture_fetched_by_a_mail_service_or_by_nobody_named_is_unknown(agent: str | None) -> None:
    assert classes(opened(3600, user_agent=agent)) == ["unknown"]


def test_proxy_in_the_burst_of_a_scanner_is_a_machine() -> None:
    proxy = "Mozilla/5.0 GoogleImageProxy"
    assert classes(opened(600, user_agent=proxy), hit(600.5, method="HEAD")) == ["machine"] * 2


def test_mail_whose_sending_time_and_links_are_unknown_is_judged_by_the_rest() -> None:
    assert classes(hit(600, sent_at=None, links=None)) == ["human"]
    assert classes(hit(0, sent_at=None, links=0)) == ["human"]
    swept = [hit(600 + place / 10, link=place, sent_at=None, links=None) for place in range(3)]
    assert classes(*swept) == ["machine"] * 3


def test_missing_method_is_no_head() -> None:
    assert classes(hit(600, method=None)) == ["human"]


def test_mails_are_judged_apart() -> None:
    scanned = [hit(600 + place / 10, link=place, enrolment=1) for place in range(5)]
    read = [hit(600 + place / 10, link=0, enrolment=2 + place) for place in range(5)]
    assert classes(*scanned, *read) == ["machine"] * 5 + ["human"] * 5


def test_visits_of_one_enrolment_are_judged_apart() -> None:
    assert classes(hit(600, visit=1, method="HEAD"), hit(600.5, visit=2)) == ["machine", "human"]


def test_answer_is_in_the_order_of_the_rows() -> None:
    rows = [hit(7200), hit(600, method="HEAD"), hit(3600, enrolment=2), hit(600.1)]
    assert classes(*rows) == ["human", "machine", "human", "machine"]


@pytest.mark.parametrize("turn", range(1, 5))
def test_order_of_the_rows_does_not_matter(turn: int) -> None:
    rows = [hit(600 + place / 5, link=place) for place in range(4)] + [hit(9000, link=2)]
    turned = rows[turn:] + rows[:turn]
    expected = classes(*rows)
    assert classes(*turned) == expected[turn:] + expected[:turn]


def test_no_hits_are_no_classes() -> None:
    assert classify(pl.DataFrame(schema=SCHEMA)).to_list() == []


def scanner(mail: int, way: int) -> list[Hit]:
    """Return the hits of one of five kinds of scanner on a mail of six links."""
    start = 3 + 40 * float(unit("scan start", [mail])[0])
    known: Hit = {"enrolment": mail, "links": 6, "user_agent": DESK}
    if way == 0:  # every link by HEAD
        return [hit(start + place / 3, link=place, method="HEAD", **known) for place in range(6)]
    if way == 1:  # every link by GET, in a burst
        return [hit(start + place / 8, link=place, **known) for place in range(6)]
    if way == 2:  # two links and the invisible one
        return [hit(start + place, link=(0, HONEYPOT_LINK)[place], **known) for place in range(2)]
    if way == 3:  # at once after delivery
        return [hit(0.5 + place, link=place, **known) for place in range(2)]
    return [
        hit(start + 30 * place, link=place, **{**known, "user_agent": "Mozilla/5.0 (Barracuda)"}) for place in range(6)
    ]


def person(mail: int) -> list[Hit]:
    """Return the hits of one person: an open, then one to three links, some clicked twice."""
    start = 60 + 80_000 * float(unit("person start", [mail])[0])
    pauses = 1.2 + 30 * unit("person pause", [mail] * 3, [0, 1, 2])
    count = 1 + int(3 * float(unit("person count", [mail])[0]))
    hits = [opened(start, enrolment=mail, links=6)]
    for place in range(count):
        start += float(pauses[place])
        hits.append(hit(start, enrolment=mail, link=place, links=6))
        if float(unit("person twice", [mail], [place])[0]) < 0.2:
            hits.append(hit(start + 0.3, enrolment=mail, link=place, links=6))
    return hits


def test_scanners_are_found_and_people_are_left_in_peace() -> None:
    # a labelled corpus of 1,000 mails: 500 scanned, 500 read; at least 95 % found, at most 2 % wronged
    rows = [(row, True) for mail in range(500) for row in scanner(mail, mail % 5)]
    rows += [(row, False) for mail in range(500, 1000) for row in person(mail)]
    judged = classes(*(row for row, _ in rows))
    found = [answer == "machine" for answer, (_, is_scan) in zip(judged, rows, strict=True) if is_scan]
    wronged = [answer == "machine" for answer, (_, is_scan) in zip(judged, rows, strict=True) if not is_scan]
    assert sum(found) / len(found) >= 0.95
    assert sum(wronged) / len(wronged) <= 0.02
