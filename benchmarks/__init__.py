"""Benchmarks: parts that are timed and told, never asserted."""
