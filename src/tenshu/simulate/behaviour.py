"""How simulated customers behave: every parameter in one place, for everybody to see.

The truth of a rehearsal lies here. Nothing in the product reads it: the product only sees
facts, and its estimates are held against what these parameters made happen.

Shares are 0..1. The rate of orders without any mail is the posterior mean of a Gamma-Poisson
model (Fader, Hardie & Lee 2005 use the same prior for the buying half of BG/NBD):
`(orders - 1 + prior_orders) / (days since the first order + prior_days)` a day. On the UCI
"Online Retail" purchases, cut at 2011-06-01 and 2011-09-01, the defaults come within about a
fifth of the orders that each group by recency and frequency really placed in the next 60 days.
"""

from typing import Final

import msgspec

#: Share of orders by weekday, Monday first; the shop of the demo is closed on Saturdays.
_WEEKDAYS: Final = (0.16, 0.17, 0.17, 0.20, 0.14, 0.0, 0.16)
#: Share of orders by hour of the day, from 8 to 18 o'clock in the shop's zone.
_HOURS: Final = (0.03, 0.08, 0.12, 0.13, 0.17, 0.14, 0.12, 0.11, 0.06, 0.03, 0.01)


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """How well the mails of one scenario are received by people who read them.

    Attributes:
        click_rate: share of readers who follow a link.
        clicked_buy_rate: share of those who clicked who place an order they would not have placed.
        read_buy_rate: the same among those who read and did not click.
        unsubscribe_rate: share of readers who unsubscribe.
        complaint_rate: share of readers who report the mail as spam.
    """

    click_rate: float = 0.15
    clicked_buy_rate: float = 0.10
    read_buy_rate: float = 0.01
    unsubscribe_rate: float = 0.008
    complaint_rate: float = 0.003


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """What simulated customers do by themselves, and how they take a mail.

    Attributes:
        prior_orders: orders that the model has "seen" before the first (a Gamma prior's shape).
        prior_days: days in which it saw them (the prior's rate, in days).
        season_factor: orders without mail, relative to what the history says for these weeks.
        basket_lines: lines of an order, at most.
        weekday_weights: when the shop is open, Monday first; 0 is closed.
        opening_hour: the first hour with orders, 0..23, in the shop's zone.
        hour_weights: share of orders by hour from there on.
        closed_days: days on which the shop is closed every year, as `MM-DD`.
        read_rate: share of mails that are read by a person in the middle, when nothing tires.
        read_spread: 0 = everybody reads alike, 1 = from never to twice as often.
        image_rate: share of people whose program loads pictures, so that reading is seen at all.
        prefetch_rate: share of people whose provider fetches pictures for every mail by itself.
        scanner_rate: share of people behind a security gateway that follows every link.
        gone_rate: share of addresses whose mailbox does not exist any more.
        read_after_hours: median time from delivery to reading.
        buy_after_days: mean time from reading to the order it caused.
        buy_within_days: later orders are not caused any more.
        hidden_links: the last links of each mail that no person sees; the product adds one to find machines by.
        waking_hour: people read from this hour of their local day on.
        sleeping_hour: and no more from this one on.
        fatigue_days: mails of so many days weigh on the next one.
        fatigue_response: each of them multiplies clicks and orders caused by this.
        fatigue_unsubscribe: each of them adds this share to the wish to unsubscribe or complain.
        appeal: how the mails of a scenario are received that is not named in `journeys`.
    """

    prior_orders: float = 1.3
    prior_days: float = 110.0
    season_factor: float = 0.8
    basket_lines: int = 12
    weekday_weights: tuple[float, ...] = _WEEKDAYS
    opening_hour: int = 8
    hour_weights: tuple[float, ...] = _HOURS
    closed_days: frozenset[str] = frozenset(
        {"12-24", "12-25", "12-26", "12-27", "12-28", "12-29", "12-30", "12-31", "01-01", "01-02", "01-03"}
    )
    read_rate: float = 0.42
    read_spread: float = 0.8
    image_rate: float = 0.75
    prefetch_rate: float = 0.25
    scanner_rate: float = 0.06
    gone_rate: float = 0.012
    read_after_hours: float = 3.0
    buy_after_days: float = 2.0
    buy_within_days: int = 10
    hidden_links: int = 1
    waking_hour: int = 7
    sleeping_hour: int = 23
    fatigue_days: int = 14
    fatigue_response: float = 0.8
    fatigue_unsubscribe: float = 0.7
    appeal: Appeal = Appeal()
