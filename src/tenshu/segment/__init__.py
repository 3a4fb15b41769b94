"""Who meets a condition, and how many of them can be reached."""

from tenshu.segment.evaluate import evaluate
from tenshu.segment.reach import Reach, funnel

__all__ = ["Reach", "evaluate", "funnel"]
