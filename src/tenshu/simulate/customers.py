"""A shop full of simulated customers: they buy by themselves, get mails and answer them."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.simulate.acts import Agenda
from tenshu.simulate.behaviour import Appeal, Behaviour
from tenshu.simulate.hours import DAY, opening_hours, to_local
from tenshu.simulate.people import draw_people
from tenshu.simulate.purchases import Shelves, orders_without_mail
from tenshu.simulate.reactions import Mails, Setting, reactions
from tenshu.store.tables import from_micros, to_micros


class SimulatedCustomers:
    """Everybody who bought before, with a behaviour that is known and a memory for mails.

    Args:
        history: one row a buyer, the columns of `history.HISTORY` (others are ignored).
        behaviour: the parameters of the truth.
        seed: another seed is another luck; the same seed the same, to the last act.
        start_at, end_at: nothing happens before the first or from the second on.
        zone: IANA name of the shop's zone; people live in it.
        journeys: how the mails of each scenario are received, by its name.
    """

    def __init__(
        self,
        history: pl.DataFrame,
        *,
        behaviour: Behaviour,
        seed: int,
        start_at: datetime,
        end_at: datetime,
        zone: str,
        journeys: Mapping[str, Appeal],
    ) -> None:
        known = history.sort("customer")
        hours = opening_hours(behaviour, start_at=start_at, end_at=end_at, zone=zone)
        shelves = Shelves(known, lines=behaviour.basket_lines, seed=seed)
        people = draw_people(known["customer"], behaviour=behaviour, seed=seed)
        self._setting = Setting(behaviour, journeys, people, shelves, hours, seed)
        self._end = to_micros(end_at)
        self._first_day = int(to_local(np.array([to_micros(start_at)]), zone)[0] // DAY)
        # How many mails each person got on each day, for their fatigue.
        days = int((self._end - to_micros(start_at)) // DAY) + 3
        self._mails_by_day = np.zeros((days, known.height), dtype=np.uint8)
        self._agenda = Agenda()
        self._agenda.add(
            orders_without_mail(known, shelves, hours, behaviour=behaviour, seed=seed, start_at=start_at, end_at=end_at)
        )

    @property
    def gone(self) -> pl.Series:
        """Customers whose mailbox does not exist any more: their server refuses every mail."""
        people = self._setting.people
        return pl.Series("customer", people.customer[people.is_gone])

    def next_at(self) -> datetime | None:
        """Return the instant of the next act, or None when nobody will do anything any more."""
        micros = self._agenda.next_micros()
        return None if micros is None else from_micros(micros)

    def acts(self, until: datetime) -> pl.DataFrame:
        """Hand out what happens up to and including that instant, in order, each act once.

        Returns:
            The columns of `acts.ACTS`. `buy` has order_no and lines; the others have journey, step,
            enrolment, visit and, where a server sees a request, user_agent and method. `click` and
            `scan` have the index of the link, from 0.
        """
        return self._agenda.take(to_micros(until))

    def receive(self, mails: pl.DataFrame) -> None:
        """Take delivery of mails and draw what follows from them.

        Args:
            mails: customer, journey, step, enrolment, visit, sent_at, links (how many it has, the
                invisible one last). Mails to people who are not customers yet are put aside unread.
        """
        if mails.is_empty():
            return
        ordered = mails.sort("sent_at", "customer", "journey", "step")
        arrived = ordered.filter(ordered["customer"].is_in(self._setting.people.customer))
        if arrived.is_empty():
            return
        letters = Mails(arrived, self._tired(arrived), self._setting)
        for acts in reactions(letters, before_micros=self._end):
            self._agenda.add(acts)

    def _tired(self, mails: pl.DataFrame) -> NDArray[np.int64]:
        """Count the mails of the last days that each of these follows, and remember these."""
        setting = self._setting
        place = setting.people.places(mails["customer"])
        local = to_local(mails["sent_at"].to_physical().to_numpy(), setting.hours.zone) // DAY
        day = (local - self._first_day).clip(0, len(self._mails_by_day) - 1)
        before = np.zeros(len(place), dtype=np.int64)
        for one in np.unique(day):
            since = max(0, int(one) - setting.behaviour.fatigue_days + 1)
            on_day = day == one
            before[on_day] = self._mails_by_day[since : int(one) + 1, place[on_day]].sum(axis=0)
        earlier = mails.select(pl.col("customer").cum_count().over("customer") - 1).to_series().to_numpy()
        np.add.at(self._mails_by_day, (day, place), 1)
        tired: NDArray[np.int64] = before + earlier.astype(np.int64)
        return tired
