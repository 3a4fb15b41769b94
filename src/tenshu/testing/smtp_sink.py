"""The local mailbox, for tests: see `tenshu.deliver.channels.email.sink`."""

from tenshu.deliver.channels.email.sink import ReceivedMail, SmtpSink

__all__ = ["ReceivedMail", "SmtpSink"]
