"""The schema as numbered CQL files, which `connectors.cassandra.migrate` applies in order."""
