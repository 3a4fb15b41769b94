"""The card of one customer (顧客カルテ): who they are, whether to speak to them now, and what may be said."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from tenshu.condition.words import trait_name
from tenshu.decide.reasons import sentence as reason_sentence
from tenshu.kit.i18n import N_, _, _n, current_language
from tenshu.measure.why import story
from tenshu.recommend.bought_together import reason_sentence as suggestion_sentence
from tenshu.web.console import figures
from tenshu.web.console.customers.known_by import value_name
from tenshu.web.console.customers.person_view import PersonView, person_view
from tenshu.web.console.customers.search_view import rank_of
from tenshu.web.console.customers.telling import channel, outcome, purpose

_RECENCY: Final = {
    5: N_("bought very lately"), 4: N_("bought lately"), 3: N_("bought some time ago"),
    2: N_("bought long ago"), 1: N_("bought very long ago"),
}  # fmt: skip
_FREQUENCY: Final = {
    5: N_("buys very often"), 4: N_("buys often"), 3: N_("buys now and then"),
    2: N_("buys seldom"), 1: N_("has hardly bought"),
}  # fmt: skip
_MONETARY: Final = {
    5: N_("spends the most"), 4: N_("spends much"), 3: N_("spends a middling sum"),
    2: N_("spends little"), 1: N_("spends very little"),
}  # fmt: skip
_BASES: Final = {
    "opt_in": N_("asked for it"),
    "business_relation": N_("business relation"),
    "business_card": N_("gave a business card"),
    "published_address": N_("published the address"),
}
_STATUSES: Final = {"granted": N_("allowed"), "denied": N_("said no"), "revoked": N_("taken back")}
#: Traits that stand in the head of the card, not among the others.
_IN_HEAD: Final = frozenset(
    {"last_name", "first_name", "full_name", "name_kana", "email", "phone", "customer_no", "company"}
)


class ScoreView(msgspec.Struct, frozen=True):
    """One score in words, with its number out of five."""

    words: str
    score: int


class ConsentView(msgspec.Struct, frozen=True, kw_only=True):
    """One word about a channel and a purpose."""

    about: str
    status: str
    kind: str
    basis: str
    reason: str
    day: str
    proof: str
    is_effective: bool


class LinkedView(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name, an address and a note."""

    title: str
    url: str
    note: str
    is_over: bool = False


class WhyView(msgspec.Struct, frozen=True, kw_only=True):
    """One decision and what became of it."""

    at: str
    title: str
    story: str
    is_silent: bool


