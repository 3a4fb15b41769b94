"""Who is who: identifiers join into customers."""
