"""The process that does one job: `python -m tenshu.jobs.child FOLDER`.

It reads its order and the snapshot, never the warehouse, and leaves files. It ends with its owner: when the other
end of its standard input closes, nobody waits for the result any more. It steps back for the tick (nice).
"""

import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Final

from tenshu.jobs.files import ERROR, ORDER, RESULT, FileProgress, Order, get, put
from tenshu.jobs.kinds import load
from tenshu.jobs.queue import reason_of
from tenshu.kit.failpoint import reach

#: How far a child steps back for the processes that serve.
NICE: Final = 10
OWNER_GONE: Final = 71


def do(folder: Path) -> None:
    """Do the job whose order lies in the folder; leave its result or its error there."""
    order = get(folder / ORDER, Order)
    if order is None:
        raise FileNotFoundError(folder / ORDER)
    work = order.work(folder)
    work.result.mkdir(exist_ok=True)
    try:
        result = load(order.module).work(work, FileProgress(folder))
    except Exception as problem:  # noqa: BLE001 - whatever it is, the owner has to hear of it
        traceback.print_exc()
        put(folder / ERROR, reason_of(problem))
        return
    reach("jobs.result")
    put(folder / RESULT, result)


def _end_with_owner() -> None:
    def wait() -> None:
        while os.read(0, 1):
            pass  # the owner says nothing; the read returns empty when it is gone
        os._exit(OWNER_GONE)

    threading.Thread(target=wait, daemon=True).start()


def main(folder: Path) -> None:
    """Do the job as a process of its own."""
    _end_with_owner()
    os.nice(NICE)
    do(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
