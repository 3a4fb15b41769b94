"""An owner's whole path, typed at a terminal in Japanese and in English: from two files to the answer of a mail.

The files, the homes, SMTP and the web application are real; only the clock is set, as a rehearsal sets it.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenshu.deliver.channels.email.sink import ReceivedMail, SmtpSink
from tenshu.kit.i18n import speaking
from tests.integration.owner import (
    BOUGHT,
    PEOPLE,
    PHONE,
    REFUSED,
    SILENT,
    UNADDRESSED,
    Owner,
    address,
    body,
    dead_mailbox,
    history,
    link,
    purchase,
    scenario,
    template,
    write_purchases,
    write_roster,
)

#: A Monday noon in Tokyo; the scenario begins an hour later and writes again three days after that.
NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
LAUNCH = NOON + timedelta(hours=1)
SECOND = datetime(2026, 6, 4, 1, tzinfo=UTC)
#: Members come 0, 1 or 2 times: those whose number divides by three have never bought.
BUYERS = [nth for nth in range(1, PEOPLE + 1) if nth % 3]
UNREACHABLE = {REFUSED, SILENT, UNADDRESSED}


@dataclass
class Walk:
    """What an owner saw on the way, and who did what on the customers' side."""

    owner: Owner
    sink: SmtpSink
    first: list[ReceivedMail] = field(default_factory=list)
    second: list[ReceivedMail] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def said(self, name: str) -> str:
        """Return what a command printed, on one line."""
        return " ".join(self.owner.said[name].output.split())

    def refuse(self, recipient: str) -> str | None:
        """Refuse the first address that mail comes for, always: a mailbox that is gone."""
        self.gone = self.gone or [recipient]
        return "550 5.1.1 no such user" if recipient in self.gone else None


@pytest.fixture(scope="module", params=["ja", "en"])
def walk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Walk the whole path once in each language; the tests look at what was left behind."""
    owner = Owner(tmp_path_factory.mktemp("owner"), request.param)
    walked = Walk(owner, SmtpSink(keep_bytes=True))
    walked.sink.refuse = walked.refuse
    with speaking("en"), walked.sink:
        prepare(owner, walked.sink.port)
        understand(owner)
        launch(walked)
        answer(walked)
        pause_and_resume(walked)
        look_back(walked)
        yield walked


def prepare(owner: Owner, port: int) -> None:
    """Say what the shop is, and take its files over."""
    about = ("name=小さな花屋", "postal_address=東京都千代田区1-1", "contact=03-0000-0000")
    mail = ("smtp_host=127.0.0.1", f"smtp_port={port}", "smtp_password=hidden", f"language={owner.language}")
    owner.does("shop", *about, *mail, keep="shop")
    owner.waits_until(NOON)
    roster = write_roster(owner.folder / "顧客名簿.xlsx")
    sales = write_purchases(owner.folder / "購入履歴.csv", history())
    owner.does("import", roster, sales, "--yes", "--json", owner.folder / "import.json", keep="import")
    owner.does("import", roster, sales, "--yes", keep="import again")


def understand(owner: Owner) -> None:
    """Ask who the customers are."""
    owner.does("rfm", "--json", owner.folder / "rfm.json", keep="rfm")
    owner.does("decile", "--json", owner.folder / "decile.json", keep="decile")
    asked = owner.writes("bought.json", BOUGHT)
    owner.does("segment", "count", "--condition", asked, "--json", owner.folder / "reach.json", keep="reach")


def launch(walked: Walk) -> None:
    """Write two templates and a scenario, and send the first mail at its hour."""
    owner = walked.owner
    owner.does(
        "template", "add", *(owner.writes(f"{one}.json", template(one)) for one in ("hello", "again")), keep="add"
    )
    owner.does("template", "list", keep="templates")
    spring = owner.writes("spring.json", scenario())
    owner.types("scenario", "check", spring, keep="check")
    owner.does("scenario", "start", spring, keep="start")
    owner.does("run", keep="early")
    owner.waits_until(LAUNCH)
    owner.does("run", keep="launch")
    walked.first = walked.sink.mails()


def answer(walked: Walk) -> None:
    """One opens and clicks; one leaves; one only looks at the way out; one mailbox is gone; one buys."""
    owner = walked.owner
    reader, leaver, looker, dead, buyer = walked.first[:5]
    owner.waits_until(LAUNCH + timedelta(hours=2))
    opened, clicked = owner.customers_ask(("GET", link(reader, "o")), ("GET", link(reader, "c")))
    page, left, seen = owner.customers_ask(
        ("GET", link(leaver, "u")), ("POST", link(leaver, "u")), ("GET", link(looker, "u"))
    )
    (forged,) = owner.customers_ask(("GET", "/c/k1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
    walked.answers = {"open": opened, "click": clicked, "page": page, "left": left, "seen": seen, "forged": forged}
    (owner.folder / "returned.eml").write_bytes(dead_mailbox(dead))
    (owner.folder / "letter.eml").write_bytes(b"From: m1@example.com\r\nSubject: Hello\r\n\r\nHow are you?\r\n")
    owner.does("bounce", owner.folder / "returned.eml", owner.folder / "letter.eml", keep="bounce")
    number = int(buyer.recipient[1:].split("@")[0])
    bought = write_purchases(owner.folder / "6月.csv", [*history(), purchase("9001", number, at="2026/06/01 15:30")])
    owner.waits_until(LAUNCH + timedelta(hours=3))
    owner.does("import", bought, "--kind", "purchases", "--yes", "--json", owner.folder / "june.json")


def pause_and_resume(walked: Walk) -> None:
    """Let the second mail's hour come while the scenario is paused, then let it go on."""
    owner = walked.owner
    owner.does("scenario", "pause", "spring", keep="pause")
    owner.waits_until(SECOND)
    owner.does("run", keep="paused")
    owner.does("scenario", "list", keep="list")
    owner.does("scenario", "resume", "spring", keep="resume")
    owner.does("run", keep="resumed")
    walked.second = walked.sink.mails()[len(walked.first) :]


