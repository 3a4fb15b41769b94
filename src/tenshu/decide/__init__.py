"""Who, where, when, what, or nothing: the one door out."""
