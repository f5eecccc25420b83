"""What `tactful simulate` is made of: running seeds side by side, the report, the live run."""
