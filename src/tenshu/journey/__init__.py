"""What a scenario (シナリオ) is and how people walk through it."""
