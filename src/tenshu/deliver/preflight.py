"""Look over everything before the first real send: what would go out, from whom, to how many, and what could go wrong.

Pure: whoever asks gives what is known, and each check answers with a sentence and what to do. A check *stops* only at
a real fault, something that harms customers or breaks the law (特定電子メール法): a link that leads nowhere, no way
out, a sender that does not exist. Everything else is said, and the person decides.
"""

import html as markup
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from tenshu.content.shop import ShopSettings
from tenshu.deliver.limits import Limits
from tenshu.kit.i18n import _, _n

Level = Literal["ok", "warn", "stop"]

#: More people than this are confirmed by an owner.
MANY: Final = 5_000
#: Fewer than this in the hold-out say nothing about the effect.
FEW_HELD_OUT: Final = 30
#: Names that the rules of the internet keep for examples; no mail reaches anybody there.
_EXAMPLES: Final = ("example.com", "example.net", "example.org", "example", "invalid", "example.jp", "example.co.jp")
_HERE: Final = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - names to warn of, nothing listens
_HREF: Final = re.compile(r"""<a\b[^<>]*?\shref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_IN_TEXT: Final = re.compile(r"(?<![a-z])[a-z]{2,9}://[^\s<>\"、。」)]+", re.IGNORECASE)
_PLACEHOLDERS: Final = re.compile(
    r"\{\{|\}\}|(?<![a-z0-9])x{3,}(?![a-z0-9])|your-?(?:domain|shop|site)|^#?$|ここにURL", re.IGNORECASE
)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at, said in the language that is spoken now.

    Attributes:
        code: what was looked at.
        level: ok; warn = the person decides; stop = it must be put right first.
        said: what was found.
        to_do: what to do about it; empty when nothing.
        where: address of the page where that is done; empty when there is none.
    """

    code: str
    level: Level
    said: str
    to_do: str = ""
    where: str = ""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One template in one language, as one person would get it.

    Attributes:
        template: its name.
        language: ja or en.
        html, text: the two bodies as they leave, sender lines included, links untracked.
        unsubscribe_url: the way out that they must show.
    """

    template: str
    language: str
    html: str
    text: str
    unsubscribe_url: str


def stops(checks: Sequence[Check]) -> bool:
    """Say whether anything must be put right before the first send."""
    return any(check.level == "stop" for check in checks)


def sender_checks(shop: ShopSettings) -> list[Check]:
    """Look at what the law wants in every advertising mail, and at the address it comes from."""
    found = []
    missing = [
        words
        for words, value in (
            (_("the shop's name"), "" if shop.name == ShopSettings().name else shop.name),
            (_("the postal address"), shop.postal_address),
            (_("where to ask and complain"), shop.contact),
        )
        if not value.strip()
    ]
    if missing:
        said = _(
            "The mail does not say: {missing}. The law wants it in every advertising mail.",
            missing=_(", ").join(missing),
        )
        found.append(_stop("sender_lines", said, _("Write it in the settings of the shop."), "/settings/shop"))
    else:
        found.append(_ok("sender_lines", _("Name, postal address and contact stand in every mail.")))
    domain = shop.sender_email.rpartition("@")[2]
    if "@" not in shop.sender_email or _is_example(domain):
        said = _(
            "The sender is {sender}, which is only an example: nobody could answer.", sender=shop.sender_email or "-"
        )
        found.append(_stop("sender", said, _("Set the address that the mails come from."), "/settings/sender"))
    else:
        found.append(_ok("sender", _("The mails come from {sender}.", sender=shop.sender_email)))
    if _host(shop.public_url) in _HERE or not shop.public_url.lower().startswith(("http://", "https://")):
        said = _("The links to unsubscribe lead to {url}, which no customer can open.", url=shop.public_url or "-")
        to_do = _("Set the public address of this program, as customers reach it.")
        found.append(_stop("public_url", said, to_do, "/settings/sender"))
    return found


def link_checks(written: Sequence[Written]) -> list[Check]:
    """Look at every link of the mails, without following any: where could none of them lead?"""
    bad: dict[str, tuple[str, str]] = {}
    count = 0
    for mail in written:
        links = [_bare(found[1]) for found in _HREF.finditer(mail.html)] + _IN_TEXT.findall(mail.text)
        for link in dict.fromkeys(links):
            if link == mail.unsubscribe_url or link.lower().startswith(("mailto:", "tel:")):
                continue
            count += 1
            problem = _problem_of(link)
            if problem:
                bad.setdefault(link, (problem, mail.template))
    checks = [
        _stop(
            "links",
            _("The link “{link}” {problem}.", link=link[:120] or "-", problem=problem),
            _("Correct it in the message."),
            f"/templates/{template}",
        )
        for link, (problem, template) in bad.items()
    ]
    if not checks:
        said = (
            _n("The link is well formed.", "All {count} links are well formed.", count)
            if count
            else _("There is no link in the mail.")
        )
        checks.append(_ok("links", said) if count else Check(code="links", level="warn", said=said))
    return checks


def way_out_checks(written: Sequence[Written]) -> list[Check]:
    """Look whether everybody finds the way out, in both bodies."""
    missing = [
        f"{mail.template} ({mail.language}, {part})"
        for mail in written
        for part, body in (("HTML", mail.html), ("text", mail.text))
        if mail.unsubscribe_url not in body and markup.escape(mail.unsubscribe_url) not in body
    ]
    if missing:
        said = _("There is no link to unsubscribe in: {where}.", where=_(", ").join(missing))
        return [_stop("way_out", said, _("Put the link to unsubscribe into the message."), "/templates")]
    return [_ok("way_out", _("The link to unsubscribe stands in both the designed and the plain mail."))]


def server_checks(*, has_server: bool, tested: Mapping[str, bool]) -> list[Check]:
    """Look whether mail can go out at all, and whether somebody has looked at these very messages.

    Args:
        has_server: whether a mail server is set.
        tested: template -> whether its newest version was sent to somebody of the shop, and taken by the server.
    """
    if not has_server:
        said = _("No mail server is set, so no mail can go out.")
        return [_stop("server", said, _("Set it and test the connection."), "/settings/mail-server")]
    untested = [name for name, was_tested in tested.items() if not was_tested]
    if untested:
        said = _("Nobody has had {templates} as a test yet, as it is now.", templates=_(", ").join(untested))
        return [_stop("test", said, _("Send a test to yourself, and read it."))]
    return [_ok("test", _("A test was sent to yourself, and the mail server took it."))]


def reach_checks(*, entering: int, sent: int, held_out: int, holdout_rate: float, is_by_event: bool) -> list[Check]:
    """Look at how many it reaches and whether its effect can be known."""
    if entering == 0:
        said = (
            _("This happened to nobody in the last 28 days: it may take long until somebody enters.")
            if is_by_event
            else _("Nobody fits at this moment, so nobody would be sent anything.")
        )
        return [_warn("reach", said, _("Look at the segment, or wait for people to come in."))]
    checks = []
    if sent == 0:
        checks.append(_warn("reach", _("Nobody of those who fit would be sent anything; the reasons stand below.")))
    if holdout_rate == 0:
        said = _("Nobody is held out, so you will never know whether it helped.")
        checks.append(_warn("holdout", said, _("Hold 10% out.")))
    elif held_out < FEW_HELD_OUT:
        said = _n(
            "Only {count} person is held out: it will take long until the effect can be known.",
            "Only {count} people are held out: it will take long until the effect can be known.",
            f"{held_out:,}",
        )
        checks.append(_warn("holdout", said))
    else:
        checks.append(
            _ok(
                "holdout",
                _n(
                    "{count} person is held out by lot, so that the effect can be known.",
                    "{count} people are held out by lot, so that the effect can be known.",
                    f"{held_out:,}",
                ),
            )
        )
    return checks


def pace_checks(*, sent: int, limits: Limits, room: int | None, expires_after_hours: float | None) -> list[Check]:
    """Look how long the sending takes at what the provider allows.

    Args:
        sent: how many mails would go out at once.
        limits: the provider's.
        room: how many may go now; None = as many as there are.
        expires_after_hours: when a mail is of no use any more.
    """
    if limits.per_day is None and limits.per_hour is None:
        said = _("No limit of your mail provider is set. Many allow 500 mails a day.")
        return [
            _warn("pace", said, _("Ask your provider and write it in the settings."), "/settings/limits")
            if sent > 500
            else _ok("pace", said)
        ]
    if room is not None and sent <= room:
        return [_ok("pace", _("Your provider's limit leaves room for all of them at once."))]
    hours = hours_to_send(sent, limits)
    said = (
        _n(
            "Your provider's limit stretches it over about an hour.",
            "Your provider's limit stretches it over about {hours} hours.",
            f"{hours:,}",
            hours=f"{hours:,}",
        )
        if hours < 48
        else _("Your provider's limit stretches it over about {days} days.", days=f"{-(-hours // 24):,}")
    )
    if expires_after_hours is not None and hours > expires_after_hours:
        return [_warn("pace", said, _("Mails that would come too late are not sent. Choose fewer people."))]
    return [_warn("pace", said)]


def hours_to_send(mails: int, limits: Limits) -> int:
    """Return about how many hours so many mails take within the limits.

    >>> hours_to_send(1000, Limits(per_day=500)), hours_to_send(90, Limits(per_hour=30, per_day=500))
    (25, 3)
    """
    hours = 0
    if limits.per_hour is not None:
        hours = -(-mails // limits.per_hour)
    if limits.per_day is not None and mails > limits.per_day:
        hours = max(hours, (-(-mails // limits.per_day) - 1) * 24 + 1)
    return max(hours, 1)


def gap_checks(gaps: Mapping[str, int], *, sent: int) -> list[Check]:
    """Look for words of the mail that are empty for part of those who get it.

    Args:
        gaps: field such as customer.last_name -> for how many it is empty.
        sent: how many would get the mail.
    """
    checks = []
    for field, people in gaps.items():
        if people:
            said = _(
                "{field} is empty for {count} of {base} people.", field=field, count=f"{people:,}", base=f"{sent:,}"
            )
            checks.append(_warn("gaps", said, _("See how the message reads without it.")))
    return checks or [_ok("gaps", _("Every word that is merged is known for everybody."))]


def overlap_checks(others: Mapping[str, int], *, sent: int) -> list[Check]:
    """Look who of them is in other scenarios at the same time.

    Args:
        others: title of a scenario -> how many of them are in it.
        sent: how many would get the mail.
    """
    return [
        _warn(
            "overlap",
            _(
                "{count} of {base} are in “{title}” too; the frequency cap may keep one of the two back.",
                count=f"{people:,}",
                base=f"{sent:,}",
                title=title,
            ),
        )
        for title, people in others.items()
        if people
    ]


def copy_checks(remarks: Sequence[tuple[str, str]]) -> list[Check]:
    """Pass on what could be said better: words that were found, and what to say instead."""
    return [
        _warn("copy", _("“{found}” stands in the message.", found=found), better, "/templates")
        for found, better in remarks
    ]


def _problem_of(link: str) -> str:
    """Return what is wrong with a link, to go on a sentence that begins with it; empty when nothing."""
    if _PLACEHOLDERS.search(link):
        return _("is only a placeholder")
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return _("cannot be read as an address")
    if parts.scheme.lower() not in ("http", "https"):
        return _("does not begin with http:// or https://")
    if host in _HERE:
        return _("leads to this very machine, where no customer comes")
    if _is_example(host):
        return _("leads to an example address")
    return "" if "." in host or ":" in host else _("names no host that customers could reach")


def _is_example(host: str) -> bool:
    return any(host.lower() == name or host.lower().endswith(f".{name}") for name in _EXAMPLES)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _bare(attribute: str) -> str:
    bare = attribute[1:-1] if attribute[:1] in "\"'" else attribute
    return markup.unescape(bare).strip()


def _ok(code: str, said: str) -> Check:
    return Check(code=code, level="ok", said=said)


def _warn(code: str, said: str, to_do: str = "", where: str = "") -> Check:
    return Check(code=code, level="warn", said=said, to_do=to_do, where=where)


def _stop(code: str, said: str, to_do: str, where: str = "") -> Check:
    return Check(code=code, level="stop", said=said, to_do=to_do, where=where)
