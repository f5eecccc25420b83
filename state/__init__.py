"""Layout, versions and codec of the per-user state."""
