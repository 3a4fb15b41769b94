"""Ask the DNS, patiently but not for long: what a name says, that it says nothing, or that nobody can be asked.

Needs dnspython, which is loaded when somebody asks.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

#: Seconds for one question, with all its tries.
PATIENCE: Final = 4.0
#: The most questions of one look: a domain that refers to itself must not keep us.
MOST_QUESTIONS: Final = 40


class NobodyAnswers(Exception):
    """Nobody could be asked: this machine is offline, or the domain's servers are silent."""


class Names:
    """What the DNS says.

    Args:
        resolver: whom to ask; the machine's own when none is given.
    """

    def __init__(self, resolver: "Resolver | None" = None) -> None:
        self._resolver = resolver
        self._asked = 0

    def texts(self, name: str) -> list[str]:
        """Return the name's TXT records, each put together from its strings.

        Raises:
            NobodyAnswers: nobody could be asked.
        """
        answer = self._ask(name, "TXT")
        return [] if answer is None else [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

    def addresses(self, name: str) -> list[str]:
        """Return the name's IPv4 and IPv6 addresses.

        Raises:
            NobodyAnswers: nobody could be asked.
        """
        found = [self._ask(name, kind) for kind in ("A", "AAAA")]
        return [record.address for answer in found if answer is not None for record in answer]

    def mail_servers(self, name: str) -> list[str]:
        """Return where the domain's mail is taken, the preferred first; none when it takes no mail (RFC 7505).

        Raises:
            NobodyAnswers: nobody could be asked.
        """
        answer = self._ask(name, "MX")
        records = [] if answer is None else sorted(answer, key=lambda record: int(record.preference))
        return [host for record in records if (host := record.exchange.to_text(omit_final_dot=True)) not in {"", "."}]

    def _ask(self, name: str, kind: str) -> "Answer | None":
        # ruff: noqa: PLC0415 - no other page of the console needs it
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer, NoResolverConfiguration, Resolver

        self._asked += 1
        if self._asked > MOST_QUESTIONS:
            raise NobodyAnswers(name)
        try:
            if self._resolver is None:
                self._resolver = Resolver()
            return self._resolver.resolve(name, kind, lifetime=PATIENCE, search=False)
        except (NXDOMAIN, NoAnswer):
            return None
        except (DNSException, NoResolverConfiguration, OSError, UnicodeError) as problem:
            raise NobodyAnswers(str(problem)) from problem
