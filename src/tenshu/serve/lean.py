"""How the processes of a shop are told to give memory back: settings of the allocators, read when a process starts."""

from typing import Final

#: What is set for a child unless the person has set it. Freed memory goes back to the system soon instead of being
#: kept for later, and small blocks come from two pools instead of eight a core.
LEAN: Final = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
