"""How simulated customers take the mails they get: machines first, then people, some of them tired.

Every draw is keyed by the person, the scenario, the step and the local day of the mail. So a twin run in
which one scenario is silent has the same luck everywhere else.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.kit.rng import mixed, unit
from tenshu.simulate.acts import ACTS, acts_frame, no_acts
from tenshu.simulate.behaviour import Appeal, Behaviour
from tenshu.simulate.hours import DAY, HOUR, SECOND, OpeningHours, to_local, when_awake
from tenshu.simulate.people import PREFETCHER, READERS, SCANNER, People
from tenshu.simulate.purchases import Shelves

_KEYS: Final = ("customer", "enrolment", "visit", "journey", "step")


class Setting(msgspec.Struct, frozen=True):
    """What stays the same through a rehearsal."""

    behaviour: Behaviour
    appeals: Mapping[str, Appeal]
    people: People
    shelves: Shelves
    hours: OpeningHours
    seed: int


class Mails:
    """Some mails that reached their mailboxes, as columns, with the luck of each.

    Args:
        frame: customer, journey, step, enrolment, visit, sent_at, links; every customer is known.
        tired: how many other mails of the last days weigh on each.
    """

    def __init__(self, frame: pl.DataFrame, tired: NDArray[np.int64], setting: Setting) -> None:
        self.frame = frame
        self.tired = tired
        self.setting = setting
        self.place = setting.people.places(frame["customer"])
        self.customer = frame["customer"].to_numpy().astype(np.int64)
        self.sent = frame["sent_at"].to_physical().to_numpy().astype(np.int64)
        self.links = frame["links"].to_numpy().astype(np.int64)
        self.day = to_local(self.sent, setting.hours.zone) // DAY
        self._scenario = _numbers(frame["journey"] + "\x1f" + frame["step"])
        self._journeys = frame["journey"].to_list()

    def chance(self, name: str) -> NDArray[np.float64]:
        """Return one number in [0, 1) a mail for the question of that name."""
        return unit(f"{self.setting.seed}:mail:{name}", self.customer, self._scenario, self.day)

    def rate(self, name: str) -> NDArray[np.float64]:
        """Return a parameter of the appeal of each mail's scenario."""
        default = self.setting.behaviour.appeal
        known = {journey: getattr(self.setting.appeals.get(journey, default), name) for journey in set(self._journeys)}
        return np.array([known[journey] for journey in self._journeys], dtype=np.float64)


class Answers(NamedTuple):
    """Answers of one kind: which mails they answer, when, and what a server sees of each."""

    act: str
    mail: NDArray[np.int64]
    at: NDArray[np.int64]
    link: Sequence[int | None]
    user_agent: Sequence[str | None]
    method: Sequence[str | None]


def reactions(mails: Mails, *, before_micros: int) -> list[pl.DataFrame]:
    """Return what follows from the mails until that instant, as frames of acts."""
    reading = _reading(mails)
    answers = [*_machine_answers(mails), *_people_answers(mails, reading)]
    frames = [_as_acts(mails, [answer for answer in answers if len(answer.mail)]), _orders(mails, reading)]
    return [frame.filter(pl.col("at").to_physical() < before_micros) for frame in frames if frame.height]


