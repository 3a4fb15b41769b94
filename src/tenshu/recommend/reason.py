"""Say why something is suggested."""

from typing import Final

from tenshu.kit.i18n import N_, _

BOUGHT_TOGETHER: Final = "bought_together"
POPULAR: Final = "popular"

_SENTENCES: Final = {
    BOUGHT_TOGETHER: N_("Often bought together with {name}"),
    POPULAR: N_("Popular now"),
}


def reason_sentence(reason: str, because_name: str | None, language: str | None = None) -> str:
    """Return why, in the reader's language; it stands in messages to customers too.

    >>> reason_sentence("bought_together", "green tea", "en")
    'Often bought together with green tea'
    """
    return _(_SENTENCES[reason], language, name=because_name or "")
