"""What can be wrong with the definition of a scenario; every sentence names the place."""

from typing import ClassVar

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_


class JourneyInvalid(TenshuError):
    """A definition that is no scenario; `path` says where."""

    template: ClassVar[str] = N_("The scenario cannot be read at {path}: {problem}. See the JSON Schema of scenarios.")


class UnknownStep(JourneyInvalid):
    """A step leads to a step that is not there."""

    template = N_('{path} leads to the step "{step}", which does not exist. The steps are: {steps}.')


class UnreachableStep(JourneyInvalid):
    """Nobody can ever come to a step."""

    template = N_('Nobody can reach the step "{step}" ({path}). Lead to it from another step, or remove it.')


class EndlessCircle(JourneyInvalid):
    """Steps lead round in a circle without ever waiting."""

    template = N_("The steps {steps} lead round in a circle without a wait ({path}). Put a wait in between.")


class SharesNotWhole(JourneyInvalid):
    """The shares of a split are not the whole."""

    template = N_("The shares of the split at {path} add up to {total}; they must add up to 1.")


class ArmTwice(JourneyInvalid):
    """Two arms of a split have the same name."""

    template = N_('The split at {path} has more than one arm named "{arm}". Give each its own name.')


class WaitOfNothing(JourneyInvalid):
    """A wait that waits for nothing."""

    template = N_("The wait at {path} has no length. Give days, hours or a time of the day.")


class WaitTooShort(JourneyInvalid):
    """A wait that is over before anybody could notice it."""

    template = N_(
        "The wait at {path} lasts {hours} hours, which is less than a minute. "
        "Give at least 0.02 hours, or days or a time of the day."
    )


class DayUnusable(JourneyInvalid):
    """A day that is in no calendar, or so far away that nobody can reckon with it."""

    template = N_(
        '{path} names the day "{given}", which is in no calendar or not between the years {first} and {last}. '
        "Give a day such as 2026-04-01."
    )


class OutcomeReserved(JourneyInvalid):
    """An outcome with a name that tenshu itself gives."""

    template = N_(
        'The outcome "{outcome}" at {path} is a word of tenshu itself for a walk that it ends ({reserved}); '
        "messages still queued would be cancelled. Choose another word, such as done."
    )


class UnknownChannel(JourneyInvalid):
    """A sending step by a channel that tenshu does not have."""

    template = N_(
        'The step at {path} sends by "{channel}", a channel that tenshu does not have. The channels are: {channels}.'
    )


class TitleMissing(JourneyInvalid):
    """A scenario that people cannot recognise in their language."""

    template = N_("The scenario has no title at {path}. Give one in ja, in en, or both.")


class ConditionInvalid(JourneyInvalid):
    """A condition inside the scenario cannot be read."""

    template = N_("The condition at {path} cannot be read: {problem}")
