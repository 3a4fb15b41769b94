"""What one tick did, in numbers."""

import msgspec


class Ticked(msgspec.Struct):
    """What one tick did, in numbers."""

    batches: int = 0
    entered: int = 0
    moved: int = 0
    decided: int = 0
