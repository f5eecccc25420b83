"""What was sent to the user: the basis of every cap, and of counting each outcome once."""
