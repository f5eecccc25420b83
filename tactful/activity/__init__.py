"""What the user does and when: counts, sessions, and the decayed hour-of-week histogram."""
