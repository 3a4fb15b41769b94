"""Kill the product at every place, with real processes, and count what was lost or came twice."""
