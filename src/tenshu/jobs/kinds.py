"""The kinds of jobs there are: each is a module with a `KIND`, loaded when it is needed.

A kind says three things. What the child needs (`snapshot`, queries that the owner of the warehouse writes into
Parquet files), what is done with it (`work`, in the child, which sees neither the warehouse nor the live state), and
how its files are taken over (`take`, in the owner, inside one warehouse transaction that runs at most once a job).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.kit.progress import Progress
from tenshu.store.home import Stores

#: Kind -> the module that has it as `KIND`.
KINDS: Final[Mapping[str, str]] = {
    "fit_bought_together": "tenshu.jobs.fit_bought_together",
    "export": "tenshu.jobs.export",
    "stage_file": "tenshu.jobs.stage_file",
    "enter_import": "tenshu.jobs.enter_import",
}


class UnknownKind(TenshuError):
    """A kind of job was named that does not exist."""

    template = N_('There is no job "{kind}". There are: {known}.')


class NotTaken(TenshuError):
    """A job was given something that it does not take."""

    template = N_('The job "{kind}" takes no "{name}". It takes: {known}.')


@dataclass(frozen=True)
class Work:
    """What a kind's functions are told.

    Attributes:
        key: names the job, the same in every attempt.
        folder: the attempt's own; `snapshot/` and `result/` lie in it.
        home: the shop's directory.
        given: what the job was asked for with.
        now: business time at which it was asked for; nothing later counts.
    """

    key: str
    folder: Path
    home: Path
    given: dict[str, Any]
    now: datetime

    @property
    def snapshot(self) -> Path:
        """Where the owner put the snapshot: one Parquet file a query, by its name."""
        return self.folder / "snapshot"

    @property
    def result(self) -> Path:
        """Where the work puts the files that are taken over."""
        return self.folder / "result"


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    Attributes:
        title: what it does, for people (an N_ text).
        snapshot: work -> queries by name, written to `<name>.parquet`.
        work: runs in the child; returns what is said of the result.
        take: takes the files over in the owner.
        takes: the names of what may be given.
        complete: returns what was given completed, or raises a TenshuError when it cannot work.
    """

    title: str
    snapshot: Callable[[Work], Mapping[str, str]]
    work: Callable[[Work, Progress], dict[str, Any]]
    take: Callable[[Stores, Work, dict[str, Any]], None]
    takes: tuple[str, ...] = ()
    complete: Callable[[dict[str, Any]], dict[str, Any]] = dict


def kind_of(name: str, kinds: Mapping[str, str] = KINDS) -> Kind:
    """Return the kind of that name.

    Raises:
        UnknownKind: there is none.
    """
    if name not in kinds:
        raise UnknownKind(kind=name, known=", ".join(kinds))
    return load(kinds[name])


def check(name: str, given: Mapping[str, Any], kinds: Mapping[str, str] = KINDS) -> dict[str, Any]:
    """Return what a job is to be asked for with, completed.

    Raises:
        UnknownKind: there is no such kind.
        NotTaken: something was given that the kind does not take.
        TenshuError: the kind's own, when what was given cannot work.
    """
    kind = kind_of(name, kinds)
    for wanted in given:
        if wanted not in kind.takes:
            raise NotTaken(kind=name, name=wanted, known=", ".join(kind.takes) or "-")
    return kind.complete(dict(given))


def load(module: str) -> Kind:
    """Return the kind that a module has."""
    found = import_module(module).KIND
    assert isinstance(found, Kind)  # noqa: S101 - the registry names modules of ours
    return found
