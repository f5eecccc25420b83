"""Avro schemas and the codecs between bytes and records."""
