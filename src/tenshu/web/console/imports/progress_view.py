"""How far a file is, in words: what is being done, how much is done and how much is left; pure."""

import msgspec

from tenshu.jobs.queue import Job, Step
from tenshu.kit.i18n import _, _n


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says while it waits.

    Attributes:
        title: what is being done.
        words: how much is done and left; empty when nobody knows.
        share: 0..1; None when nobody knows.
        wrong: why it ended; empty while it goes on.
    """

    title: str
    words: str = ""
    share: float | None = None
    wrong: str = ""


def progress_of_job(job: Job, *, title: str, is_behind: bool) -> ProgressView:
    """Return how far a job is.

    Args:
        job: as it stands.
        title: what it does for the page's reader.
        is_behind: whether another job is done first.
    """
    if job.state in {"failed", "cancelled"}:
        wrong = job.error.text() if job.error else _("It was cancelled.")
        return ProgressView(title=title, wrong=wrong)
    if job.state == "waiting":
        said = _("Another long job is being done first.") if is_behind else _("It begins in a moment.")
        return ProgressView(title=title, words=said)
    if job.progress is None:
        return ProgressView(title=title, words=_("It begins in a moment."))
    return _of_step(title, job.progress)


def progress_of_digestion(step: Step | None, facts: int) -> ProgressView:
    """Return how much of an import has gone into the customers' histories.

    Args:
        step: as last told; None = nothing yet.
        facts: how many facts it has.
    """
    title = _("Entering it into your customers' histories")
    if step is None or not facts or step.done > facts:
        return ProgressView(
            title=title, words=_n("{count} fact waits its turn.", "{count} facts wait their turn.", f"{facts:,}")
        )
    if step.done >= facts:
        return ProgressView(title=title, words=_("Everything is entered; ranks and segments follow."), share=1.0)
    return ProgressView(title=title, words=_left(step.done, facts), share=step.done / facts)


def _of_step(title: str, step: Step) -> ProgressView:
    if not step.of:
        done = f"{step.done:,.0f}" if step.done else ""
        return ProgressView(title=title, words=f"{step.what} {done}".strip())
    words = f"{step.what}: {_left(step.done, step.of)}" if step.of > 1 else step.what
    return ProgressView(title=title, words=words, share=min(step.done / step.of, 1.0))


def _left(done: float, of: float) -> str:
    return _("{done} of {all}, {left} left", done=f"{done:,.0f}", all=f"{of:,.0f}", left=f"{max(of - done, 0):,.0f}")
