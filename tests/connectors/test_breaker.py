from connectors.breaker import Breaker, BreakerState


def test_one_failure_pauses_but_does_not_open() -> None:
    breaker = Breaker(failures_to_open=2, pause_ms=100, seed=1)
    pause = breaker.failed(now_ms=1_000)
    assert 75 <= pause <= 100
    assert breaker.due_in_ms(1_000) == pause
    assert breaker.state(1_000) is BreakerState.CLOSED


def test_it_opens_rests_and_then_lets_one_probe_through() -> None:
    breaker = Breaker(failures_to_open=2, pause_ms=100, seed=1)
    breaker.failed(0)
    pause = breaker.failed(0)
    assert breaker.state(0) is BreakerState.OPEN
    assert breaker.state(pause) is BreakerState.HALF_OPEN
    breaker.succeeded()
    assert breaker.state(pause) is BreakerState.CLOSED
    assert breaker.due_in_ms(0) == 0


def test_pauses_double_up_to_the_limit_however_long_it_lasts() -> None:
    breaker = Breaker(pause_ms=100, max_pause_ms=1_000, seed=1)
    pauses = [breaker.failed(0) for _ in range(200)]
    for number, pause in enumerate(pauses):
        full = min(1_000, 100 * 2**number)
        assert full * 0.75 <= pause <= full


def test_a_success_makes_the_pauses_small_again() -> None:
    breaker = Breaker(pause_ms=100, seed=1)
    for _ in range(5):
        breaker.failed(0)
    breaker.succeeded()
    assert breaker.failed(0) <= 100
