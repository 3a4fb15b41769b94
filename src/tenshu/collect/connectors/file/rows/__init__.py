"""Rows become facts: who, what, when, and what was said about mail."""
