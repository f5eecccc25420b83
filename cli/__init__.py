"""The `tactful` command."""
