"""Label windows: what was known at a decision waits for what comes of it, and both go out."""
