"""Why somebody is not written to: one code a reason, one sentence a code.

Silence is a decision with a reason, stored like a send. The codes are stored, the sentences are said when
they are read, in the reader's language.
"""

from enum import StrEnum
from typing import Final

from tenshu.kit.i18n import N_, _


class Reason(StrEnum):
    """What keeps a message back, in the order in which it is asked."""

    # When it is decided.
    NO_ADDRESS = "no_address"
    NO_BASIS = "no_basis"
    REFUSED = "refused"
    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    ERASED = "erased"
    MANUAL = "manual"
    CAPPED = "capped"
    EXPIRED = "expired"
    # At the last check, when it is about to be handed over.
    MERGED = "merged"
    PAUSED = "paused"
    LEFT = "left"
    QUIET_HOURS = "quiet_hours"
    REPEATED = "repeated"
    UNPLANNED = "unplanned"
    SKIPPED = "skipped"
    ENDED = "ended"


SENTENCES: Final[dict[Reason, str]] = {
    Reason.NO_ADDRESS: N_("No address is known."),
    Reason.NO_BASIS: N_("There is no consent or other basis for this purpose."),
    Reason.REFUSED: N_("The customer has refused or withdrawn the consent for this purpose."),
    Reason.UNSUBSCRIBED: N_("The customer has unsubscribed."),
    Reason.HARD_BOUNCE: N_("The address does not exist any more: mail to it came back."),
    Reason.SOFT_BOUNCES: N_("Mail to the address came back again and again."),
    Reason.COMPLAINT: N_("The customer has reported a mail as spam."),
    Reason.ERASED: N_("The customer's data were erased on request."),
    Reason.MANUAL: N_("The address was put on the suppression list by hand."),
    Reason.CAPPED: N_("The customer would get more messages than the frequency cap allows."),
    Reason.EXPIRED: N_("The message would come too late to be of use."),
    Reason.MERGED: N_("The customer turned out to be one with another who is in the same scenario."),
    Reason.PAUSED: N_("The scenario is paused."),
    Reason.LEFT: N_("The customer has left the scenario in the meantime."),
    Reason.QUIET_HOURS: N_("It is too late or too early in the day for a message."),
    Reason.REPEATED: N_("The customer has had the same message from this scenario already."),
    Reason.UNPLANNED: N_("Nobody had decided to send it."),
    Reason.SKIPPED: N_("It had been due for too long, and a person chose to skip it."),
    Reason.ENDED: N_("The scenario was ended."),
}

SENT: Final = N_("A message is sent.")
HELD_OUT: Final = N_("Held out to measure the effect; otherwise a message would have been sent.")
HELD_OUT_ANYWAY: Final = N_("Held out to measure the effect; there would have been no message anyway: {reason}")


def sentence(reason: str, language: str | None = None) -> str:
    """Return why, in the language; a code that nobody knows speaks for itself.

    >>> sentence("unsubscribed", "en")
    'The customer has unsubscribed.'
    """
    try:
        return _(SENTENCES[Reason(reason)], language)
    except ValueError:
        return reason


def decision_sentence(outcome: str, reason: str | None, language: str | None = None) -> str:
    """Return what was decided and why: outcome send, held_out or suppressed.

    >>> decision_sentence("held_out", None, "en")
    'Held out to measure the effect; otherwise a message would have been sent.'
    """
    if outcome == "held_out":
        if reason is None:
            return _(HELD_OUT, language)
        return _(HELD_OUT_ANYWAY, language, reason=sentence(reason, language))
    return _(SENT, language) if reason is None else sentence(reason, language)
