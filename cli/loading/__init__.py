"""From a log in CSV or Parquet to Tactful's records, by a mapping that a person writes in YAML."""
