"""Customers with a known truth: a shop to rehearse on, and to check every estimate against."""

from tenshu.simulate.acts import ACTS
from tenshu.simulate.behaviour import Appeal, Behaviour
from tenshu.simulate.customers import SimulatedCustomers
from tenshu.simulate.history import HISTORY, customer_history

__all__ = ["ACTS", "HISTORY", "Appeal", "Behaviour", "SimulatedCustomers", "customer_history"]
