"""A name server that is a table in memory: for looks that need no network."""

from tenshu.deliver.channels.email.names import Names

#: What a domain says: TXT records, addresses, and where its mail is taken.
Table = dict[str, list[str]]


class ToldNames(Names):
    """What the DNS says, told by the test; it remembers what it was asked."""

    def __init__(self, texts: Table | None = None, *, hosts: Table | None = None, mail: Table | None = None) -> None:
        super().__init__()
        self._texts, self._hosts, self._mail = texts or {}, hosts or {}, mail or {}
        self.asked_of: list[str] = []

    def texts(self, name: str) -> list[str]:
        """Return the name's TXT records."""
        self.asked_of.append(name)
        return self._texts.get(name.lower(), [])

    def addresses(self, name: str) -> list[str]:
        """Return the name's addresses."""
        return self._hosts.get(name.lower(), [])

    def mail_servers(self, name: str) -> list[str]:
        """Return where its mail is taken."""
        return self._mail.get(name.lower(), [])
