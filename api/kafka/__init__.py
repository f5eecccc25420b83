"""Kafka for an event loop: writes that are awaited, and followers of the ledger and knowledge."""
