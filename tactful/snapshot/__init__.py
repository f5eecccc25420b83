"""The whole profile of a user as others see it, at most once a second."""
