"""Pages and links that people and machines open."""
