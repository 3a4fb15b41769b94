"""A small name server on this machine: real DNS over UDP, from a table of records."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.resolver
import dns.rrset

from tenshu.deliver.channels.email.names import Names

#: name -> kind -> records as one writes them in a zone.
Zone = Mapping[str, Mapping[str, list[str]]]


class _Server(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, zone: Zone, *, is_silent: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.zone = zone
        self.is_silent = is_silent
        self.asked: list[str] = []


class _Answer(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        packet, line = self.request
        question = dns.message.from_wire(packet)
        wanted = question.question[0]
        name = wanted.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(wanted.rdtype)
        self.server.asked.append(f"{name} {kind}")
        if self.server.is_silent:
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        known = self.server.zone.get(name)
        if known is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif records := known.get(kind):
            answer.answer.append(dns.rrset.from_text(wanted.name, 60, "IN", kind, *records))
        line.sendto(answer.to_wire(), self.client_address)


@contextmanager
def name_server(zone: Zone, *, is_silent: bool = False) -> Iterator[tuple[Names, list[str]]]:
    """Serve the zone; yield who asks it, and what was asked so far."""
    with _Server(zone, is_silent=is_silent) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = int(server.server_address[1])
        yield Names(resolver), server.asked
        server.shutdown()
        thread.join(5)


def txt(*texts: str) -> dict[str, list[str]]:
    """Return TXT records as a zone has them."""
    return {"TXT": [f'"{text}"' for text in texts]}
