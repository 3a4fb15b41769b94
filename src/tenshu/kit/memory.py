"""Give freed memory back to the system when something large is over."""

import ctypes
import gc
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

#: A mapping of a library's code, as Linux tells of it: from, to.
_CODE: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \S+ +/.*\.so[.0-9]*")
_DONT_NEED: Final = 4


def give_back() -> None:
    """Collect what hangs together in circles, and return what is free in the C library's heap and what is only code."""
    gc.collect()
    if sys.platform != "linux":  # only glibc keeps such gaps, and only Linux tells what is mapped
        return
    library = ctypes.CDLL(None)
    trim = getattr(library, "malloc_trim", None)
    if trim is not None:
        trim(0)
    _drop_code(library)


def _drop_code(library: Any) -> None:
    """Let go of the pages of libraries' code: a start runs through much that is not run again, in the owner 70 MB.

    What is run again is mapped again from the system's own copy of the file, which takes a thousandth of a second.
    """
    forget = library.madvise
    forget.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    try:
        with Path("/proc/self/smaps").open(encoding="utf-8", errors="replace") as told:
            found = list(untouched_code(told))
    except OSError:  # not every container tells
        return
    for first, beyond in found:
        forget(first, beyond - first, _DONT_NEED)


def untouched_code(smaps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield from where to where code lies that is as its file has it, by the lines of a process's `smaps`.

    Where a page is the process's own, as the loader may have written to it, nothing can be read again: left out.
    """
    code: tuple[int, int] | None = None
    own = 0
    for line in smaps:
        name, _, value = line.partition(": ")
        if name in {"Anonymous", "Swap"}:
            own += int(value.split()[0])
        elif name == "VmFlags":  # the last line about a mapping
            if code is not None and not own:
                yield code
            code, own = None, 0
        elif found := _CODE.match(line):
            code = int(found[1], 16), int(found[2], 16)
