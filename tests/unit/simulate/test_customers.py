"""The same luck for the same question: what a twin run and a fair rehearsal need."""

from datetime import datetime, timedelta

import msgspec
import polars as pl
import pytest

from tenshu.simulate import ACTS, Appeal, Behaviour, SimulatedCustomers

from .shops import ALWAYS, EAGER, END, START, counts, customers, everybody, history, mails

HALF = Appeal(click_rate=0.5, clicked_buy_rate=0.5, read_buy_rate=0.1, unsubscribe_rate=0.05, complaint_rate=0.02)
ORDINARY = Behaviour()
MONDAY = START + timedelta(days=2, hours=10)


def shop(count: int = 300, *, behaviour: Behaviour = ORDINARY, seed: int = 1) -> SimulatedCustomers:
    """Return ordinary customers who are open to two scenarios."""
    return customers(count, behaviour=behaviour, seed=seed, journeys={"hello": HALF, "other": HALF})


def of(acts: pl.DataFrame, journey: str | None) -> pl.DataFrame:
    """Return what came from a scenario, or from nobody's mail, without the numbers of enrolments."""
    return acts.filter(pl.col("journey").eq_missing(pl.lit(journey))).drop("enrolment")


def test_same_seed_is_the_same_history_to_the_last_act() -> None:
    runs = []
    for _ in range(2):
        one = shop()
        one.receive(mails(everybody(300), at=MONDAY))
        runs.append(one.acts(END))
    assert runs[0].equals(runs[1])
    assert set(counts(runs[0])) >= {"buy", "click", "open", "scan"}


def test_another_seed_is_another_history() -> None:
    assert not shop(seed=1).acts(END).equals(shop(seed=2).acts(END))


def test_how_often_acts_are_asked_for_changes_nothing() -> None:
    at_once, by_hours = shop(), shop()
    for one in (at_once, by_hours):
        one.receive(mails(everybody(300), at=MONDAY))
    hours = [START + timedelta(hours=hour) for hour in range(0, 60 * 24, 7)] + [END]
    assert pl.concat([by_hours.acts(hour) for hour in hours]).equals(at_once.acts(END))


def test_orders_without_mail_do_not_depend_on_mails() -> None:
    mailed, silent = shop(), shop()
    mailed.receive(mails(everybody(300), at=MONDAY))
    assert of(mailed.acts(END), None).equals(of(silent.acts(END), None))


def test_silent_scenario_leaves_the_luck_of_the_others_alone() -> None:
    both, twin = shop(behaviour=ORDINARY), shop(behaviour=ORDINARY)
    # A fortnight and more apart, so that no fatigue carries over.
    both.receive(mails(everybody(300), at=MONDAY, journey="hello"))
    for one in (both, twin):
        one.receive(mails(everybody(300), at=MONDAY + timedelta(days=20), journey="other", enrolment=9_000))
    assert of(both.acts(END), "other").equals(of(twin.acts(END), "other"))


def test_number_of_the_enrolment_changes_no_luck() -> None:
    first, second = shop(), shop()
    first.receive(mails(everybody(300), at=MONDAY, enrolment=1))
    second.receive(mails(everybody(300), at=MONDAY, enrolment=70_000))
    assert of(first.acts(END), "hello").equals(of(second.acts(END), "hello"))


def test_mails_of_one_instant_may_come_together_or_one_by_one() -> None:
    together, apart = shop(), shop()
    together.receive(mails(everybody(60), at=MONDAY))
    for number in everybody(60):
        apart.receive(mails([number], at=MONDAY))
    assert together.acts(END).equals(apart.acts(END))


def test_order_of_the_rows_changes_nothing() -> None:
    forwards, backwards = shop(), shop()
    forwards.receive(mails(everybody(60), at=MONDAY))
    backwards.receive(mails(everybody(60)[::-1], at=MONDAY))
    assert forwards.acts(END).equals(backwards.acts(END))


def test_steps_of_a_scenario_have_their_own_luck() -> None:
    one = shop(2_000, behaviour=msgspec.structs.replace(EAGER, read_rate=0.5))
    one.receive(mails(everybody(2_000), at=MONDAY, step="first"))
    one.receive(mails(everybody(2_000), at=MONDAY, step="second"))
    opened = one.acts(END).filter(pl.col("act") == "open")
    readers = {step: set(opened.filter(pl.col("step") == step)["customer"]) for step in ("first", "second")}
    # Half and half: a quarter reads both.
    assert len(readers["first"] & readers["second"]) / 2_000 == pytest.approx(0.25, abs=0.05)


def opens_of_third(behaviour: Behaviour, gap_days: float) -> int:
    """Return how many of 3,000 open a mail that two others went before, so many days apart."""
    one = customers(3_000, behaviour=behaviour, journeys={"hello": ALWAYS})
    for place in range(3):
        one.receive(mails(everybody(3_000), at=MONDAY + timedelta(days=gap_days * place), step=f"step-{place}"))
    acts = one.acts(END)
    return acts.filter((pl.col("step") == "step-2") & (pl.col("act") == "open")).height


