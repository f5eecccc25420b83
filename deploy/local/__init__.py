"""The local stack: Kafka, Cassandra, Redis and Flink as processes of this machine, no Docker."""
