"""From a template to a mailbox and back: what a customer gets, and what comes home."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import polars as pl
import pytest

from tenshu.content.shop import ShopSettings
from tenshu.content.template import CompiledTemplate, compile_template, parse_template
from tenshu.deliver.bounce import believed, parse_report
from tenshu.deliver.channel import Outcome, Outgoing
from tenshu.deliver.channels.email import Letter, SmtpChannel, compose, legal_footer
from tenshu.deliver.hits import classify
from tenshu.deliver.links import HONEYPOT_LINK, LinkPayload, Signer, track_links
from tenshu.testing.smtp_sink import SmtpSink

SHOP = ShopSettings(
    name="花屋", postal_address="東京都千代田区1-1", contact="03-0000-0000", public_url="https://m.shop.example"
)
SIGNER = Signer(b"the secret of this shop, 32 bytes", "k1")
SENT = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)
PRODUCTS = [{"name": f"苗{number}", "url": f"https://shop.example/p/{number}?a=1&b=2"} for number in range(3)]
NAMES = {1: "佐藤", 2: "=?utf-8?q?hi=0D=0ABcc=3A_v=40x?=", 3: "<script>", 4: "{{ shop.name }}", 5: ""}


def template() -> CompiledTemplate:
    layout = """<mjml><mj-body><mj-section><mj-column>
    <mj-text>{{ customer.last_name | sama }}</mj-text></mj-column></mj-section>
    {% for product in products %}<mj-section><mj-column>
    <mj-button href="{{ product.url }}">{{ product.name }}</mj-button></mj-column></mj-section>{% endfor %}
    </mj-body></mjml>"""
    words = "{{ customer.last_name | sama }}\n{% for p in products %}{{ p.url }}\n{% endfor %}"
    text = {"subject": "{{ customer.last_name | sama }}へ", "preheader": "春です", "mjml": layout, "text": words}
    return compile_template(parse_template({"name": "spring", "languages": {"ja": text}}), "ja")


def unsubscribe_url(customer: int) -> str:
    token = SIGNER.sign(LinkPayload(purpose="unsubscribe", enrolment=customer, visit=1))
    return f"{SHOP.public_url}/u/{token}"


def outgoing(compiled: CompiledTemplate, customer: int) -> Outgoing:
    rendered = compiled.render(
        {"customer": {"last_name": NAMES[customer]}, "shop": {"name": SHOP.name}, "products": PRODUCTS}
    )
    html, text = track_links(
        rendered.html, rendered.text, signer=SIGNER, enrolment=customer, visit=1, base_url=SHOP.public_url
    )
    letter = Letter(
        message_id=f"{customer}.1@shop.example",
        sent_at=SENT,
        sender_name=SHOP.name,
        sender_email="shop@shop.example",
        recipient=f"u{customer}@example.com",
        subject=rendered.subject,
        html=html,
        text=text,
        footer=legal_footer(SHOP, unsubscribe_url(customer), "ja"),
        unsubscribe_url=unsubscribe_url(customer),
    )
    return Outgoing(
        enrolment=customer,
        visit=1,
        message_id=letter.message_id,
        address=letter.recipient,
        sender=SIGNER.bounce_address(customer, 1, "bounce.shop.example"),
        content=compose(letter),
    )


@pytest.fixture(scope="module")
def received() -> dict[int, tuple[str, dict[str, str], list[str]]]:
    """Return of each customer's mail: the envelope sender, the bodies by kind, the header names and values."""
    compiled = template()
    with SmtpSink(keep_bytes=True) as sink:
        channel = SmtpChannel(sink.host, sink.port)
        receipts = channel.send([outgoing(compiled, customer) for customer in NAMES])
        channel.close()
        mails = sink.mails()
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    found = {}
    for mail in mails:
        message = message_from_bytes(mail.content or b"", policy=policy.default)
        bodies = {
            part.get_content_type(): str(part.get_content()) for part in message.walk() if not part.is_multipart()
        }
        found[int(mail.message_id.partition(".")[0])] = (mail.sender, bodies, [f"{k}: {v}" for k, v in message.items()])
    return found


Received = dict[int, tuple[str, dict[str, str], list[str]]]


def test_each_customer_is_addressed_by_name(received: Received) -> None:
    assert "佐藤様" in received[1][1]["text/html"]
    assert "お客様" in received[5][1]["text/html"]


def test_hostile_names_are_only_names(received: Received) -> None:
    assert "&lt;script&gt;様" in received[3][1]["text/html"]
    assert "{{ shop.name }}様" in received[4][1]["text/plain"]
    for _, _, headers in received.values():
        assert [header.partition(":")[0] for header in headers] == [
            header.partition(":")[0] for header in received[1][2]
        ]


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_every_link_of_both_bodies_comes_home_to_its_customer(received: Received, kind: str) -> None:
    for customer, (_, bodies, _) in received.items():
        tokens = re.findall(rf"{SHOP.public_url}/c/([\w.-]+)", bodies[kind])
        said = [SIGNER.open(token, "click") for token in tokens]
        assert all(found is not None and found.enrolment == customer for found in said)
        assert [found.url for found in said if found and found.link >= 0] == [product["url"] for product in PRODUCTS]


def test_only_the_post_address_can_unsubscribe(received: Received) -> None:
    for customer, (_, bodies, headers) in received.items():
        (header,) = [header for header in headers if header.startswith("List-Unsubscribe:")]
        assert header == f"List-Unsubscribe: <{unsubscribe_url(customer)}>"
        tokens = set(re.findall(rf"{SHOP.public_url}/[cou]/([\w.-]+?)(?:\.gif)?[\"\s<]", "".join(bodies.values())))
        able = {token for token in tokens if SIGNER.open(token, "unsubscribe") is not None}
        assert able == {unsubscribe_url(customer).rpartition("/")[2]}


def test_sender_lines_of_the_law_are_in_both_bodies(received: Received) -> None:
    for customer, (_, bodies, _) in received.items():
        for body in bodies.values():
            assert all(
                line in body for line in (SHOP.name, SHOP.postal_address, SHOP.contact, unsubscribe_url(customer))
            )


def test_bounce_of_a_mail_names_its_customer(received: Received) -> None:
    for customer, (sender, _, _) in received.items():
        raw = (
            f"From: MAILER-DAEMON@mx.example\r\nTo: {sender}\r\n"
            "Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n"
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
            f"Final-Recipient: rfc822; u{customer}@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--B--\r\n"
        )
        report = parse_report(raw.encode())
        assert report is not None
        said = believed(report, SIGNER)
        assert said is not None
        assert said.enrolment == customer


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_scanner_that_follows_all_links_of_a_mail_is_a_machine(received: Received, method: str) -> None:
    _, bodies, _ = received[1]
    tokens = re.findall(rf"{SHOP.public_url}/c/([\w.-]+)", bodies["text/html"])
    said = [found for token in tokens if (found := SIGNER.open(token, "click")) is not None]
    assert HONEYPOT_LINK in [found.link for found in said]
    hits = pl.DataFrame(
        {
            "enrolment": [found.enrolment for found in said],
            "visit": [found.visit for found in said],
            "event": ["email_clicked"] * len(said),
            "link": [found.link for found in said],
            "method": [method] * len(said),
            "user_agent": ["Mozilla/5.0 (Windows NT 10.0) Chrome/124.0"] * len(said),
            "occurred_at": [SENT + timedelta(minutes=5, milliseconds=place) for place in range(len(said))],
            "sent_at": [SENT] * len(said),
            "links": [3] * len(said),
        }
    )
    assert classify(hits).to_list() == ["machine"] * len(said)
