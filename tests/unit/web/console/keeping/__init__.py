"""Tests of the pages on backup and export."""