def look_back(walked: Walk) -> None:
    """Ask what came of it, and why."""
    owner = walked.owner
    owner.does("report", "--json", owner.folder / "report.json", keep="report")
    owner.does("report", "--as-of", "2026-05-31", "--json", owner.folder / "may.json")
    for who, mail in zip(("reader", "leaver", "looker", "dead", "buyer"), walked.first, strict=False):
        owner.does("why", "--customer", mail.recipient, "--json", owner.folder / f"{who}.json", keep=who)
    owner.does("why", "--customer", f"M-{REFUSED:03}", "--json", owner.folder / "refused.json")
    owner.does("why", "--customer", f"０９０-1234-{SILENT:04}", "--json", owner.folder / "silent.json")
    owner.does("why", "--customer", "M-003", keep="never bought")


def decisions(walked: Walk, who: str) -> list[tuple[str, str, str | None]]:
    """Return step, outcome and what became of it of each decision about somebody, oldest first."""
    told = walked.owner.reads(f"{who}.json")["decisions"]
    return [(row["step"], row["outcome"], row["reason"] or row["state"]) for row in reversed(told)]


def reason_sentence(walked: Walk, who: str) -> str:
    """Return the newest decision about somebody as it is said to people."""
    return str(walked.owner.reads(f"{who}.json")["decisions"][0]["sentence"])


def outreach(walked: Walk) -> dict[str, Any]:
    """Return what the report says about the scenario."""
    (only,) = walked.owner.reads("report.json")["outreaches"]
    found: dict[str, Any] = only
    return found


def in_words(walked: Walk, japanese: str, english: str) -> str:
    """Return the text in the language of the walk."""
    return japanese if walked.owner.language == "ja" else english


def test_settings_are_shown_and_the_password_is_not(walk: Walk) -> None:
    assert "name = 小さな花屋" in walk.said("shop")
    assert in_words(walk, "保存しました。", "Saved.") in walk.said("shop")
    assert "smtp_password = ***" in walk.said("shop")
    assert "hidden" not in walk.said("shop")


def test_both_files_are_taken_and_the_broken_row_is_named(walk: Walk) -> None:
    roster, sales = walk.owner.reads("import.json")
    assert (roster["kind"], roster["rows"], roster["accepted"]) == ("customers", PEOPLE, PEOPLE)
    lines = len(history())
    assert (sales["kind"], sales["rows"], sales["accepted"]) == ("purchases", lines, lines - 1)
    assert sales["rejects"] == {"bad_date": 1}
    assert "2026/13/45" in Path(sales["rejects_file"]).read_text("utf-8-sig")


