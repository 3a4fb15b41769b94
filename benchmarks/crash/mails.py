"""Suites of mails: dispatchers killed at random and at every fail point, and several that race."""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.crash import children
from benchmarks.crash.dispatcher import LEASE
from benchmarks.crash.found import Found
from benchmarks.crash.world import make_home, messages, sums, tripped
from tenshu.kit.failpoint import POINTS
from tenshu.testing.postgres_server import PostgresServer

#: What `receipt` and `news` promise: a service message may come again after a kill, marketing never.
SERVICE = "service"


def random_kills(
    folder: Path,
    *,
    people: int = 4_000,
    kills: int = 60,
    in_flight: int = 64,
    seed: int = 1,
    server: PostgresServer | None = None,
) -> Found:
    """Kill dispatchers at random moments; a server of PostgreSQL is stopped at once every fifth time."""
    began, home, log = time.perf_counter(), folder / "home", folder / "accepted"
    make_home(home, people, server=server)
    rng, killed = np.random.default_rng(seed), 0
    rest = 20.0 / people * kills / 60
    with children.sink(log, rest) as port:
        for life in range(kills):
            child = children.start("dispatcher", home, port, "--in-flight", in_flight)
            children.ready(child)
            time.sleep(float(rng.uniform(0.02, 0.5)))
            if server is not None and life % 5 == 0:
                server.stop("immediate")
                time.sleep(0.2)
                server.start()
            killed += children.kill(child)
        _finish(home, port, in_flight)
    suite = "random kills" if server is None else "PostgreSQL: random kills, stops"
    return judge(suite, home, log, kills=killed, in_flight=in_flight, seconds=time.perf_counter() - began)


#: The fail points of delivery.
OUTBOX_POINTS: Final = tuple(name for name in POINTS if name.startswith("outbox."))


def fail_points(
    folder: Path,
    *,
    people: int = 4_000,
    times: int = 20,
    in_flight: int = 8,
    seed: int = 1,
    points: Sequence[str] = OUTBOX_POINTS,
) -> Found:
    """Kill dispatchers at every fail point of delivery."""
    began, home, log = time.perf_counter(), folder / "home", folder / "accepted"
    make_home(home, people)
    rng, killed = np.random.default_rng(seed), 0
    with children.sink(log, 0.001) as port:
        for name in points:
            for _ in range(times):
                nth = int(rng.integers(1, 4))
                planned = f"{name}:kill@{nth}"
                if name == "outbox.putting_back":
                    planned = f"outbox.rendered:raise@{nth},{name}:kill@1"
                more = ["--renew-every", 0.002] if name == "outbox.renewing" else []
                child = children.start("dispatcher", home, port, "--in-flight", in_flight, *more, failpoint=planned)
                killed += children.ended(child) == -9
        _finish(home, port, in_flight)
    suite = f"{len(points)} fail points x {times}"
    return judge(suite, home, log, kills=killed, in_flight=in_flight, seconds=time.perf_counter() - began)


def racing(folder: Path, *, people: int = 4_000, workers: int = 4, server: PostgresServer | None = None) -> Found:
    """Let several dispatchers race, one of them with its clocks an hour ahead."""
    began, home, log = time.perf_counter(), folder / "home", folder / "accepted"
    make_home(home, people, server=server)
    with children.sink(log, 0.001) as port:
        racers = [
            children.start("dispatcher", home, port, "--name", place, "--ahead", 1.0 if place == 0 else 0.0)
            for place in range(workers)
        ]
        for child in racers:
            children.ended(child)
        _finish(home, port, 64)
    name = f"{'PostgreSQL: ' if server is not None else ''}{workers} racing, one 1 h ahead"
    return judge(name, home, log, kills=0, in_flight=64, seconds=time.perf_counter() - began)


def judge(suite: str, home: Path, log: Path, *, kills: int, in_flight: int, seconds: float) -> Found:
    """Compare what the receiver accepted with what the shop says."""
    accepted = Counter(_key(line) for line in children.lines(log))
    rows = messages(home)
    states = {(row["enrolment"], row["visit"]): (row["state"], row["purpose"]) for row in rows.iter_rows(named=True)}
    lost = sum(1 for key, (state, _) in states.items() if state == "sent" and key not in accepted)
    lost += sum(state not in {"sent", "in_doubt", "failed", "suppressed"} for state, _ in states.values())
    lost += sum(key not in states for key in accepted)
    twice = sum(count > 1 and states[key][1] != SERVICE for key, count in accepted.items())
    service_twice = sum(count - 1 for key, count in accepted.items() if states[key][1] == SERVICE)
    doubt = sum(state == "in_doubt" for state, _ in states.values())
    counted, told = sums(home)
    sent = sum(state == "sent" for state, _ in states.values())
    notes = [f"service twice {service_twice}"] if service_twice else []
    notes += [f"breaker: {reason}" for reason in tripped(home)]
    notes += [] if told.get("email_sent", 0) == sent else [f"facts say {told.get('email_sent', 0)} sent, not {sent}"]
    return Found(
        suite=suite,
        things=len(rows),
        kills=kills,
        lost=lost,
        twice=twice,
        in_doubt=doubt,
        at_most=kills * in_flight,
        closes=counted.closes
        and counted.pending == 0
        and counted.in_doubt == doubt
        and len(notes) == bool(service_twice),
        seconds=seconds,
        note=", ".join(notes),
    )


def _finish(home: Path, port: int, in_flight: int) -> None:
    """Let the leases of the dead run out, be noted and run out again, and a last dispatcher do the rest."""
    for _ in range(3):
        time.sleep(LEASE.total_seconds() + 0.1)
        children.ended(children.start("dispatcher", home, port, "--in-flight", in_flight))


def _key(message_id: str) -> tuple[int, int]:
    enrolment, visit = message_id.split(".")[:2]
    return int(enrolment), int(visit)
