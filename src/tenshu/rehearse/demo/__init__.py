"""The demo's shop: its owner's files, its scenarios and its templates."""
