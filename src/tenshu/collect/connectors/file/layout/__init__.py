"""Where the tables of a sheet stand: their headers, their rows, and what is no row."""
