"""Pages: the tree of a draft changed step by step, and a running scenario followed by its next version."""
