"""Fast-forward, twin runs and the demo."""
