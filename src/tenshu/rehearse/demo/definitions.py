"""What the demo's owner has set up: the shop, three scenarios, their templates, and the hidden truth.

The scenarios and templates are ordinary files, the same that a shop would write: `journeys/*.json` and
`templates/<name>/<language>.mjml` and `.txt` (its first lines are the subject and the preheader).
"""

from datetime import UTC, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from tenshu.content.shop import ShopSettings
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.journey.definition import Journey, parse_journey
from tenshu.simulate.behaviour import Appeal

#: The last purchase is from 2011-12-09 12:50; the rehearsal begins at the next midnight of the shop.
START_AT: Final = datetime(2011, 12, 10, tzinfo=UTC)
DAYS: Final = 60
ZONE: Final = "Europe/London"
CURRENCY: Final = "GBP"
JOURNEY_NAMES: Final = ("welcome-back", "thanks-to-the-best", "bought-together")

#: The truth that only the simulation knows: a reminder works a little, thanks change nothing that could be
#: seen, fitting goods right after an order some.
APPEALS: Final[dict[str, Appeal]] = {
    "welcome-back": Appeal(
        click_rate=0.20, clicked_buy_rate=0.28, read_buy_rate=0.03, unsubscribe_rate=0.012, complaint_rate=0.005
    ),
    "thanks-to-the-best": Appeal(
        click_rate=0.25, clicked_buy_rate=0.02, read_buy_rate=0.002, unsubscribe_rate=0.003, complaint_rate=0.001
    ),
    "bought-together": Appeal(
        click_rate=0.16, clicked_buy_rate=0.20, read_buy_rate=0.02, unsubscribe_rate=0.008, complaint_rate=0.003
    ),
}


def demo_shop(language: str = "ja") -> ShopSettings:
    """Return the demo's shop; its address and telephone number are invented and say so."""
    return ShopSettings(
        name="てんしゅ雑貨店" if language == "ja" else "Tenshu Gifts",
        postal_address="1 Example Street, Sampleton ZZ99 1AA (invented)",
        contact="+44 20 7946 0999",
        zone=ZONE,
        currency=CURRENCY,
        language=language,
        sender_email="shopkeeper@shop.example.com",
        bounce_domain="bounce.example.com",
        home_url="https://shop.example.com",
    )


def demo_journeys() -> list[Journey]:
    """Return the three scenarios, read and checked like anybody's."""
    return [parse_journey((_here() / "journeys" / f"{name}.json").read_bytes()) for name in JOURNEY_NAMES]


def demo_templates() -> list[TemplateSource]:
    """Return every template of the demo, by name."""
    folders = sorted(
        (entry for entry in (_here() / "templates").iterdir() if entry.is_dir()), key=lambda entry: entry.name
    )
    return [TemplateSource(name=folder.name, languages=_languages(folder)) for folder in folders]


def _languages(folder: Traversable) -> dict[str, TemplateText]:
    return {
        language: _template_text(
            (folder / f"{language}.txt").read_text("utf-8"), mjml=(folder / f"{language}.mjml").read_text("utf-8")
        )
        for language in ("ja", "en")
    }


def _template_text(written: str, *, mjml: str) -> TemplateText:
    subject, preheader, _, text = written.split("\n", 3)
    return TemplateText(
        subject=subject.removeprefix("Subject: "),
        preheader=preheader.removeprefix("Preheader: "),
        mjml=mjml,
        text=text,
    )


def _here() -> Traversable:
    return resources.files("tenshu.rehearse.demo")
