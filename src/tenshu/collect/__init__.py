"""What happened: facts, the inbox, files."""
