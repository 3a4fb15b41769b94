"""How the shop's mail goes out, as the commands know it."""

from tenshu.deliver.channels.email.settings import SmtpSettings, open_channel, read_smtp, write_smtp

__all__ = ["SmtpSettings", "open_channel", "read_smtp", "write_smtp"]
