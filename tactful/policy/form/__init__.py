"""A policy as a YAML file that people write and read."""

from tactful.policy.durations import duration, parse_duration
from tactful.policy.form.reading import Read, read_policy
from tactful.policy.form.writing import plain, write_policy

__all__ = ["Read", "duration", "parse_duration", "plain", "read_policy", "write_policy"]
