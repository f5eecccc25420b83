"""Webhooks out, the Standard Webhooks way: who wants what, what is on its way, how it is signed.

State is two compacted topics: `tactful.webhooks` (subscriptions by id) and
`tactful.webhook-deliveries` (what is not delivered yet, by delivery id; done is a tombstone).
"""
