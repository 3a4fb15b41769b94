"""The shop as its customers and the law see it: who it is, where and when it is, how its letters are signed."""

from typing import Final

from tenshu.content.shop import ShopSettings
from tenshu.content.shop_values import is_address, is_currency, is_domain, is_url, is_zone
from tenshu.kit.i18n import LANGUAGES, _
from tenshu.web.console.settings.form import Form, Kept, Section, Typed, narrow, plain

DEFAULTS: Final = ShopSettings()
_LONGEST_NAME: Final = 80
_LONGEST: Final = 300


def _load_identity(kept: Kept) -> dict[str, str]:
    name = "" if kept.shop.name == DEFAULTS.name else kept.shop.name
    return {"name": name, "postal_address": kept.shop.postal_address, "contact": kept.shop.contact}


def _read_identity(typed: Typed, _kept: Kept) -> Form:
    form = Form(values={name: plain(typed[name]) for name in ("name", "postal_address", "contact")})
    wanted = {
        "name": _("Write the name that your customers know you by. It stands in every mail."),
        "postal_address": _("Write where post reaches the shop. The law asks for it in every marketing mail."),
        "contact": _("Write a telephone number, a mail address or the address of a contact page for questions."),
    }
    for name, advice in wanted.items():
        if not form.value(name):
            form.errors[name] = advice
    for name, most in (("name", _LONGEST_NAME), ("postal_address", _LONGEST), ("contact", _LONGEST)):
        _keep_short(form, name, most)
    form.change("shop", **form.values)
    return form


def _load_place(kept: Kept) -> dict[str, str]:
    return {"zone": kept.shop.zone, "currency": kept.shop.currency, "language": kept.shop.language}


def _read_place(typed: Typed, _kept: Kept) -> Form:
    form = Form(values={name: typed[name].strip() for name in ("zone", "currency", "language")})
    if not is_zone(form.value("zone")):
        form.errors["zone"] = _("Choose one of the time zones in the list.")
    if not is_currency(form.value("currency")):
        form.errors["currency"] = _("Choose one of the currencies in the list.")
    if form.value("language") not in LANGUAGES:
        form.errors["language"] = _("Choose Japanese or English.")
    form.change("shop", **form.values)
    return form


def _load_sender(kept: Kept) -> dict[str, str]:
    shop = kept.shop
    return {
        "sender_name": shop.sender_name,
        "sender_email": "" if shop.sender_email == DEFAULTS.sender_email else shop.sender_email,
        "bounce_domain": "" if shop.bounce_domain == DEFAULTS.bounce_domain else shop.bounce_domain,
    }


def _read_sender(typed: Typed, _kept: Kept) -> Form:
    form = Form(values={name: plain(narrow(typed[name])) for name in ("sender_email", "bounce_domain")})
    form.values["sender_name"] = plain(typed["sender_name"])
    email, domain = form.value("sender_email"), form.value("bounce_domain").lower().removeprefix("@")
    if not is_address(email) or email == DEFAULTS.sender_email:
        form.errors["sender_email"] = _("Write one mail address of yours, such as info@hanaya.jp.")
    elif not domain:
        domain = email.rpartition("@")[2]
    if domain and not is_domain(domain):
        form.errors["bounce_domain"] = _("Write only a domain, such as bounce.hanaya.jp, or leave it empty.")
    _keep_short(form, "sender_name", _LONGEST_NAME)
    form.change("shop", sender_name=form.value("sender_name"), sender_email=email, bounce_domain=domain)
    return form


def _load_links(kept: Kept) -> dict[str, str]:
    shop = kept.shop
    return {
        "public_url": "" if shop.public_url == DEFAULTS.public_url else shop.public_url,
        "home_url": "" if shop.home_url == DEFAULTS.home_url else shop.home_url,
    }


def _read_links(typed: Typed, _kept: Kept) -> Form:
    form = Form(values={name: narrow(typed[name]).rstrip("/") for name in ("public_url", "home_url")})
    for name in ("public_url", "home_url"):
        if form.value(name) and not is_url(form.value(name)):
            form.errors[name] = _("Write an address as in a browser, such as https://www.hanaya.jp, or leave it empty.")
    form.change("shop", **{name: value or getattr(DEFAULTS, name) for name, value in form.values.items()})
    return form


def _keep_short(form: Form, name: str, most: int) -> None:
    given = len(form.value(name))
    if given > most:
        form.errors[name] = _("At most {most} characters; these are {given}.", most=most, given=given)


IDENTITY: Final = Section(
    name="identity", fields=("name", "postal_address", "contact"), load=_load_identity, read=_read_identity
)
PLACE: Final = Section(name="place", fields=("zone", "currency", "language"), load=_load_place, read=_read_place)
SENDER: Final = Section(
    name="sender", fields=("sender_name", "sender_email", "bounce_domain"), load=_load_sender, read=_read_sender
)
LINKS: Final = Section(name="links", fields=("public_url", "home_url"), load=_load_links, read=_read_links)
