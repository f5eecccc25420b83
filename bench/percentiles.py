"""Percentiles of a sample, as the reports show them."""

from collections.abc import Sequence


def percentiles(sample: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest (nearest rank), rounded to a tenth.

    >>> percentiles([1.0, 2.0, 3.0, 4.0])
    {'p50': 2.0, 'p95': 4.0, 'p99': 4.0, 'max': 4.0}
    """
    ordered = sorted(sample)
    if not ordered:
        return {}
    ranks = {f"p{share}": -(-len(ordered) * share // 100) - 1 for share in (50, 95, 99)}
    return {name: round(ordered[at], 1) for name, at in ranks.items()} | {
        "max": round(ordered[-1], 1)
    }
