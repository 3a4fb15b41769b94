"""Make the message of each person: template, profile and shop in, bytes out."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from tenshu.content.shop import ShopSettings
from tenshu.content.template import CompiledTemplate, TemplateSource, compile_template
from tenshu.deliver.channel import Outgoing
from tenshu.deliver.channels.email.letter import Letter, compose, legal_footer
from tenshu.deliver.links import LinkPayload, Signer, track_links
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

Row = Mapping[str, Any]


class TemplateGone(TenshuError):
    """A message is to be made from a template that is not there."""

    template = N_('There is no template "{template}". There are: {known}.')


class Renderer:
    """Renders e-mails of one shop; templates are compiled once.

    Args:
        shop: what the shop says about itself.
        signer: signs links.
        templates: by name.
    """

    def __init__(self, shop: ShopSettings, signer: Signer, templates: Mapping[str, TemplateSource]) -> None:
        self.shop = shop
        self.signer = signer
        self.templates = templates
        self._compiled: dict[tuple[str, str], CompiledTemplate] = {}

    def compiled(self, name: str, language: str) -> CompiledTemplate:
        """Return the template ready to render in that language.

        Raises:
            TemplateGone: the shop has no template of that name.
        """
        if name not in self.templates:
            raise TemplateGone(template=name, known=", ".join(sorted(self.templates)) or "-")
        key = (name, language)
        if key not in self._compiled:
            self._compiled[key] = compile_template(self.templates[name], language)
        return self._compiled[key]

    def wants(self, names: pl.Series, field: str) -> list[str]:
        """Return those of the templates that use the field, e.g. `recommendations`."""
        return [name for name in names.unique().sort() if field in self._fields(name)]

    def _fields(self, name: str) -> set[str]:
        """Return the first names of what a template uses; one that cannot be read uses nothing."""
        try:
            return {used.split(".")[0] for used in self.compiled(name, self.shop.language).fields()}
        except TenshuError:
            return set()

    def render(self, row: Row, customer: Row, extras: Mapping[str, Any], *, now: datetime) -> Outgoing:
        """Render one message.

        Args:
            row: its row of the outbox.
            customer: the person's traits.
            extras: more fields for the template, plain lists and dicts only.
            now: business time, which becomes the Date.
        """
        language = customer.get("language") or self.shop.language
        enrolment, visit = int(row["enrolment"]), int(row["visit"])
        token = self.signer.sign(LinkPayload(purpose="unsubscribe", enrolment=enrolment, visit=visit))
        unsubscribe_url = f"{self.shop.public_url}/u/{token}"
        footer = legal_footer(self.shop, unsubscribe_url, language)
        context = context_of(self.shop, customer, unsubscribe_url=unsubscribe_url, extras=extras)
        rendered = self.compiled(row["template"], language).render(context)
        html, text = track_links(
            rendered.html,
            rendered.text,
            signer=self.signer,
            enrolment=enrolment,
            visit=visit,
            base_url=self.shop.public_url,
        )
        message_id = self.message_id(enrolment, visit)
        letter = Letter(
            sender_name=self.shop.sender_name or self.shop.name,
            sender_email=self.shop.sender_email,
            recipient=row["address"],
            subject=rendered.subject,
            html=html,
            text=text,
            footer=footer,
            message_id=message_id,
            sent_at=now,
            unsubscribe_url=unsubscribe_url,
            list_id=f"{row['purpose']}.{self.shop.sender_email.rpartition('@')[2]}",
        )
        return Outgoing(
            enrolment=enrolment,
            visit=visit,
            message_id=message_id,
            address=row["address"],
            sender=self.signer.bounce_address(enrolment, visit, self.shop.bounce_domain),
            content=compose(letter),
        )

    def message_id(self, enrolment: int, visit: int) -> str:
        """Return the Message-ID of a message: the same for every attempt, and not to be guessed."""
        key = self.signer.secret
        mark = hmac.new(key, f"message {enrolment} {visit}".encode(), hashlib.sha256).hexdigest()[:16]
        return f"{enrolment}.{visit}.{mark}@{self.shop.sender_email.rpartition('@')[2]}"


def context_of(shop: ShopSettings, customer: Row, *, unsubscribe_url: str, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template sees: plain data about the customer and the shop, and the way out.

    Args:
        shop: what the shop says about itself.
        customer: the person's traits; what is not known is left out.
        unsubscribe_url: where the mails are stopped.
        extras: more fields, plain lists and dicts only.
    """
    about_shop = ("name", "home_url", "public_url", "postal_address", "contact", "currency", "zone")
    return {
        "customer": {name: value for name, value in customer.items() if value is not None},
        "shop": {name: getattr(shop, name) for name in about_shop},
        "unsubscribe_url": unsubscribe_url,
        **extras,
    }
