"""What `tactful evaluate` does: logs read as columns, tables and warnings said, pictures drawn."""
