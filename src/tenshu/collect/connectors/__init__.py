"""Where data come from, one folder each."""
