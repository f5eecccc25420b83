"""Thin Flink process functions: they translate records, timers and outputs, and decide nothing."""
