"""Outbox, rendering, dispatch, receipts; channels in folders of their own."""