class SpeakView(msgspec.Struct, frozen=True):
    """Whether to speak to them now: yes | wait | no, a headline, and why."""

    kind: str
    headline: str
    why: str


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the card but the timeline."""

    person: PersonView
    lead: str
    speak: SpeakView
    scores: tuple[ScoreView, ...]
    figures: tuple[tuple[str, str, str], ...]
    goods: tuple[tuple[str, str], ...]
    suggested: tuple[tuple[str, str], ...]
    planned: tuple[tuple[str, str], ...]
    consents: tuple[ConsentView, ...]
    suppressions: tuple[str, ...]
    traits: tuple[tuple[str, str], ...]
    segments: tuple[LinkedView, ...]
    walks: tuple[LinkedView, ...]
    whys: tuple[WhyView, ...]


def card_view(card: dict[str, Any], *, currency: str, zone: str) -> CardView:
    """Return the card of what the owner told of a customer."""
    now: datetime = card["now"]
    return CardView(
        person=person_view(card, zone),
        lead=lead_of(card["ranked"], now=now, zone=zone, currency=currency),
        speak=speak_of(card, zone),
        scores=scores_of(card["ranked"]),
        figures=_figures(card["ranked"], currency, zone),
        goods=tuple((one["name"] or one["product_id"], _times(one["orders"])) for one in card["goods"]),
        suggested=tuple(
            (one["name"] or one["product_id"], suggestion_sentence(one["reason"], one["because_name"]))
            for one in card["suggested"]
        ),
        planned=tuple(
            (figures.moment(one["due_at"], zone), title_in(one["title"], one["journey"])) for one in card["planned"]
        ),
        consents=tuple(_consent(one, zone) for one in card["consents"]),
        suppressions=tuple(_suppression(one, zone) for one in card["suppressions"]),
        traits=tuple((trait_name(n), value_name(n, v)) for n, v in card["traits"].items() if n not in _IN_HEAD),
        segments=tuple(
            LinkedView(title=title_in(one["title"], one["name"]), url=f"/segments/{one['name']}", note="")
            for one in card["segments"]
        ),
        walks=tuple(_walk(one, zone) for one in card["walks"]),
        whys=tuple(_why(one, zone) for one in card["decisions"]),
    )


def lead_of(ranked: dict[str, Any] | None, *, now: datetime, zone: str, currency: str) -> str:
    """Return the first sentence: when they bought last, how often, how much."""
    if ranked is None:
        return _("Has not bought anything yet.")
    last = _last(ranked["last_order_at"], now, ZoneInfo(zone))
    total = figures.money(ranked["revenue"], currency)
    if ranked["orders"] == 1:
        return figures.joined(last, _("One order so far, {total}.", total=total))
    day = figures.day(ranked["first_order_at"], zone)
    return figures.joined(
        last,
        _n(
            "{count} order since {day}, {total} in all.",
            "{count} orders since {day}, {total} in all.",
            figures.count(ranked["orders"]),
            day=day,
            total=total,
        ),
    )


def _last(bought_at: datetime, now: datetime, place: ZoneInfo) -> str:
    """Return how many days of the shop's calendar have passed since the last purchase."""
    days = (now.astimezone(place).date() - bought_at.astimezone(place).date()).days
    if days <= 0:
        return _("Bought today.")
    return _("Bought yesterday.") if days == 1 else _("Bought last {days} days ago.", days=figures.count(days))


def speak_of(card: dict[str, Any], zone: str) -> SpeakView:
    """Return whether one more marketing mail would be right now, and why; asked in the order in which `decide` asks."""
    marketing = [one for one in card["consents"] if one["purpose"] == "marketing" and one["channel"] == "email"]
    never = _never(card, marketing)
    if never is not None:
        return never
    if card["planned"]:
        soonest = card["planned"][0]
        title, at = title_in(soonest["title"], soonest["journey"]), figures.moment(soonest["due_at"], zone)
        why = _("“{title}” goes out on {at}, not earlier.", title=title, at=at)
        return SpeakView("wait", _("A message is on its way"), why)
    if card["is_capped"]:
        return SpeakView("wait", _("Not today"), reason_sentence("capped"))
    basis = next((one for one in marketing if one["status"] == "granted"), None)
    if basis is None:
        return SpeakView("yes", _("You may write to them"), "")
    day = figures.day(basis["recorded_at"], zone)
    since = _("Since {day}: {basis}.", day=day, basis=_basis(basis["basis"]))
    return SpeakView("yes", _("You may write to them"), since)


def _never(card: dict[str, Any], marketing: list[dict[str, Any]]) -> SpeakView | None:
    """Return what keeps every marketing mail from them: no address, no consent, a refusal, a suppression."""
    address = card["traits"].get("email") or ""
    if not address:
        return SpeakView("no", _("No mail can reach them"), _("No address is known."))
    holds = next((one["holds"] for one in marketing if one["holds"] is not None), None)
    if holds is None:
        why = _("Nobody has noted that they allow it. Ask them at the next purchase.")
        return SpeakView("no", _("Do not write yet"), why)
    if holds != "granted":
        return SpeakView("no", _("Do not write"), _("They do not want news and offers. Messages about orders may go."))
    stops = (one for one in card["suppressions"] if one["purpose"] in {"*", "marketing"} and one["address"] == address)
    stopped = next(stops, None)
    return None if stopped is None else SpeakView("no", _("Do not write"), reason_sentence(stopped["reason"]))


