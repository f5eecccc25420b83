"""Cassandra, the durable store of profiles: session, migrations, the writer and the reader."""
