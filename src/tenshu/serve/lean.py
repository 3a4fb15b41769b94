"""How the processes of a shop are told to give memory back: settings of the allocators, read when they are loaded.

Freed memory goes back to the system soon instead of being kept for later, and small blocks come from two pools instead
of eight a core. glibc reads its settings when a process starts, the others when their library is loaded.
"""

import ctypes
import os
import sys
from typing import Final

#: What is set for a child unless the person has set it.
LEAN: Final = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
if sys.platform == "linux":  # elsewhere polars' allocator has no thread of its own that gives back
    LEAN["_RJEM_MALLOC_CONF"] = "narenas:2,background_thread:true,dirty_decay_ms:0,muzzy_decay_ms:0,lg_tcache_max:12"
#: What glibc calls in a process that runs what it would read from the environment at its start.
_GLIBC: Final = {"MALLOC_TRIM_THRESHOLD_": -1, "MALLOC_ARENA_MAX": -8}


def begin_lean() -> None:
    """Set the same for this process, which has loaded no engine yet, and for its children."""
    for name, value in LEAN.items():
        if os.environ.setdefault(name, value) == value and name in _GLIBC:
            _tell_glibc(_GLIBC[name], int(value))


def _tell_glibc(which: int, value: int) -> None:
    """Set one thing of glibc's allocator; another library has no such call."""
    tell = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if tell is not None:
        tell(which, value)
