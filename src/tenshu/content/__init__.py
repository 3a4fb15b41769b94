"""What is said: templates."""