def test_recent_mails_make_people_read_less() -> None:
    tired = msgspec.structs.replace(EAGER, read_rate=1.0, fatigue_response=0.5)
    # Two mails in the last fortnight: a quarter of the reading is left.
    assert opens_of_third(tired, 1) / 3_000 == pytest.approx(0.25, abs=0.035)


def test_mails_of_the_same_day_tire_as_well() -> None:
    tired = msgspec.structs.replace(EAGER, read_rate=1.0, fatigue_response=0.5)
    assert opens_of_third(tired, 0) / 3_000 == pytest.approx(0.25, abs=0.035)


def test_fatigue_is_over_after_its_days() -> None:
    tired = msgspec.structs.replace(EAGER, read_rate=1.0, fatigue_response=0.5, fatigue_days=14)
    assert opens_of_third(tired, 14) == 3_000
    assert opens_of_third(tired, 13) < 3_000


def test_tired_people_unsubscribe_more() -> None:
    annoyed = msgspec.structs.replace(EAGER, fatigue_unsubscribe=4.0)
    leaving = Appeal(click_rate=0, clicked_buy_rate=0, read_buy_rate=0, unsubscribe_rate=0.05, complaint_rate=0)
    one = customers(3_000, behaviour=annoyed, journeys={"hello": leaving})
    for place in range(2):
        one.receive(mails(everybody(3_000), at=MONDAY + timedelta(days=place), step=f"step-{place}"))
    left = one.acts(END).filter(pl.col("act") == "unsubscribe").group_by("step").len().sort("step")["len"]
    # 5 % of the first, five times as many of the second.
    assert left[0] / 3_000 == pytest.approx(0.05, abs=0.016)
    assert left[1] / 3_000 == pytest.approx(0.25, abs=0.032)


def test_next_instant_is_that_of_the_next_act_and_none_at_the_end() -> None:
    one = shop()
    seen: list[datetime] = []
    while (at := one.next_at()) is not None and len(seen) < 40:
        acts = one.acts(at)
        assert acts["at"].to_list() == [at] * acts.height
        seen.append(at)
    assert seen == sorted(set(seen))
    one.acts(END)
    assert one.next_at() is None


def test_next_instant_comes_nearer_when_a_mail_arrives() -> None:
    one = customers(50)
    assert one.next_at() is None
    one.receive(mails(everybody(50), at=MONDAY))
    first = one.next_at()
    assert first is not None
    assert MONDAY < first < MONDAY + timedelta(hours=2)


def test_nothing_to_do_is_an_empty_frame_with_every_column() -> None:
    acts = customers(5).acts(START)
    assert acts.is_empty()
    assert dict(acts.schema) == ACTS


def test_mail_to_somebody_unknown_is_put_aside() -> None:
    one = customers(5)
    one.receive(mails([99]))
    one.receive(mails([3, 99, 4]))
    assert set(one.acts(END)["customer"]) == {3, 4}


def test_no_mails_change_nothing() -> None:
    one = customers(5)
    one.receive(mails([]))
    assert one.next_at() is None


def test_gone_mailboxes_are_a_small_steady_share() -> None:
    gone = customers(20_000, behaviour=Behaviour(season_factor=0.0)).gone
    assert len(gone) / 20_000 == pytest.approx(Behaviour().gone_rate, abs=0.004)
    again = customers(30_000, behaviour=Behaviour(season_factor=0.0)).gone
    assert gone.to_list() == again.filter(again <= 20_000).to_list()


def test_history_may_come_in_any_order_with_more_columns() -> None:
    past = history(80)
    shuffled = past.with_columns(customer_no=pl.col("customer").cast(pl.String)).sample(
        fraction=1, shuffle=True, seed=3
    )
    straight = customers(past=past, behaviour=ORDINARY)
    other = customers(past=shuffled, behaviour=ORDINARY)
    assert straight.acts(END).equals(other.acts(END))


def test_shop_of_another_zone_wakes_up_at_its_own_time() -> None:
    one = customers(200, zone="Asia/Tokyo")
    one.receive(mails(everybody(200), at=START + timedelta(days=2, hours=13)))  # 22:00 in Tokyo
    hours = one.acts(END)["at"].dt.convert_time_zone("Asia/Tokyo").dt.hour()
    assert set(hours) <= {*range(7, 24)}


def acted(one: SimulatedCustomers, at: datetime) -> int:
    """Return how many acts there are up to the instant."""
    return one.acts(at).height


def test_each_act_is_handed_out_once() -> None:
    one = shop()
    one.receive(mails(everybody(300), at=MONDAY))
    assert acted(one, END) > 0
    assert acted(one, END) == 0


def test_shop_that_nobody_bought_in_has_nothing_to_do() -> None:
    one = customers(past=history(0))
    one.receive(mails([1, 2]))
    assert one.next_at() is None
    assert len(one.gone) == 0