def test_the_same_files_again_change_nothing(walk: Walk) -> None:
    same = in_words(walk, "すでに取り込み済み", "was imported before; nothing was changed")
    assert walk.said("import again").count(same) == 2


def test_the_analysis_counts_those_who_bought_and_all_of_their_money(walk: Walk) -> None:
    assert walk.owner.reads("rfm.json")["customers"] == len(BUYERS) == 27
    tenths = walk.owner.reads("decile.json")["deciles"]
    assert sum(row["customers"] for row in tenths) == 27
    assert sum(row["revenue"] for row in tenths) == sum(nth * 1000 * (nth % 3) for nth in BUYERS)
    assert tenths[-1]["cumulative_rate"] == 1


def test_the_funnel_loses_each_unreachable_at_its_own_question(walk: Walk) -> None:
    reach = walk.owner.reads("reach.json")
    # 27 bought; 40 has no address; 37 said nothing and 38 said no; nobody has left or had a mail yet.
    assert (reach["matched"], reach["has_address"], reach["has_consent"]) == (27, 26, 24)
    assert (reach["not_suppressed"], reach["not_capped"]) == (24, 24)


def test_a_definition_is_said_in_words_before_it_runs(walk: Walk) -> None:
    assert in_words(walk, "春のご挨拶", "Spring greetings") in walk.said("check")
    assert in_words(walk, "非配信群(効果検証用): 25 %", "Hold-out: 25 % get nothing") in walk.said("check")
    assert "again hello" in walk.said("templates")
    assert "spring" in walk.said("start")


def test_nobody_is_written_to_before_the_hour(walk: Walk) -> None:
    none = in_words(walk, "開始 0人、判断 0件、配信 0件。", "0 entered, 0 decisions, 0 handed over.")
    assert walk.said("early") == none


def test_every_mail_is_personal_in_the_shops_language_and_lawful(walk: Walk) -> None:
    assert {mail.recipient for mail in walk.first} <= {address(nth) for nth in BUYERS if nth not in UNREACHABLE}
    assert len({mail.message_id for mail in walk.first}) == len(walk.first)
    for mail in walk.first:
        assert in_words(walk, "様、お元気ですか", "how are you?") in mail.subject
        assert "東京都千代田区1-1" in body(mail, "html")
        assert "/u/" in body(mail, "plain")


def test_a_click_leads_to_the_shop_and_a_forged_one_nowhere(walk: Walk) -> None:
    assert walk.answers["click"].headers["location"] == "https://shop.example.com/new"
    assert walk.answers["open"].headers["content-type"] == "image/gif"
    assert walk.answers["forged"].status_code == 404


def test_reading_the_way_out_does_not_take_it(walk: Walk) -> None:
    assert [walk.answers[one].status_code for one in ("page", "left", "seen")] == [200, 200, 200]
    assert decisions(walk, "looker") == [("hello", "send", "sent"), ("again", "send", "sent")]


def test_who_unsubscribed_gets_no_second_mail_and_the_reason_is_kept(walk: Walk) -> None:
    assert decisions(walk, "leaver") == [("hello", "send", "sent"), ("again", "suppressed", "refused")]
    told = in_words(walk, "拒否または撤回されています。", "has refused or withdrawn the consent for this purpose.")
    assert told in reason_sentence(walk, "leaver")


def test_a_returned_mail_stops_the_address_and_a_letter_stops_nobody(walk: Walk) -> None:
    counted = in_words(walk, "2通のうち1通", "1 of 2 were reports about our messages.")
    assert counted in walk.said("bounce")
    assert decisions(walk, "dead") == [("hello", "send", "sent"), ("again", "suppressed", "hard_bounce")]


def test_an_old_line_in_a_new_export_is_not_counted_again(walk: Walk) -> None:
    (june,) = walk.owner.reads("june.json")
    assert june["accepted"] == len(history())
    report = walk.owner.reads("report.json")
    assert report["orders"] == len(history()) - 1 + 1


