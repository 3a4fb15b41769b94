"""What is set, as sentences: the form edits the sentence."""

from datetime import datetime
from typing import Final

from babel import Locale
from babel.dates import get_timezone_location

from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import EACH, Cap, Policy, QuietHours
from tenshu.deliver.channels.email.advice import domain_of
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import Limits, Pace
from tenshu.deliver.standstill import Standstill
from tenshu.kit.i18n import N_, _, _n, current_language
from tenshu.web.console.figures import count, joined, moment
from tenshu.web.console.settings.about_sending import is_edited

DEFAULTS: Final = ShopSettings()
_TLS: Final = {
    "none": N_("not encrypted"),
    "starttls": N_("encrypted by STARTTLS"),
    "tls": N_("encrypted by TLS"),
}
_LANGUAGES: Final = {"ja": N_("Japanese"), "en": N_("English")}


def identity_sentence(shop: ShopSettings) -> str:
    """Say who the shop is, or what is missing."""
    if not (shop.postal_address and shop.contact):
        return _("Name, postal address or contact is missing. The law asks for them in every marketing mail.")
    given = {"name": shop.name, "address": shop.postal_address, "contact": shop.contact}
    return _("{name}, {address}. Questions go to {contact}.", **given)


def place_sentence(shop: ShopSettings) -> str:
    """Say where and when the shop is."""
    given = {
        "zone": zone_name(shop.zone),
        "currency": currency_name(shop.currency),
        "language": _(_LANGUAGES.get(shop.language, shop.language)),
    }
    return _("Time of {zone}, amounts in {currency}, written in {language}.", **given)


def zone_name(zone: str) -> str:
    """Call a time zone by its place.

    >>> zone_name("Europe/London")
    'London (Europe/London)'
    """
    try:
        place = get_timezone_location(zone, locale=current_language(), return_city=True)
    except LookupError:
        return zone
    return f"{place} ({zone})"


def currency_name(code: str) -> str:
    """Call a currency by its name.

    >>> currency_name("JPY")
    'Japanese Yen (JPY)'
    """
    name = Locale(current_language()).currencies.get(code)
    return f"{name} ({code})" if name else code


def sender_sentence(shop: ShopSettings) -> str:
    """Say from whom the mails are, or that it is not said yet."""
    if not domain_of(shop.sender_email):
        return _("It is not said yet from which address the mails come.")
    name = shop.sender_name or shop.name
    return _('Mails come from "{name}" <{email}>.', name=name, email=shop.sender_email)


def links_sentence(shop: ShopSettings) -> str:
    """Say where links in mails lead, or that customers cannot follow them yet."""
    if shop.public_url == DEFAULTS.public_url:
        return _("The links in mails lead to this machine only: customers cannot follow them yet.")
    return _("The links in mails lead through {url}.", url=shop.public_url)


def server_sentence(smtp: SmtpSettings, *, is_set: bool) -> str:
    """Say how mail goes out, or that it is not said yet."""
    if not is_set:
        return _("No mail server is set yet, so nothing can go out.")
    given = {"host": smtp.smtp_host, "port": smtp.smtp_port, "tls": _(_TLS[smtp.smtp_tls])}
    if smtp.smtp_username:
        return _("Mail goes out through {host}, port {port}, {tls}, as {user}.", user=smtp.smtp_username, **given)
    return _("Mail goes out through {host}, port {port}, {tls}, without a login.", **given)


def limits_sentence(limits: Limits) -> str:
    """Say how much the provider takes."""
    if limits.per_hour is None and limits.per_day is None:
        return _("No limit of the mail provider is set: what is due goes out at once.")
    if limits.per_day is None:
        return _n(
            "At most {hour} mail an hour goes out.",
            "At most {hour} mails an hour go out.",
            count(limits.per_hour or 0),
            hour=count(limits.per_hour or 0),
        )
    if limits.per_hour is None:
        return _n(
            "At most {day} mail in 24 hours goes out.",
            "At most {day} mails in 24 hours go out.",
            count(limits.per_day),
            day=count(limits.per_day),
        )
    given = {"hour": count(limits.per_hour), "day": count(limits.per_day)}
    return _("At most {hour} mails an hour and {day} in 24 hours go out.", **given)


def pace_sentence(pace: Pace, zone: str, now: datetime) -> str:
    """Say how much has gone, and when the next may go once a limit is reached."""
    gone = _(
        "{hour} went in the last hour, {day} in the last 24 hours.",
        hour=count(pace.last_hour),
        day=count(pace.last_day),
    )
    if pace.next_at is None or pace.next_at <= now:
        return gone
    return joined(gone, _("The limit is reached; the next may go on {when}.", when=moment(pace.next_at, zone)))


def cap_sentence(cap: Cap) -> str:
    """Say one cap.

    >>> cap_sentence(Cap(limit=3, days=7, channel="email", purpose="marketing"))
    'Marketing mails to one person: at most 3 in 7 days.'
    """
    if cap.hours is not None:
        window = _n("in an hour", "in {hours} hours", cap.hours, hours=cap.hours)
    else:
        window = _("a day") if cap.days == 1 else _("in {days} days", days=cap.days)
    what = _("Marketing mails") if cap.purpose == "marketing" else _("Mails") if cap.purpose is None else cap.purpose
    given = {"limit": count(cap.limit), "what": what, "window": window}
    if cap.journey == EACH:
        return _("{what} to one person from any one scenario: at most {limit} {window}.", **given)
    if cap.journey is not None:
        return _("{what} to one person from {journey}: at most {limit} {window}.", journey=cap.journey, **given)
    return _("{what} to one person: at most {limit} {window}.", **given)


def quiet_sentence(quiet: QuietHours | None) -> str:
    """Say when nobody is written to.

    >>> quiet_sentence(QuietHours(start="21:00", end="08:00"))
    "Nothing goes out from 21:00 to 8:00 of the customer's day; it waits for the morning."
    """
    if quiet is None:
        return _("Mails may go out at any hour.")
    given = {"start": _hour(quiet.start), "end": _hour(quiet.end)}
    if quiet.end_time <= quiet.start_time:
        return _("Nothing goes out from {start} to {end} of the customer's day; it waits for the morning.", **given)
    return _("Nothing goes out from {start} to {end} of the customer's day; it waits until then.", **given)


def rhythm_sentence(policy: Policy) -> str:
    """Say how often and when customers are written to."""
    edited = [cap for cap in policy.caps if is_edited(cap)]
    plain = {cap.days: cap.limit for cap in edited}
    is_usual = len(plain) == len(edited) == 2  # one a day and one a week; more of them are said one by one
    caps = [cap_sentence(cap) for cap in policy.caps if not (is_usual and is_edited(cap))]
    if is_usual:
        given = {"day": count(plain[1]), "week": count(plain[7])}
        caps = [_("Marketing mails to one person: at most {day} a day and {week} in 7 days.", **given), *caps]
    said = caps or [_("How often a person is written to is not limited.")]
    return joined(*said, quiet_sentence(policy.quiet_hours))


def sending_sentence(paused: Standstill | None, zone: str) -> str:
    """Say whether anything goes out."""
    if paused is None:
        return _("Sending is on: what is due goes out.")
    return joined(paused.text(), _("Nothing goes out since {when}.", when=moment(paused.since, zone)))


def _hour(text: str) -> str:
    return text.removeprefix("0")
