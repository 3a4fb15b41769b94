"""What a table and its columns mean, and how sure that is."""
