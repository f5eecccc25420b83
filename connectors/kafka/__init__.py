"""Kafka without Flink: a consumer and a producer with the settings we want everywhere."""
