"""How mail leaves the shop: its provider's server, how much that takes, how often and when customers are written to."""

from typing import Any, Final

import msgspec

from tenshu.content.shop_values import is_port
from tenshu.decide.policy import Cap, Policy, QuietHours
from tenshu.deliver.channels.email.connection import LOOPBACK
from tenshu.deliver.channels.email.settings import SmtpSettings
from tenshu.deliver.limits import LimitRefused, parse_limit
from tenshu.kit.i18n import _
from tenshu.web.console.settings.form import Form, Kept, Section, Typed, narrow

DEFAULTS: Final = SmtpSettings()
_SMTP: Final = ("smtp_host", "smtp_port", "smtp_tls", "smtp_username", "smtp_password")
_DAY, _WEEK = 1, 7
#: More marketing mails than this a day or week are nobody's wish.
_MOST_A_DAY: Final = 10
_MOST_A_WEEK: Final = 50


def _load_server(kept: Kept) -> dict[str, str]:
    if "smtp" not in kept.saved:
        return {"smtp_host": "", "smtp_port": "587", "smtp_tls": "starttls", "smtp_username": "", "smtp_password": ""}
    smtp = kept.smtp
    return {
        "smtp_host": smtp.smtp_host,
        "smtp_port": str(smtp.smtp_port),
        "smtp_tls": smtp.smtp_tls,
        "smtp_username": smtp.smtp_username,
        "smtp_password": "",  # never shown, whoever asks
    }


def _read_server(typed: Typed, kept: Kept) -> Form:
    form = Form(values={name: narrow(typed[name]) for name in _SMTP[:-1]} | {"smtp_password": ""})
    host, username, password = form.value("smtp_host"), form.value("smtp_username"), typed["smtp_password"].strip()
    if not host or any(letter in " /@:" or not letter.isprintable() for letter in host):
        form.errors["smtp_host"] = _("Write only the server's name, such as sv1234.xserver.jp or smtp.gmail.com.")
    if not is_port(form.value("smtp_port")):
        form.errors["smtp_port"] = _("Write a number; mostly it is 587 (STARTTLS) or 465 (TLS).")
    if form.value("smtp_tls") not in {"none", "starttls", "tls"}:
        form.errors["smtp_tls"] = _("Choose one of the three.")
    if not password and username and not _is_same(form, kept.smtp):
        form.errors["smtp_password"] = _(
            "Write the password again: the saved one is only for the server it was given for."
        )
    if username and form.value("smtp_tls") == "none" and host not in LOOPBACK:
        form.errors["smtp_tls"] = _("A password is never sent in the open: choose STARTTLS (587) or TLS (465).")
    if form.is_good:
        secret = (password or kept.smtp.smtp_password) if username else ""
        said: dict[str, Any] = {name: form.value(name) for name in _SMTP} | {"smtp_password": secret}
        form.change("smtp", **said | {"smtp_port": int(form.value("smtp_port"))})
    return form


def _is_same(form: Form, smtp: SmtpSettings) -> bool:
    """Say whether the saved password belongs to what the form names: it must not be sent to anybody else."""
    asked = (form.value("smtp_host").lower(), form.value("smtp_port"), form.value("smtp_username"))
    known = (smtp.smtp_host.lower(), str(smtp.smtp_port), smtp.smtp_username)
    return bool(smtp.smtp_password) and asked == known and form.value("smtp_tls") == smtp.smtp_tls


def smtp_of(form: Form) -> SmtpSettings:
    """Return the server of a form that is good."""
    return msgspec.convert(form.changes["smtp"], SmtpSettings)


def _load_provider(kept: Kept) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in msgspec.structs.asdict(kept.limits).items()}


def _read_provider(typed: Typed, _kept: Kept) -> Form:
    form = Form(values={name: narrow(typed[name]) for name in ("per_hour", "per_day")})
    read: dict[str, int | None] = {"per_hour": None, "per_day": None}
    for name in read:
        try:
            read[name] = parse_limit(name, form.value(name))
        except LimitRefused:
            form.errors[name] = _("Write a whole number, such as 500, or leave it empty when there is no limit.")
    hour, day = read["per_hour"], read["per_day"]
    if hour is not None and day is not None and hour > day:
        form.errors["per_hour"] = _("An hour cannot take more than the day ({day}).", day=day)
    form.change("limits", **read)
    return form


def is_plain(cap: Cap, days: int) -> bool:
    """Say whether the cap is the one about all marketing mail in so many days, which the form edits."""
    return cap.days == days and cap.channel == "email" and cap.purpose == "marketing" and cap.journey is None


def is_edited(cap: Cap) -> bool:
    """Say whether the form edits this cap; others were set by other ways and stay."""
    return is_plain(cap, _DAY) or is_plain(cap, _WEEK)


def _load_rhythm(kept: Kept) -> dict[str, str]:
    policy = kept.policy
    by_days = {days: next((cap.limit for cap in policy.caps if is_plain(cap, days)), None) for days in (_DAY, _WEEK)}
    quiet = policy.quiet_hours
    return {
        "cap_day": "" if by_days[_DAY] is None else str(by_days[_DAY]),
        "cap_week": "" if by_days[_WEEK] is None else str(by_days[_WEEK]),
        "quiet_from": quiet.start if quiet else "",
        "quiet_until": quiet.end if quiet else "",
    }


def _read_rhythm(typed: Typed, kept: Kept) -> Form:
    form = Form(values={name: narrow(typed[name]) for name in ("cap_day", "cap_week", "quiet_from", "quiet_until")})
    caps = [_cap(form, name, days, most) for name, days, most in _RHYTHM]
    start, end = form.value("quiet_from"), form.value("quiet_until")
    for name in ("quiet_from", "quiet_until"):
        if form.value(name) and not _is_time(form.value(name)):
            form.errors[name] = _("Write a time of day, such as 21:00.")
    if bool(start) != bool(end):
        form.errors["quiet_until" if start else "quiet_from"] = _("Give both times, or leave both empty.")
    if start and start == end:
        form.errors["quiet_until"] = _("Both times are the same. Leave both empty when every hour is fine.")
    if form.is_good:
        others = [cap for cap in kept.policy.caps if not is_edited(cap)]
        quiet = QuietHours(start=start, end=end) if start else None
        policy = Policy(caps=(*[cap for cap in caps if cap is not None], *others), quiet_hours=quiet)
        form.change("policy", **msgspec.to_builtins(policy))
    return form


_RHYTHM: Final = (("cap_day", _DAY, _MOST_A_DAY), ("cap_week", _WEEK, _MOST_A_WEEK))


def _cap(form: Form, name: str, days: int, most: int) -> Cap | None:
    text = form.value(name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) <= most):
        form.errors[name] = _("Write a whole number from 0 to {most}, or leave it empty for no cap.", most=most)
        return None
    return Cap(limit=int(text), days=days, channel="email", purpose="marketing")


def _is_time(text: str) -> bool:
    hour, colon, minute = text.partition(":")
    is_written = colon == ":" and len(hour) == len(minute) == 2 and (hour + minute).isascii()
    return is_written and (hour + minute).isdecimal() and int(hour) < 24 and int(minute) < 60


SERVER: Final = Section(name="server", fields=_SMTP, load=_load_server, read=_read_server)
PROVIDER: Final = Section(name="provider", fields=("per_hour", "per_day"), load=_load_provider, read=_read_provider)
RHYTHM: Final = Section(
    name="rhythm", fields=("cap_day", "cap_week", "quiet_from", "quiet_until"), load=_load_rhythm, read=_read_rhythm
)
