"""Mails are answered at the rates of the parameters, by machines and by people, some of them tired."""

from datetime import datetime, timedelta

import msgspec
import polars as pl
import pytest

from tenshu.simulate.acts import ACTS
from tenshu.simulate.behaviour import Appeal, Behaviour
from tenshu.simulate.people import PREFETCHER, READERS, SCANNER

from .shops import ALWAYS, EAGER, END, LONDON, START, counts, customers, everybody, history, mails

TEN = START + timedelta(days=2, hours=10)  # Monday, 10:00
NEVER = Appeal(click_rate=0, clicked_buy_rate=0, read_buy_rate=0, unsubscribe_rate=0, complaint_rate=0)


def answers(
    count: int = 400, *, behaviour: Behaviour = EAGER, appeal: Appeal = ALWAYS, links: int = 4, at: datetime = TEN
) -> pl.DataFrame:
    """Return everything that follows from one mail to everybody."""
    shop = customers(count, behaviour=behaviour, journeys={"hello": appeal})
    shop.receive(mails(everybody(count), at=at, links=links))
    return shop.acts(END)


def with_(behaviour: Behaviour = EAGER, **changed: float) -> Behaviour:
    """Return the behaviour with some parameters changed."""
    return msgspec.structs.replace(behaviour, **changed)


def test_eager_people_open_click_and_buy_once_each() -> None:
    assert counts(answers(400)) == {"buy": 400, "click": 400, "open": 400}


def test_nobody_reads_what_nobody_reads() -> None:
    assert answers(behaviour=with_(read_rate=0.0)).is_empty()


def test_uninteresting_mail_is_opened_and_that_is_all() -> None:
    assert counts(answers(appeal=NEVER)) == {"open": 400}


# Out of 4,000 readers; four standard errors of the wider share are below 0.032.
RATES = [
    ("click", Appeal(click_rate=0.3, clicked_buy_rate=0, read_buy_rate=0, unsubscribe_rate=0, complaint_rate=0), 0.3),
    (
        "unsubscribe",
        Appeal(click_rate=0, clicked_buy_rate=0, read_buy_rate=0, unsubscribe_rate=0.2, complaint_rate=0),
        0.2,
    ),
    (
        "complain",
        Appeal(click_rate=0, clicked_buy_rate=0, read_buy_rate=0, unsubscribe_rate=0, complaint_rate=0.1),
        0.1,
    ),
    ("buy", Appeal(click_rate=0, clicked_buy_rate=0, read_buy_rate=0.25, unsubscribe_rate=0, complaint_rate=0), 0.25),
    (
        "buy",
        Appeal(click_rate=0.5, clicked_buy_rate=0.4, read_buy_rate=0.1, unsubscribe_rate=0, complaint_rate=0),
        0.25,
    ),
]


@pytest.mark.parametrize(("act", "appeal", "wanted"), RATES)
def test_share_of_readers_is_the_parameter(act: str, appeal: Appeal, wanted: float) -> None:
    assert counts(answers(4_000, appeal=appeal))[act] / 4_000 == pytest.approx(wanted, abs=0.032)


def test_who_unsubscribes_does_not_complain_as_well() -> None:
    appeal = Appeal(click_rate=0, clicked_buy_rate=0, read_buy_rate=0, unsubscribe_rate=0.5, complaint_rate=1.0)
    acts = answers(400, appeal=appeal)
    left = acts.filter(pl.col("act").is_in(["unsubscribe", "complain"]))
    assert left["customer"].is_unique().all()
    assert left.height == 400


def test_mail_without_links_is_never_clicked() -> None:
    assert "click" not in counts(answers(links=0))


def test_invisible_link_is_never_clicked_by_a_person() -> None:
    clicked = answers(1_000, links=4).filter(pl.col("act") == "click")["link"]
    assert sorted(clicked.unique()) == [0, 1, 2]


def test_mail_whose_only_link_is_invisible_is_never_clicked() -> None:
    assert "click" not in counts(answers(links=1))


def test_reader_without_pictures_is_not_seen_opening_and_still_clicks() -> None:
    assert counts(answers(behaviour=with_(image_rate=0.0))) == {"buy": 400, "click": 400}


def test_acts_happen_in_a_natural_order() -> None:
    acts = answers(300)
    first = acts.group_by("customer").agg(pl.col("act").sort_by("at"))
    assert first["act"].to_list() == [["open", "click", "buy"]] * 300


def test_nobody_answers_before_the_mail_is_there() -> None:
    assert (answers()["at"] >= TEN).all()


def test_people_answer_by_day_and_buy_in_opening_hours() -> None:
    night = START + timedelta(days=2, hours=2)
    local = answers(500, at=night).with_columns(hour=pl.col("at").dt.convert_time_zone(LONDON).dt.hour())
    buying = local.filter(pl.col("act") == "buy")
    assert set(local["hour"]) <= set(range(7, 24))
    assert set(buying["hour"]) <= set(range(8, 19))
    assert 6 not in buying["at"].dt.weekday().to_list()


def test_half_of_the_readers_read_within_the_median_delay() -> None:
    opened = answers(2_000, appeal=NEVER, behaviour=with_(read_after_hours=3.0))
    soon = opened.filter(pl.col("at") <= TEN + timedelta(hours=3)).height
    assert soon / 2_000 == pytest.approx(0.5, abs=0.05)


