"""A forgotten password: one mail to whoever has the account, the same page for everybody else."""

import base64
import re
import threading
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.content.shop import ShopSettings
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.staff.audit import read_audit
from tenshu.staff.links import make_link
from tenshu.staff.throttle import BY_BOTH
from tenshu.testing.small_shop import MONDAY
from tenshu.testing.smtp_sink import SmtpSink
from tenshu.web.console.entry.letter import ResetLetter, outgoing_of
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import OWNER, PASSWORD, come_in, open_console, signed_in, stranger, token_in

NEW = "kaze to hikari to"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return crew_home(tmp_path)[0]


@pytest.fixture
def app(shop: Shop) -> Starlette:
    return open_console(shop)


@pytest.fixture
def sink(shop: Shop) -> Iterator[SmtpSink]:
    with SmtpSink(keep_bytes=True) as made:
        write_smtp(shop.ledger, SmtpSettings(smtp_host="127.0.0.1", smtp_port=made.port))
        yield made


def ask(app: Starlette, email: str) -> tuple[int, str]:
    """Ask for a link, and wait until the mail would be out."""
    answer = stranger(app).post("/forgot", {"email": email})
    for thread in threading.enumerate():
        if thread.name.startswith("forgotten"):
            thread.join()
    return answer.status_code, answer.text


def body(content: bytes | None, kind: str = "text/plain") -> str:
    mail = message_from_bytes(content or b"")
    part = next(part for part in mail.walk() if part.get_content_type() == kind)
    return base64.b64decode(str(part.get_payload())).decode()


def reset_token(shop: Shop) -> str:
    with shop.ledger.writing() as tx:
        return make_link(tx, "reset", person=1, now=MONDAY)


def test_a_link_comes_by_mail_and_leads_to_a_new_password(app: Starlette, shop: Shop, sink: SmtpSink) -> None:
    before = signed_in(app, shop)
    assert ask(app, f" {OWNER.upper()} ")[0] == 200
    (mail,) = sink.mails()
    assert mail.recipient == OWNER
    found = re.search(r"http://127\.0\.0\.1:8000(/reset/[\w-]{43})\s", body(mail.content))
    assert found is not None
    page = stranger(app).get(found[1])
    assert page.status_code == 200
    answer = stranger(app).post("/reset", {"token": found[1].rpartition("/")[2], "password": NEW})
    assert answer.status_code == 200
    assert before.get("/settings/me").status_code == 303
    assert come_in(app)[1].status_code == 403
    assert come_in(app, password=NEW)[1].status_code == 303
    assert stranger(app).get(found[1]).status_code == 410


def test_for_an_account_that_nobody_has_the_page_is_the_same_and_no_mail_goes_out(
    app: Starlette, sink: SmtpSink
) -> None:
    known, unknown = ask(app, OWNER), ask(app, "nobody@example.com")
    assert known == unknown
    assert [mail.recipient for mail in sink.mails()] == [OWNER]


@pytest.mark.parametrize("email", ["", "x", "a@x.jp\r\nBcc: v@x.jp", f"{OWNER},v@x.jp", "<script>@x.jp"])
def test_nothing_else_is_written_to(app: Starlette, sink: SmtpSink, email: str) -> None:
    assert ask(app, email)[0] == 200
    assert sink.mails() == []


def test_nobodys_mailbox_is_flooded(app: Starlette, sink: SmtpSink) -> None:
    told = [ask(app, OWNER)[0] for _time in range(BY_BOTH.free + 3)]
    assert told == [200] * BY_BOTH.free + [429] * 3
    assert len(sink.mails()) == BY_BOTH.free


def test_without_a_mail_server_the_page_says_who_can_help(app: Starlette) -> None:
    page = stranger(app).get("/forgot").text
    assert "tenshu staff link" in page
    assert '<form method="post" action="/forgot"' not in page
    assert ask(app, OWNER)[0] == 200


def test_a_mail_server_that_is_away_is_told_in_the_log_and_not_on_the_page(
    app: Starlette, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    write_smtp(shop.ledger, SmtpSettings(smtp_host="127.0.0.1", smtp_port=1))
    assert ask(app, OWNER) == ask(app, "nobody@example.com")
    (told,) = [found.getMessage() for found in caplog.records if "new password" in found.getMessage()]
    assert OWNER in told
    assert "\n" not in told


def test_no_link_and_no_password_gets_into_a_log(app: Starlette, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    write_smtp(shop.ledger, SmtpSettings(smtp_host="127.0.0.1", smtp_port=1))
    ask(app, OWNER)
    token = reset_token(shop)
    stranger(app).get(f"/reset/{token}")
    stranger(app).post("/reset", {"token": token, "password": NEW})
    visitor, _answer = come_in(app, password=NEW)
    ours = "\n".join(found.getMessage() for found in caplog.records if found.name.startswith("tenshu"))
    for secret in (token, NEW, PASSWORD, token_in(visitor), "/reset/"):
        assert secret not in ours


@pytest.mark.parametrize("password", ["short", "password2024", OWNER])
def test_a_new_password_has_to_be_as_good_as_the_first(app: Starlette, shop: Shop, password: str) -> None:
    token = reset_token(shop)
    answer = stranger(app).post("/reset", {"token": token, "password": password})
    assert answer.status_code == 422
    assert stranger(app).post("/reset", {"token": token, "password": NEW}).status_code == 200


def test_the_form_changes_the_password_of_the_link_and_of_nobody_else(app: Starlette, shop: Shop) -> None:
    token = reset_token(shop)
    form = {"token": token, "password": NEW, "email": "viewer@example.com", "person": "4", "role": "owner"}
    assert stranger(app).post("/reset", form).status_code == 200
    assert come_in(app, "viewer@example.com", PASSWORD)[1].status_code == 303
    assert come_in(app, password=NEW)[1].status_code == 303


def test_the_log_tells_that_a_link_was_asked_for_and_used_and_never_the_link(
    app: Starlette, shop: Shop, sink: SmtpSink
) -> None:
    ask(app, OWNER)
    found = re.search(r"/reset/([\w-]{43})", body(sink.mails()[0].content))
    assert found is not None
    stranger(app).post("/reset", {"token": found[1], "password": NEW})
    with shop.ledger.reading() as tx:
        entries = read_audit(tx)
    assert [entry.act for entry in entries[:2]] == ["password_reset", "reset_asked"]
    assert found[1] not in str(entries)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_mail_is_plain_and_shows_names_as_text(language: str) -> None:
    letter = ResetLetter(
        name="<b>山田</b>", address=OWNER, url="https://console.example.com/reset/abc", language=language
    )
    outgoing = outgoing_of(ShopSettings(name="小さな花屋"), letter, now=MONDAY)
    html = body(outgoing.content, "text/html")
    assert "<b>山田" not in html
    assert html.count('href="https://console.example.com/reset/abc"') == 1
    assert "<img" not in html
    assert b"List-Unsubscribe" not in outgoing.content
    assert (outgoing.sender, outgoing.address) == ("shop@example.com", OWNER)
