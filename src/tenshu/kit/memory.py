"""Give freed memory back to the system when something large is over."""

import ctypes
import gc
import sys


def give_back() -> None:
    """Collect what hangs together in circles, and let the C library return what is free in the middle of its heap."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # only glibc keeps such gaps
        trim(0)
