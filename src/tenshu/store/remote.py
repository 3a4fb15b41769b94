"""One owner of the warehouse, many who ask it: a local socket in the home.

The owner answers queries, each in a transaction that can only read, and does what it is told by name. Every
conversation has a thread and a cursor of its own, so nobody waits for the tick or for each other. The socket is
this user's alone; SQL that comes through it reaches no file and changes nothing.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import msgspec
import polars as pl

from tenshu.kit.clock import elapsed, rest
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, current_language, speaking
from tenshu.kit.progress import NoProgress, Progress
from tenshu.store.lock import SERVED, holder_of
from tenshu.store.warehouse import Given, Warehouse, WarehouseBusy, aware
from tenshu.store.wire import (
    Answer,
    Done,
    Message,
    Order,
    Question,
    Step,
    Trouble,
    Wire,
    WireCut,
    connect_to,
    listen_at,
    packed,
)

if TYPE_CHECKING:
    import socket

#: The socket's file in the home.
SOCKET: Final = "owner.sock"
#: Folders of the home that SQL may reach while others may ask: what jobs hand over, and where backups are put together.
FOLDERS: Final = ("jobs", "backups")
#: Seconds in which a conversation that was cut ends.
_PATIENCE: Final = 5.0
#: How often, in seconds, a query that goes on is interrupted again meanwhile.
_SOON: Final = 0.05
#: How long, in seconds, a command waits for an owner that is starting.
_STARTING_FOR: Final = 10.0
_LOOK_EVERY: Final = timedelta(milliseconds=50)
_log = logging.getLogger(__name__)

T = TypeVar("T")
#: What the owner does by name: takes where to show progress and what was given, returns plain data.
Call = Callable[..., Any]


class OwnerAway(TenshuError):
    """Nobody answers for the warehouse just now."""

    template = N_(
        "Nobody answers at {path}: the process that keeps the warehouse open is not running or is just starting. "
        "Try again in a moment, or start it with: tenshu serve"
    )
    status = 503


class OwnerSaid(TenshuError):
    """The owner could not do what it was told, and said why."""

    template = N_("{said}")


class QueryFailed(TenshuError):
    """The warehouse could not answer a query."""

    template = N_("The warehouse could not answer ({kind}): {said}")


class UnknownOrder(TenshuError):
    """The owner was told to do something that it does not do."""

    template = N_('The process that keeps the warehouse open knows no "{name}". It does: {known}.')


class OnlyOwnerWrites(TenshuError):
    """Somebody who only asks wanted to change the warehouse."""

    template = N_("Only the process that has {path} open may write to it; this one asks it over a socket.")


class WarehouseServer:
    """Answers for an open warehouse until it is closed.

    Args:
        warehouse: what is asked.
        path: the socket's file; the caller owns the shop, so whatever lies there is left over.
        calls: operations by name, each called with a `Progress` and what was given; they run in the
            conversation's thread.
    """

    def __init__(self, warehouse: Warehouse, path: Path, calls: Mapping[str, Call] | None = None) -> None:
        self.path = path
        self._warehouse = warehouse
        self._calls = dict(calls or {})
        self._lock = threading.Lock()
        self._talking: dict[Wire, tuple[threading.Thread, Callable[[], None]]] = {}
        warehouse.lock_in([path.parent / folder for folder in FOLDERS])
        self._listener: socket.socket = listen_at(path)
        self._is_open = True
        self._door = threading.Thread(target=self._admit, name="owner-socket", daemon=True)
        self._door.start()

    @property
    def conversations(self) -> int:
        """How many talk with the owner now."""
        with self._lock:
            return len(self._talking)

    def close(self) -> None:
        """Hang up on everybody and end their queries; the warehouse may be closed afterwards."""
        self._is_open = False
        with suppress(OSError):
            self._listener.shutdown(2)
        self._listener.close()
        self._door.join()
        with self._lock:
            talking = dict(self._talking)
        for wire in talking:
            wire.hang_up()
        until = elapsed() + _PATIENCE
        for thread, interrupt in talking.values():
            # Again and again: a query that has been heard may begin only after it was interrupted.
            while thread.is_alive() and elapsed() < until:
                with suppress(Exception):  # it has let go of its cursor
                    interrupt()
                thread.join(_SOON)
        self.path.unlink(missing_ok=True)

    def _admit(self) -> None:
        while self._is_open:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(Wire(connection),), name="owner-talk", daemon=True).start()

    def _talk(self, wire: Wire) -> None:
        with self._lock:
            self._talking[wire] = threading.current_thread(), self._warehouse.interrupter()
        try:
            while self._is_open:
                self._reply(wire, wire.hear())
        except WireCut:
            pass  # it has gone
        finally:
            with self._lock:
                del self._talking[wire]
            wire.close()
            self._warehouse.leave()

    def _reply(self, wire: Wire, message: Message) -> None:
        try:
            if isinstance(message, Question):
                self._answer(wire, message)
            elif isinstance(message, Order):
                self._obey(wire, message)
        except WireCut:
            raise
        except TenshuError as problem:
            wire.say(Trouble(kind=type(problem).__name__, text=problem.text(), is_ours=True))
        except Exception as problem:  # noqa: BLE001 - whoever asked is told; the owner goes on
            if isinstance(message, Order):
                _log.exception("%s failed", message.name)
            wire.say(Trouble(kind=type(problem).__name__, text=str(problem), is_ours=False))

    def _answer(self, wire: Wire, asked: Question) -> None:
        import pyarrow.ipc  # noqa: PLC0415 - only an owner answers

        tables = {name: wire.receive_table() for name in asked.tables}
        with self._warehouse.answer(asked.sql, asked.given, **tables) as rows:
            wire.say(Answer())
            with wire.table() as sink, pyarrow.ipc.new_stream(sink, rows.schema) as out:
                for chunk in rows:
                    out.write_batch(chunk)
        wire.say(Done())

    def _obey(self, wire: Wire, order: Order) -> None:
        with speaking(order.language):
            call = self._calls.get(order.name)
            if call is None:
                raise UnknownOrder(name=order.name, known=", ".join(sorted(self._calls)) or "-")
            result = call(_Told(wire), **order.given)
            wire.say(Done(packed(msgspec.to_builtins(result, builtin_types=(bytes, datetime, date, Decimal)))))


class RemoteWarehouse(Warehouse):
    """Asks the process that has the warehouse open; reads like the warehouse itself, and never writes.

    Args:
        path: the owner's socket. Nothing is connected before the first question, and a conversation that an
            owner's restart cut is taken up once with its successor.
    """

    def __init__(self, path: Path) -> None:
        self.path: Path = path
        self._lock = threading.Lock()
        self._idle: list[Wire] = []

    def frame(self, sql: str, given: Given = (), /, **tables: pl.DataFrame) -> pl.DataFrame:
        """Return the answer to one query; `given` fills its parameters, `tables` are frames it may name.

        Raises:
            OwnerAway: nobody answers.
            QueryFailed: the engine refused the query; its text says why.
        """

        def ask(wire: Wire) -> pl.DataFrame:
            wire.say(Question(sql=sql, given=packed(given), tables=list(tables)))
            for table in tables.values():
                wire.send_table(table)
            _heard(wire, Answer)
            found = wire.receive_bytes()
            _heard(wire, Done)
            return aware(pl.read_ipc_stream(found))

        return self._talk(ask)

    def call(self, name: str, /, *, progress: Progress | None = None, **given: Any) -> Any:
        """Let the owner do something; return its result as plain data.

        Args:
            name: the operation.
            progress: shown what the owner is doing.
            given: what the operation takes.

        Raises:
            OwnerAway: nobody answers.
            OwnerSaid: the owner could not, and says why.
        """
        shown = progress or NoProgress()

        def order(wire: Wire) -> Any:
            wire.say(Order(name=name, given=packed(given), language=current_language()))
            while isinstance(said := _heard(wire, Step, Done), Step):
                shown.step(said.text, said.done, said.total)
            assert isinstance(said, Done)  # noqa: S101 - nothing else is heard
            return said.result

        return self._talk(order)

    def is_there(self) -> bool:
        """Say whether an owner answers now."""
        try:
            connect_to(self.path).close()
        except OSError:
            return False
        return True

    @contextmanager
    def answer(self, sql: str, given: Given = (), /, **tables: pl.DataFrame) -> Iterator[NoReturn]:  # noqa: ARG002
        """Refuse: the owner answers others, not we."""
        raise OnlyOwnerWrites(path=self.path)
        yield

    def execute(self, sql: str, given: Given = (), /, **tables: pl.DataFrame) -> None:  # noqa: ARG002
        """Refuse: only the owner writes."""
        raise OnlyOwnerWrites(path=self.path)

    def append(self, table: str, frame: pl.DataFrame) -> None:  # noqa: ARG002
        """Refuse: only the owner writes."""
        raise OnlyOwnerWrites(path=self.path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Refuse: only the owner writes."""
        raise OnlyOwnerWrites(path=self.path)
        yield

    @contextmanager
    def one_state(self) -> Iterator[NoReturn]:
        """Refuse: each question is answered from a state of its own."""
        raise OnlyOwnerWrites(path=self.path)
        yield

    def aside(self) -> NoReturn:
        """Refuse: only the owner has the engine."""
        raise OnlyOwnerWrites(path=self.path)

    def limit(self, most: int) -> None:  # noqa: ARG002
        """Refuse: only the owner says how much it may take."""
        raise OnlyOwnerWrites(path=self.path)

    @contextmanager
    def roomy(self, at_least: int) -> Iterator[NoReturn]:  # noqa: ARG002
        """Refuse: only the owner says how much it may take."""
        raise OnlyOwnerWrites(path=self.path)
        yield

    def drop_pages(self) -> None:
        """Refuse: only the owner has them."""
        raise OnlyOwnerWrites(path=self.path)

    def rest(self) -> None:
        """Refuse: only the owner has anything to give back."""
        raise OnlyOwnerWrites(path=self.path)

    def checkpoint(self) -> None:
        """Refuse: only the owner writes."""
        raise OnlyOwnerWrites(path=self.path)

    def lock_in(self, folders: Sequence[Path] = ()) -> None:  # noqa: ARG002
        """Refuse: only the owner says so."""
        raise OnlyOwnerWrites(path=self.path)

    def leave(self) -> None:
        """Do nothing: conversations belong to no thread."""

    def close(self) -> None:
        """End all conversations."""
        with self._lock:
            idle, self._idle = self._idle, []
        for wire in idle:
            wire.close()

    def _talk(self, say: Callable[[Wire], T]) -> T:
        with self._lock:
            wire = self._idle.pop() if self._idle else None
        if wire is not None:
            try:
                return self._kept(wire, say)
            except WireCut:
                self.close()  # the owner was restarted: every conversation with it is over
        try:
            return self._kept(connect_to(self.path), say)
        except OSError as problem:  # a cut wire is one of them
            raise OwnerAway(path=self.path) from problem

    def _kept(self, wire: Wire, say: Callable[[Wire], T]) -> T:
        """Talk, and keep the conversation for the next question unless it broke."""
        try:
            result = say(wire)
        except BaseException as problem:
            if isinstance(problem, TenshuError):
                self._put_back(wire)
            else:
                wire.close()
            raise
        self._put_back(wire)
        return result

    def _put_back(self, wire: Wire) -> None:
        with self._lock:
            self._idle.append(wire)


