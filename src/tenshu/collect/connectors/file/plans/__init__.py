"""How a table is going to be read: what a person chose, and what is taken for granted."""
