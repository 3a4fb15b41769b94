"""What the shopkeeper opens: pages that answer one question each."""
