"""Engines and bulk primitives: the ledger, the inbox and the warehouse. No business words here."""
