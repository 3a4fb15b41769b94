"""Hot columns: what live conditions need to know of every customer, in the memory of the owner process.

`Hot.fill` reads the warehouse once; then facts, merges and the passing time change it, and `settle` says who
came into a condition and who left it.
"""

from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.hot.hot import Hot

__all__ = ["Cursor", "Hot"]
