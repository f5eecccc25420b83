"""Kafka, Cassandra and Redis clients."""
