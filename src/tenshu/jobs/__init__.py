"""Long work beside the tick: asked for in the ledger, done by child processes on snapshots, taken over once."""

from tenshu.jobs.kinds import KINDS, Kind, UnknownKind, check, kind_of
from tenshu.jobs.queue import Job, ask, cancel, list_jobs, next_job, tell_progress
from tenshu.jobs.runner import JobRunner, run_inline

__all__ = [
    "KINDS",
    "Job",
    "JobRunner",
    "Kind",
    "UnknownKind",
    "ask",
    "cancel",
    "check",
    "kind_of",
    "list_jobs",
    "next_job",
    "run_inline",
    "tell_progress",
]
