"""The words that conditions use on the screen: events, fields, traits, scores and ranks."""

from typing import Final

from tenshu.kit.i18n import N_, _

EVENTS: Final = {
    "order_completed": N_("placed an order"),
    "product_purchased": N_("bought a product"),
    "product_returned": N_("returned a product"),
    "product_given": N_("was given a product"),
    "order_adjusted": N_("had an order corrected"),
    "email_sent": N_("was sent an e-mail"),
    "email_opened": N_("opened an e-mail"),
    "email_clicked": N_("clicked in an e-mail"),
    "email_bounced": N_("had an e-mail bounce"),
    "email_complained": N_("complained about an e-mail"),
    "unsubscribed": N_("unsubscribed"),
    "consent_recorded": N_("stated a consent"),
    "customer_described": N_("told about themselves"),
    "journey_entered": N_("entered a scenario"),
    "journey_left": N_("left a scenario"),
}

FIELDS: Final = {
    "amount": N_("amount"),
    "lines": N_("number of lines"),
    "order_no": N_("order number"),
    "source": N_("source of the data"),
    "quantity": N_("quantity"),
    "unit_price": N_("unit price"),
    "product_id": N_("product code"),
    "description": N_("product name"),
    "is_goods": N_("is goods"),
    "journey": N_("scenario"),
    "step": N_("step"),
    "link": N_("link"),
    "url": N_("link address"),
    "reason": N_("reason"),
    "by": N_("reacted by"),
}

TRAITS: Final = {
    "customer_no": N_("customer number"),
    "full_name": N_("full name"),
    "last_name": N_("last name"),
    "first_name": N_("first name"),
    "name_kana": N_("name in kana"),
    "email": N_("e-mail address"),
    "phone": N_("phone number"),
    "postal_code": N_("postal code"),
    "prefecture": N_("prefecture"),
    "address": N_("address"),
    "country": N_("country"),
    "birthday": N_("birthday"),
    "sex": N_("sex"),
    "company": N_("company"),
    "language": N_("language"),
    "zone": N_("time zone"),
    "joined_on": N_("joined on"),
}

#: Traits that tenshu notes itself: they can be asked for, and nobody greets anybody by them.
NOTED: Final = {"email_form": N_("kind of e-mail address")}

RANKED_BY: Final = {
    "rfm.recency": N_("recency score"),
    "rfm.frequency": N_("frequency score"),
    "rfm.monetary": N_("monetary score"),
    "decile": N_("decile"),
    "rank": N_("rank"),
}

RANKS: Final = {
    "best": N_("best customers"),
    "loyal": N_("loyal customers"),
    "regular": N_("regular customers"),
    "trial": N_("trial customers"),
    "dormant": N_("dormant customers"),
}

COMPARISONS: Final = {
    "is": N_("{name} is {value}"),
    "is_not": N_("{name} is known and not {value}"),
    "one_of": N_("{name} is one of {value}"),
    "contains": N_("{name} contains {value}"),
    "starts": N_("{name} starts with {value}"),
    "ends": N_("{name} ends with {value}"),
    "gt": N_("{name} is more than {value}"),
    "gte": N_("{name} is at least {value}"),
    "lt": N_("{name} is less than {value}"),
    "lte": N_("{name} is at most {value}"),
}

TIMES: Final = {
    "is": N_("exactly {count} times"),
    "is_not": N_("other than {count} times"),
    "gt": N_("more than {count} times"),
    "gte": N_("at least {count} times"),
    "lt": N_("less than {count} times"),
    "lte": N_("at most {count} times"),
}

#: The same of one time, where a language has words of its own for it: English.
ONCE: Final = {
    "is": "exactly once",
    "is_not": "other than once",
    "gt": "more than once",
    "gte": "at least once",
    "lt": "less than once",
    "lte": "at most once",
}


def trait_name(name: str, language: str | None = None) -> str:
    """Return what a trait is called; one of the shop's own is called as it is.

    >>> trait_name("joined_on", "en"), trait_name("shoe_size", "en")
    ('joined on', 'shoe_size')
    """
    words = TRAITS.get(name) or NOTED.get(name)
    return name if words is None else _(words, language)
