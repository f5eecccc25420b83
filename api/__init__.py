"""The HTTP service: REST under /v1, GraphQL, and the pages. Writes go to Kafka, reads to stores."""
