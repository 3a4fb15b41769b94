"""An address that a mobile carrier handed out against the standard comes in by a file and can be written to."""

from datetime import UTC, datetime
from pathlib import Path

from tenshu.deliver.channel import Outcome, Outgoing
from tenshu.deliver.channels.email.letter import Letter, compose
from tenshu.deliver.channels.email.smtp import SmtpChannel
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.collect.connectors.file.support import stage, traits_of, write_csv


def test_old_mobile_address_of_a_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    rows = [["会員番号", "氏名", "メール"], ["1", "佐藤 花子", "ha..na.@docomo.ne.jp"]]
    (person,) = traits_of(stage(write_csv(tmp_path / "a.csv", rows)))
    letter = Letter(
        message_id="1.1@shop.example",
        sent_at=datetime(2024, 5, 1, tzinfo=UTC),
        sender_name="花屋",
        sender_email="shop@shop.example",
        recipient=person["email"],
        recipient_name=person["full_name"],
        subject="こんにちは",
        html="<p>こんにちは</p>",
        text="こんにちは",
    )
    mail = Outgoing(
        enrolment=1,
        visit=1,
        message_id=letter.message_id,
        address=person["email"],
        sender="b@bounce.example.com",
        content=compose(letter),
    )
    with SmtpSink(keep_bytes=True) as sink:
        channel = SmtpChannel(sink.host, sink.port, timeout=10)
        (receipt,) = channel.send([mail])
        channel.close()
        (arrived,) = sink.mails()
    assert (receipt.outcome, arrived.recipient) == (Outcome.ACCEPTED, "ha..na.@docomo.ne.jp")
    assert b"<ha..na.@docomo.ne.jp>" in (arrived.content or b"")