def own_or_ask(path: Path) -> Warehouse:
    """Open the warehouse, or ask whoever has it open; a served one that is just starting is waited for.

    Args:
        path: the warehouse's file; its folder is the home.

    Raises:
        WarehouseBusy: a process has it open that answers nobody.
    """
    remote = RemoteWarehouse(path.parent / SOCKET)
    deadline = elapsed() + _STARTING_FOR
    while not remote.is_there():
        try:
            return Warehouse(path)
        except WarehouseBusy:
            if holder_of(path.parent / SERVED) is None or elapsed() > deadline:
                raise
        rest(_LOOK_EVERY)
    return remote


class _Told:
    """Shows progress to whoever waits at the other end; when he has gone the work goes on."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def step(self, text: str, done: float, total: float | None = None) -> None:
        """Say what is going on."""
        with suppress(WireCut):
            self._wire.say(Step(text=text, done=done, total=total))


def _heard(wire: Wire, *kinds: type[Message]) -> Message:
    """Return the next message, which must be of one of the kinds.

    Raises:
        OwnerSaid: the owner could not, and says why to the user.
        QueryFailed: the engine could not.
        WireCut: the other side says something else.
    """
    said = wire.hear()
    if isinstance(said, Trouble):
        raise OwnerSaid(said=said.text) if said.is_ours else QueryFailed(kind=said.kind, said=said.text)
    if not isinstance(said, kinds):
        message = f"{type(said).__name__} was not expected"
        raise WireCut(message)
    return said