def _machine_answers(mails: Mails) -> list[Answers]:
    people, place = mails.setting.people, mails.place
    scanned = people.is_scanned[place]
    arrives = mails.sent + (1 + mails.chance("scan") * 40).astype(np.int64) * SECOND
    counts = np.where(scanned, mails.links, 0)
    mail = np.repeat(np.arange(len(counts)), counts)
    link = np.arange(len(mail)) - np.repeat(np.cumsum(counts) - counts, counts)
    knocks = np.where(mails.chance("knock")[mail] < 0.5, "HEAD", "GET").tolist()
    # All links within a second: that is how a gateway gives itself away.
    at = arrives[mail] + link * (SECOND // 50)
    scans = Answers("scan", mail, at, link.tolist(), [SCANNER] * len(mail), knocks)
    ahead = np.flatnonzero(people.is_prefetched[place] & ~scanned)
    fetched = mails.sent[ahead] + (2 + mails.chance("prefetch")[ahead] * 1_800).astype(np.int64) * SECOND
    opens = Answers("open", ahead, fetched, _none(ahead), [PREFETCHER] * len(ahead), ["GET"] * len(ahead))
    return [scans, opens]


class Reading(NamedTuple):
    """Who reads, when, and what they do about it; one element a mail."""

    reads: NDArray[np.bool_]
    read_at: NDArray[np.int64]
    clicks: NDArray[np.bool_]
    clicked_at: NDArray[np.int64]
    eager: NDArray[np.float64]


def _reading(mails: Mails) -> Reading:
    behaviour, people = mails.setting.behaviour, mails.setting.people
    eager = np.power(behaviour.fatigue_response, mails.tired)
    reads = mails.chance("read") < people.read_rate[mails.place] * eager
    # Log-logistic: half within the median, and a long tail.
    chance = mails.chance("read delay").clip(0.001, 0.995)
    delay = behaviour.read_after_hours * (chance / (1.0 - chance)) ** 0.7
    read_at = when_awake(mails.sent + (delay * HOUR).astype(np.int64), behaviour, mails.setting.hours.zone)
    read_at = read_at - read_at % SECOND
    clicks = reads & (mails.links > behaviour.hidden_links) & (mails.chance("click") < mails.rate("click_rate") * eager)
    clicked_at = read_at + (5 + mails.chance("click delay") * 115).astype(np.int64) * SECOND
    return Reading(reads, read_at, clicks, clicked_at, eager)


def _people_answers(mails: Mails, reading: Reading) -> list[Answers]:
    people, place = mails.setting.people, mails.place
    annoyed = 1.0 + mails.setting.behaviour.fatigue_unsubscribe * mails.tired
    opens = np.flatnonzero(reading.reads & people.loads_images[place] & ~people.is_prefetched[place])
    clicks = np.flatnonzero(reading.clicks)
    leaving = reading.reads & (mails.chance("unsubscribe") < mails.rate("unsubscribe_rate") * annoyed)
    complaining = reading.reads & ~leaving & (mails.chance("complain") < mails.rate("complaint_rate") * annoyed)
    leaves, complains = np.flatnonzero(leaving), np.flatnonzero(complaining)
    left_at = reading.read_at + (130 + mails.chance("leave delay") * 60).astype(np.int64) * SECOND
    visible = mails.links[clicks] - mails.setting.behaviour.hidden_links
    link = (mails.chance("link")[clicks] * visible).astype(np.int64)

    def agents(which: NDArray[np.int64]) -> list[str]:
        return [READERS[reader] for reader in people.reader[place[which]].tolist()]

    return [
        Answers("open", opens, reading.read_at[opens], _none(opens), agents(opens), ["GET"] * len(opens)),
        Answers("click", clicks, reading.clicked_at[clicks], link.tolist(), agents(clicks), ["GET"] * len(clicks)),
        Answers("unsubscribe", leaves, left_at[leaves], _none(leaves), agents(leaves), ["POST"] * len(leaves)),
        Answers("complain", complains, left_at[complains], _none(complains), _none(complains), _none(complains)),
    ]


def _none(which: NDArray[np.int64]) -> list[None]:
    return [None] * len(which)


def _as_acts(mails: Mails, answers: list[Answers]) -> pl.DataFrame:
    if not answers:
        return no_acts()

    def joined(name: str) -> pl.Series:
        values = chain.from_iterable(getattr(answer, name) for answer in answers)
        return pl.Series(name, list(values), dtype=ACTS[name])

    acts = mails.frame.select(_KEYS)[np.concatenate([answer.mail for answer in answers])].with_columns(
        pl.Series("at", np.concatenate([answer.at for answer in answers])),
        pl.Series("act", [answer.act for answer in answers for _ in answer.mail]),
        *(joined(name) for name in ("link", "user_agent", "method")),
    )
    return acts_frame(acts)


def _orders(mails: Mails, reading: Reading) -> pl.DataFrame:
    """Orders that the mails caused: some days after reading, in opening hours, with an ordinary basket."""
    setting = mails.setting
    behaviour, hours = setting.behaviour, setting.hours
    rate = np.where(reading.clicks, mails.rate("clicked_buy_rate"), mails.rate("read_buy_rate")) * reading.eager
    buys = np.flatnonzero(reading.reads & (setting.shelves.counts[mails.place] > 0) & (mails.chance("buy") < rate))
    if not len(buys):
        return no_acts()
    after = np.where(reading.clicks, reading.clicked_at, reading.read_at)[buys]
    wait = np.floor(-behaviour.buy_after_days * np.log1p(-mails.chance("buy delay")[buys])).astype(np.int64)
    earliest = to_local(after, hours.zone) // DAY
    hour, second = mails.chance("buy hour")[buys], mails.chance("buy second")[buys]
    at = hours.time_on(hours.open_day(earliest + np.minimum(wait, behaviour.buy_within_days)), hour, second)
    at = np.where(at > after, at, hours.time_on(hours.open_day(earliest + 1), hour, second))
    number = "S" + pl.col("customer").cast(pl.String) + "-" + pl.col("journey") + "-" + pl.col("step")
    orders = mails.frame.select(_KEYS)[buys].with_columns(
        pl.Series("at", at),
        pl.lit("buy").alias("act"),
        (number + "-" + pl.Series(mails.day[buys]).cast(pl.String)).alias("order_no"),
        setting.shelves.baskets(mails.place[buys], mails.customer[buys], mails.day[buys]).alias("lines"),
    )
    return acts_frame(orders)


def _numbers(texts: pl.Series) -> NDArray[np.int64]:
    known = {text: int(mixed(text)[0] >> np.uint64(1)) for text in texts.unique().to_list()}
    return np.array([known[text] for text in texts.to_list()], dtype=np.int64)
