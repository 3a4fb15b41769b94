"""E-mail: MIME by our own hand, pipelined SMTP, the law's sender lines, a local mailbox to try things out."""

from tenshu.deliver.channels.email.letter import Letter, compose, legal_footer
from tenshu.deliver.channels.email.sink import SmtpSink
from tenshu.deliver.channels.email.smtp import SmtpChannel

__all__ = ["Letter", "SmtpChannel", "SmtpSink", "compose", "legal_footer"]
