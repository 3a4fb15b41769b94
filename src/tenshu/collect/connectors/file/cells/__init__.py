"""Cells as they stand: a file is opened, guarded and decoded, and its cells are kept as text."""
