"""One process tree of a shop: a supervisor, and below it the owner, dispatchers and the web."""