def scores_of(ranked: dict[str, Any] | None) -> tuple[ScoreView, ...]:
    """Return the three scores in words; none for whoever has none."""
    if ranked is None or ranked["recency_score"] is None:
        return ()
    asked = ((_RECENCY, "recency_score"), (_FREQUENCY, "frequency_score"), (_MONETARY, "monetary_score"))
    return tuple(ScoreView(_(words[ranked[name]]), ranked[name]) for words, name in asked)


def title_in(titles: dict[str, str], name: str) -> str:
    """Return a title in the language that is spoken now, else the name."""
    return titles.get(current_language()) or name


def _figures(ranked: dict[str, Any] | None, currency: str, zone: str) -> tuple[tuple[str, str, str], ...]:
    if ranked is None:
        return ()
    orders, revenue = ranked["orders"], ranked["revenue"]
    rank = rank_of(ranked["rank"]) if ranked["rank"] else figures.UNKNOWN
    decile = "" if ranked["decile"] is None else _("decile {decile} of 10", decile=ranked["decile"])
    since = figures.day(ranked["first_order_at"], zone)
    return (
        (_("Rank"), rank, decile),
        (_("Orders"), figures.count(orders), _("since {day}", day=since)),
        (_("Bought in all"), figures.money(revenue, currency), ""),
        (_("An order, on average"), figures.money(round(revenue / max(orders, 1)), currency), ""),
    )


def _times(orders: int) -> str:
    return _("once") if orders == 1 else _("in {count} orders", count=figures.count(orders))


def _basis(basis: str | None) -> str:
    return _(_BASES[basis]) if basis in _BASES else str(basis or "")


def _consent(one: dict[str, Any], zone: str) -> ConsentView:
    status = _STATUSES.get(one["status"], one["status"])
    proof = [f"{name}: {value}" for name, value in one["proof"].items() if isinstance(value, str | int | float)]
    return ConsentView(
        about=_("{purpose} by {channel}", purpose=purpose(one["purpose"]), channel=channel(one["channel"])),
        status=_(status),
        kind=one["status"],
        basis=_basis(one["basis"]),
        reason=one["reason"]
        or ("" if one["is_usable"] else _("The reason that the law asks for is missing: it allows nothing.")),
        day=figures.day(one["recorded_at"], zone),
        proof=_(", ").join([one["source"], *proof][:5]),
        is_effective=one["holds"] == one["status"],
    )


def _suppression(one: dict[str, Any], zone: str) -> str:
    scope = _("every message") if one["purpose"] == "*" else purpose(one["purpose"])
    why = reason_sentence(one["reason"])
    return _(
        "{address} ({scope}), since {day}: {why}",
        address=one["address"],
        scope=scope,
        day=figures.day(one["since_at"], zone),
        why=why,
    )


def _walk(one: dict[str, Any], zone: str) -> LinkedView:
    if one["status"] == "active":
        note = _("since {day}", day=figures.day(one["entered_at"], zone))
        if one["arm"] == "held_out":
            note = _("held out to measure the effect")
        elif one["due_at"] is not None:
            note = _("goes on {at}", at=figures.moment(one["due_at"], zone))
    else:
        note = outcome(one["outcome"])
    return LinkedView(
        title=title_in(one["title"], one["journey"]), url=f"/scenarios/{one['journey']}", note=note,
        is_over=one["status"] != "active",
    )  # fmt: skip


def _why(one: dict[str, Any], zone: str) -> WhyView:
    is_sent = one["outcome"] == "send" and one["state"] in {"sent", "queued", "sending"}
    return WhyView(
        at=figures.moment(one["decided_at"], zone),
        title=title_in(one["title"], one["journey"]),
        story=story(one, zone, current_language()),
        is_silent=not is_sent,
    )
