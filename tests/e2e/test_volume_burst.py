"""More than a provider takes, on the real stack: prices hold it back, and all of it goes out."""

import pytest

from bench.burst import on_stack
from bench.burst_traffic import Burst
from deploy.local.stack import Stack

pytestmark = pytest.mark.e2e


def test_a_burst_is_spread_over_time_the_dearest_first_and_nothing_is_lost(stack: Stack) -> None:
    burst = Burst(requests=1_500, users=300, over_ms=3_000, rate_per_s=50.0)
    found = on_stack(stack.settings, burst, image=None)
    assert found["lost"] == 0, found
    assert found["sent"] == found["with_one_final_verdict"] == burst.requests, found
    assert found["decisions_in_kafka"] == burst.requests, found
    assert found["prices_published"] > 0, found
    later = burst.requests - found["sent_while_it_came"]
    assert later > burst.requests / 4, found
    # However slow the machine, it takes the provider at least about so long.
    assert found["done_after_s"] > 3 + 0.7 * later / burst.rate_per_s, found
    best = found["rank_correlation_of_a_perfect_order"]
    assert found["rank_correlation_of_value_and_time"] < best + 0.1, found
