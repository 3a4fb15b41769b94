"""Facts from an accepted request to the warehouse, sustained, against loops over facts in SQLite.

The product: each request durably into the inbox, ticks, and at the end the totals of every customer by one question. A
loop: the same requests in an inbox of its own (MessagePack), fact by fact, with running totals. Results are compared.

Sustained: a tick after every 200 requests, as they come in a second; the rate in full counts accepting. The ratios
compare how fast what waits is digested: before the product and the loops alike, every request lies in the inbox. Beside
them stands the ratio of the sustained ticks, which pay for each of their small batches.
"""

from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from benchmarks.child import Measured, measure
from benchmarks.digest_by_fact import FactLoop
from benchmarks.facts_of import describe, frames, told
from benchmarks.figure import Figure, middle
from benchmarks.machine import durable_writes_per_second, timed

FACTS: Final = 200_000
KNOWN: Final = 20_000
NEW: Final = 5_000
A_REQUEST: Final = 100
#: A tick is due every second: so many requests of 100 facts come meanwhile at 20,000 facts a second.
REQUESTS_A_TICK: Final = 200
#: The loop with a commit a fact takes a tenth of the facts: its rate does not depend on how many.
OF_COMMIT_EACH: Final = 10
AT: Final = datetime(2026, 6, 1, 3, tzinfo=UTC)
AT_LEAST: Final = 20_000
DEMANDS: Final = {"commit per 1,000": 4.0, "commit per fact": 20.0}


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:
    """Let the product and both loops take turns, each in a process and a home of its own."""
    given: dict[str, Any] = {
        "facts": max(500, round(FACTS * size)),
        "known": max(50, round(KNOWN * size)),
        "new": max(10, round(NEW * size)),
    }
    few = given | {"facts": max(500, given["facts"] // OF_COMMIT_EACH)}
    rates: dict[str, list[float]] = {name: [] for name in ("in full", "in ticks", "waiting", *DEMANDS)}
    equal, syncs, last = True, [], None
    for turn in range(repeats):
        syncs.append(durable_writes_per_second(folder))
        ours = measure(
            "benchmarks.part_digest:product", folder=str(folder / f"{turn}-ticks"), a_tick=REQUESTS_A_TICK, **given
        )
        waiting = measure(
            "benchmarks.part_digest:product", folder=str(folder / f"{turn}-waiting"), a_tick=given["facts"], **given
        )
        by_thousand = measure(
            "benchmarks.part_digest:loop", folder=str(folder / f"{turn}-k"), commit_every=1000, **given
        )
        by_fact = measure("benchmarks.part_digest:loop", folder=str(folder / f"{turn}-1"), commit_every=1, **few)
        rates["in full"].append(given["facts"] / (ours.told["seconds"] + ours.told["accepting"]))
        told_of = {"in ticks": ours, "waiting": waiting, **dict(zip(DEMANDS, (by_thousand, by_fact), strict=True))}
        for name, one in told_of.items():
            rates[name].append(one.told["facts"] / one.told["seconds"])
        equal = equal and ours.told["result"] == waiting.told["result"] == by_thousand.told["result"]
        last = ours
    return _figures(rates, given, equal=equal, syncs=middle(syncs), last=last)


def _figures(
    rates: dict[str, list[float]], given: dict[str, int], *, equal: bool, syncs: float, last: Measured | None
) -> list[Figure]:
    full = middle(rates["in full"])
    size = f"{given['facts']:,} facts, {A_REQUEST} a request" + ("" if equal else " (RESULTS DIFFER)")
    figure = partial(Figure, part="digest", unit="facts/s", syncs=syncs)
    made = [
        figure(
            what=f"accepted and digested, {size}",
            value=full,
            demand=f">= {AT_LEAST:,} facts/s",
            is_met=equal and full >= AT_LEAST,
            runs=rates["in full"],
            peak_bytes=last.peak_bytes if last else None,
        )
    ]
    for name, least in DEMANDS.items():
        for way, said in (("waiting", "what waits digested"), ("in ticks", f"{A_REQUEST * REQUESTS_A_TICK:,} a tick")):
            ours, slower = middle(rates[way]), middle(rates[name])
            is_asked = way == "waiting"
            made.append(
                figure(
                    what=f"{said}, {size}",
                    value=ours,
                    baseline=f"SQLite loop, {name}",
                    baseline_value=slower,
                    ratio=ours / slower,
                    demand=f">= {least:g}x" if is_asked else "",
                    is_met=equal and ours >= least * slower if is_asked else None,
                    runs=rates[way],
                )
            )
    return made


def product(folder: str, facts: int, known: int, new: int, a_tick: int) -> dict[str, Any]:
    """Take everything in by the product, so many requests a tick; runs in a process of its own."""
    from tenshu import flow  # noqa: PLC0415 - the loops do not pay for it
    from tenshu.bootstrap import open_shop  # noqa: PLC0415
    from tenshu.collect.inbox import accept  # noqa: PLC0415
    from tenshu.flow.live import Live  # noqa: PLC0415
    from tenshu.kit.clock import SetClock  # noqa: PLC0415

    shop = open_shop(Path(folder), create=True, clock=SetClock(AT))
    live = Live(shop, shop.settings.zone)

    def accept_all(some: list[Any]) -> None:
        for one in some:
            accept(shop.inbox, one, source="web", received_at=AT)

    def take(requests: list[Any]) -> tuple[float, float]:
        accepting = digesting = 0.0
        for first in range(0, len(requests), a_tick):
            accepting += timed(partial(accept_all, requests[first : first + a_tick]))[0]
            digesting += timed(lambda: flow.tick(shop, shop.settings, now=AT, address_key=shop.address_key, live=live))[
                0
            ]
        return accepting, digesting

    take(frames(describe(range(1, known + 1), at=AT), 10_000))
    accepting, seconds = take(frames(told(facts, known=known, new=new, at=AT), A_REQUEST))
    asked, totals = timed(lambda: shop.warehouse.frame(_TOTALS).rows())
    result = _digest(totals, _consents(shop), _counts(shop))
    shop.close()
    return {"accepting": accepting, "seconds": seconds + asked, "facts": facts, "result": result}


def loop(folder: str, facts: int, known: int, new: int, commit_every: int) -> dict[str, Any]:
    """Take everything in one by one; runs in a process of its own."""
    Path(folder).mkdir()
    path = Path(folder) / "loop.sqlite"
    before = FactLoop(path, commit_every=10_000)
    before.accept(describe(range(1, known + 1), at=AT), a_request=10_000)
    before.digest()
    before.close()
    taking = FactLoop(path, commit_every=commit_every)
    taking.accept(told(facts, known=known, new=new, at=AT), a_request=A_REQUEST)
    seconds, _ = timed(taking.digest)
    asked, totals = timed(taking.totals)
    result = _digest(totals, taking.consents(), taking.counts())
    taking.close()
    return {"seconds": seconds + asked, "facts": facts, "result": result}


_TOTALS: Final = """
    SELECT customer, told.facts, coalesce(bought.revenue, 0)::BIGINT, told.last
    FROM (
        SELECT customer, count(*) AS facts, epoch_us(max(occurred_at)) AS last
        FROM facts JOIN node_map USING (node) GROUP BY customer
    ) AS told
    LEFT JOIN (
        SELECT customer, sum(amount) AS revenue FROM order_lines JOIN node_map USING (node) GROUP BY customer
    ) AS bought USING (customer)
    ORDER BY customer
"""


def _consents(shop: Any) -> list[tuple[Any, ...]]:
    from sqlalchemy import select  # noqa: PLC0415

    from tenshu.identify.tables import node_map  # noqa: PLC0415
    from tenshu.privacy.tables import consents  # noqa: PLC0415

    query = select(consents.c.fact_id, node_map.c.customer, consents.c.status).join(
        node_map, node_map.c.node == consents.c.node
    )
    with shop.ledger.reading() as tx:
        return list(tx.frame(query.order_by(consents.c.fact_id)).rows())


def _counts(shop: Any) -> list[int]:
    from sqlalchemy import func, select  # noqa: PLC0415

    from tenshu.identify.tables import identifiers  # noqa: PLC0415

    with shop.ledger.reading() as tx:
        nodes = int(tx.value(select(func.count()).select_from(identifiers)))
    kept = shop.warehouse.frame("SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM order_lines)").row(0)
    return [*kept, nodes]


def _digest(*parts: Any) -> dict[str, Any]:
    """Return what two results have in common when they are the same: sizes and a hash."""
    totals, consents, counts = parts
    told_of = blake2b(repr((totals, consents, counts)).encode(), digest_size=16).hexdigest()
    return {"customers": len(totals), "consents": len(consents), "counts": counts, "hash": told_of}
