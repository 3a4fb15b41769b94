"""A twin run: the same shop, the same customers, the same luck, and one scenario that sends nothing.

In a twin everybody who would enter the scenario is held out of it, so that they are known and get nothing. The
true effect of the scenario is what its treated people did in the real run, minus what the same people did here.
"""

import math
import shutil
from datetime import datetime
from pathlib import Path

import msgspec

from tenshu.bootstrap import Shop, make_dispatcher, open_shop, save_templates, start_journey
from tenshu.deliver.channel import Channel
from tenshu.journey.grammar import Journey
from tenshu.kit.clock import SetClock
from tenshu.kit.progress import Progress
from tenshu.rehearse.demo.definitions import APPEALS, demo_journeys, demo_templates
from tenshu.rehearse.fast_forward import fast_forward
from tenshu.rehearse.world import Letterbox, World
from tenshu.simulate.behaviour import Behaviour
from tenshu.simulate.customers import SimulatedCustomers
from tenshu.simulate.history import customer_history

#: A hold-out rate that leaves nobody treated; a definition allows no 1.
EVERYBODY_HELD_OUT = math.nextafter(1.0, 0.0)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run needs to be repeated.

    Attributes:
        seed: of the customers' luck.
        start_at, until: the rehearsed days.
        silent: the scenario that sends nothing; None in the real run.
    """

    seed: int
    start_at: datetime
    until: datetime
    silent: str | None = None


def run(
    shop: Shop, clock: SetClock, plan: Plan, *, channel: Channel | None, gone: dict[str, str], progress: Progress | None
) -> None:
    """Start the scenarios and let the days pass.

    Args:
        shop: with its files imported and its ranks published.
        clock: the shop's.
        plan: which days, which luck.
        channel: takes the mails; None for a twin, which needs no server.
        gone: addresses whose server refuses them -> the line it says; the channel's server must agree.
        progress: shown in days.
    """
    save_templates(shop, demo_templates())
    for journey in demo_journeys():
        start_journey(shop, _silenced(journey, plan.silent))
    customers = simulated_customers(shop, plan)
    letterbox = Letterbox(channel, refuse=gone.get)
    dispatcher = make_dispatcher(shop, letterbox)
    world = World(customers, letterbox)
    fast_forward(shop, clock, until=plan.until, dispatcher=dispatcher, world=world, progress=progress)


def simulated_customers(shop: Shop, plan: Plan) -> SimulatedCustomers:
    """Return the shop's customers as the plan's luck has them."""
    return SimulatedCustomers(
        customer_history(shop.warehouse, now=plan.start_at),
        behaviour=Behaviour(),
        seed=plan.seed,
        start_at=plan.start_at,
        end_at=plan.until,
        zone=shop.settings.zone,
        journeys=APPEALS,
    )


def run_twin(home: Path, twin_home: Path, plan: Plan, gone: dict[str, str]) -> Path:
    """Copy the home and run the plan in the copy; return the copy's home. Runs in a process of its own."""
    shutil.copytree(home, twin_home, ignore=shutil.ignore_patterns("*-shm", "*.csv", "*.xlsx", "*.parquet"))
    clock = SetClock(plan.start_at)
    shop = open_shop(twin_home, clock=clock)
    run(shop, clock, plan, channel=None, gone=gone, progress=None)
    shop.close()
    return twin_home


def _silenced(journey: Journey, silent: str | None) -> Journey:
    if journey.name != silent:
        return journey
    return msgspec.structs.replace(journey, holdout_rate=EVERYBODY_HELD_OUT)