def test_caused_orders_come_within_the_days_of_the_parameter() -> None:
    acts = answers(1_000, behaviour=with_(buy_after_days=50.0, buy_within_days=4))
    read = acts.filter(pl.col("act") == "click").select("customer", read_at="at")
    waited = acts.filter(pl.col("act") == "buy").join(read, on="customer").select(pl.col("at") - pl.col("read_at"))
    # Four days, and one or two more where that day is a closed one.
    assert (waited.to_series() < timedelta(days=7)).all()


def test_caused_order_follows_the_click_even_on_the_same_day() -> None:
    acts = answers(1_000, behaviour=with_(buy_after_days=0.0))
    clicked = acts.filter(pl.col("act") == "click").select("customer", clicked_at="at")
    bought = acts.filter(pl.col("act") == "buy").join(clicked, on="customer")
    assert (bought["at"] > bought["clicked_at"]).all()


def test_caused_orders_are_told_apart_by_scenario_step_and_day() -> None:
    orders = answers(50).filter(pl.col("act") == "buy")
    assert orders["order_no"].is_unique().all()
    assert orders["order_no"].str.contains("-hello-first-").all()
    assert (orders["lines"].list.len() >= 1).all()


def test_somebody_without_favourites_orders_nothing() -> None:
    shop = customers(past=history(20, favourites=0))
    shop.receive(mails(everybody(20), at=TEN))
    assert "buy" not in counts(shop.acts(END))


def test_gateway_follows_every_link_within_a_second() -> None:
    acts = answers(50, behaviour=with_(scanner_rate=1.0), appeal=NEVER, links=5)
    scans = (
        acts.filter(pl.col("act") == "scan")
        .group_by("customer")
        .agg(
            pl.col("link").sort(), (pl.col("at").max() - pl.col("at").min()).alias("took"), pl.col("method").n_unique()
        )
    )
    assert scans["link"].to_list() == [[0, 1, 2, 3, 4]] * 50
    assert (scans["took"] < timedelta(seconds=1)).all()
    assert set(scans["method"]) == {1}


def test_gateways_knock_with_head_or_get_and_say_who_they_are() -> None:
    scans = answers(50, behaviour=with_(scanner_rate=1.0)).filter(pl.col("act") == "scan")
    assert set(scans["method"]) == {"HEAD", "GET"}
    assert set(scans["user_agent"]) == {SCANNER}


def test_gateway_comes_within_a_minute_also_at_night() -> None:
    night = START + timedelta(days=2, hours=2)
    scans = answers(50, behaviour=with_(scanner_rate=1.0), at=night).filter(pl.col("act") == "scan")
    assert (scans["at"] < night + timedelta(minutes=1)).all()


def test_provider_that_fetches_ahead_opens_for_everybody_and_hides_the_person() -> None:
    acts = answers(200, behaviour=with_(prefetch_rate=1.0, read_rate=0.5), appeal=NEVER)
    assert counts(acts) == {"open": 200}
    assert set(acts["user_agent"]) == {PREFETCHER}


def test_people_show_the_program_they_read_with() -> None:
    acts = answers(200).filter(pl.col("act").is_in(["open", "click"]))
    assert set(acts["user_agent"]) <= set(READERS)
    assert acts.group_by("customer").agg(pl.col("user_agent").n_unique())["user_agent"].max() == 1


# What a server sees of each act; nulls where it sees nothing.
SEEN = [("open", "GET", True, False), ("click", "GET", True, True), ("buy", None, False, False)]


@pytest.mark.parametrize(("act", "method", "has_agent", "has_link"), SEEN)
def test_each_act_shows_what_a_server_would_see(
    act: str, method: str | None, *, has_agent: bool, has_link: bool
) -> None:
    seen = answers(20).filter(pl.col("act") == act)
    assert set(seen["method"]) == {method}
    assert seen["user_agent"].is_null().any() != has_agent
    assert seen["link"].is_null().any() != has_link


def test_unsubscribing_is_a_post() -> None:
    appeal = Appeal(click_rate=0, clicked_buy_rate=0, read_buy_rate=0, unsubscribe_rate=1.0, complaint_rate=0)
    assert set(answers(appeal=appeal).filter(pl.col("act") == "unsubscribe")["method"]) == {"POST"}


def test_every_answer_names_its_mail() -> None:
    acts = answers(20)
    assert acts["enrolment"].to_list() == [1000 + number for number in acts["customer"]]
    assert set(acts["journey"]) == {"hello"}
    assert set(acts["step"]) == {"first"}
    assert dict(acts.schema) == ACTS


def test_scenario_that_is_not_named_gets_the_default_appeal() -> None:
    shop = customers(2_000, behaviour=with_(read_rate=1.0), journeys={})
    shop.receive(mails(everybody(2_000), at=TEN))
    clicked = counts(shop.acts(END))["click"] / 2_000
    assert clicked == pytest.approx(Behaviour().appeal.click_rate, abs=0.032)


def test_answers_after_the_end_do_not_happen() -> None:
    acts = answers(500, at=END - timedelta(hours=1))
    assert (acts["at"] < END).all()
    assert counts(acts).get("buy", 0) < 500