@pytest.mark.parametrize("who", ["reader", "buyer"])
def test_who_clicked_and_who_bought_are_left_alone(walk: Walk, who: str) -> None:
    assert decisions(walk, who) == [("hello", "send", "sent")]
    assert in_words(walk, "2026-06-01 13:00に配信しました。", "Sent on 2026-06-01 13:00.") in walk.said(who)


def test_a_paused_scenario_writes_to_nobody_and_resumes_where_it_was(walk: Walk) -> None:
    assert in_words(walk, "一時停止中", "paused") in walk.said("pause")
    assert "spring v1 paused" in walk.said("list")
    assert in_words(walk, "開始 0人、判断 0件、配信 0件。", "0 entered, 0 decisions, 0 handed over.") in walk.said(
        "paused"
    )
    written = {mail.recipient for mail in walk.second}
    # Everybody of the first mail but who clicked, who left, whose mailbox is gone and who bought.
    assert written == {mail.recipient for mail in walk.first} - {walk.first[nth].recipient for nth in (0, 1, 3, 4)}


def test_the_account_closes_over_both_mails(walk: Walk) -> None:
    told = outreach(walk)
    account = told["account"]
    parts = [account[one] for one in ("sent", "held_out", "failed", "in_doubt", "pending")]
    assert account["planned"] == sum(parts) + sum(account["suppressed"].values())
    assert account["sent"] == len(walk.first) + len(walk.second) == walk.sink.accepted
    assert account["failed"] == walk.sink.refused == 1
    assert account["held_out"] > 0
    assert told["treated"]["people"] + told["held_out"]["people"] == len(BUYERS)


def test_answers_are_counted_once_for_each_person(walk: Walk) -> None:
    rates = outreach(walk)["rates"]
    counts = {name: rate["count"] for name, rate in rates.items()}
    assert (counts["opened"], counts["clicked"], counts["unsubscribed"], counts["converted"]) == (1, 1, 1, 1)
    assert counts["clicked_by_machine"] == counts["converted_held_out"] == 0


def test_the_report_of_a_past_day_counts_no_later_purchase(walk: Walk) -> None:
    may = walk.owner.reads("may.json")
    assert may["as_of"] == "2026-05-31T14:59:59.999999Z"
    assert may["orders"] == len(history()) - 1


def test_no_reason_is_cut_short_in_the_terminal(walk: Walk) -> None:
    assert "…" not in walk.said("leaver")
    unspaced = "".join(walk.said("leaver").replace("│", "").split())
    assert "".join(reason_sentence(walk, "leaver").split()) in unspaced


def test_the_report_is_said_in_the_owners_language(walk: Walk) -> None:
    said = walk.said("report")
    assert in_words(walk, "春のご挨拶", "Spring greetings") in said
    assert in_words(walk, "購入のある顧客 27人、注文 41件", "27 customers with 41 orders") in said
    assert in_words(walk, "非配信群", "held out") in said


def test_a_customer_is_found_by_number_address_or_telephone_as_people_write_it(walk: Walk) -> None:
    refused = in_words(walk, "同意が、拒否または撤回されています。", "refused or withdrawn the consent")
    silent = in_words(walk, "根拠がありません。", "There is no consent or other basis for this purpose.")
    assert refused in reason_sentence(walk, "refused")
    assert silent in reason_sentence(walk, "silent")
    assert in_words(walk, "まだ", "Nothing has been decided about this customer yet") in walk.said("never bought")


def test_machines_that_follow_links_are_not_people(walk: Walk, tmp_path: Path) -> None:
    # On a copy of the home: the gate of a company asks for the link of a mail that nobody has read.
    copy = Owner(tmp_path, walk.owner.language)
    shutil.copytree(walk.owner.home, copy.home)
    copy.waits_until(SECOND + timedelta(hours=1))
    copy.customers_ask(("HEAD", link(walk.second[0], "c")), agent=PHONE)
    copy.does("run")
    copy.does("report", "--json", tmp_path / "report.json")
    rates = copy.reads("report.json")["outreaches"][0]["rates"]
    assert (rates["clicked"]["count"], rates["clicked_by_machine"]["count"]) == (1, 1)
