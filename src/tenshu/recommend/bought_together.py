"""Suggest what goes together: learn the pairs (`fit`), ask for companions, suggest to people (`recommend`)."""

from tenshu.recommend.pairs import Fit, companions, fit, last_fit
from tenshu.recommend.reason import reason_sentence
from tenshu.recommend.suggest import SUGGESTION_SCHEMA, recommend

__all__ = ["SUGGESTION_SCHEMA", "Fit", "companions", "fit", "last_fit", "reason_sentence", "recommend"]
