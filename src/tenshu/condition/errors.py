"""Why a condition cannot be read, in sentences that name the place."""

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_


class ConditionUnreadable(TenshuError):
    """It does not follow the grammar."""

    template = N_(
        "The condition cannot be read at {path}: {reason}. The JSON Schema of conditions says what may stand there."
    )


class ConditionTooLarge(TenshuError):
    """It is deeper or longer than anybody could read."""

    template = N_(
        "The condition has {nodes} parts, {depth} levels deep; up to {most_nodes} parts "
        "and {most_depth} levels "
        "are allowed. Split it into several."
    )


class ComparisonUnfit(TenshuError):
    """A comparison that the value or the field cannot bear."""

    template = N_('At {path}, "{cmp}" with {value} cannot be asked of "{field}". It can be asked with {allowed}.')


class FieldUnknown(TenshuError):
    """An event with typed fields has no such field."""

    template = N_('At {path}, the event "{event}" has no field "{field}". It has: {allowed}.')


class WindowUnclear(TenshuError):
    """A window that says nothing, or two things at once."""

    template = N_(
        "At {path}, the period is not clear. Give one of within.days, within.hours, or between with from, to or both "
        "(from not after to)."
    )


class RankUnknown(TenshuError):
    """A score, decile or rank that does not exist."""

    template = N_('At {path}, "{by}" cannot be {value}. It can be: {allowed}.')
