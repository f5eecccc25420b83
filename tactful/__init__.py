"""The decision engine: pure, without a clock, I/O or a random number generator of its own."""

__version__ = "0.1.0"
