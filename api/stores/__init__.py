"""What the API keeps for a while: idempotency answers, rate counters, a client's newest writes."""
