"""Kills, full disks, races and pauses: what was promised is kept."""
