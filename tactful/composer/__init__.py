"""Composes all constraints into one verdict per request, and keeps what is held."""
