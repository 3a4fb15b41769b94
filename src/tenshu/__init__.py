"""One-to-One marketing for a shop of any size (店主, the shopkeeper)."""

__version__ = "0.1.0"
