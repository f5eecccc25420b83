"""An old master key goes only when nothing is, or can come to be, wrapped under it."""

import pytest
from memory_keys import MemoryKeys

from connectors.crypto.keyring import MASTER_CACHE_S, KeyRing
from connectors.crypto.master import MasterKeyError, MasterKeys
from connectors.crypto.rotation import RETIRE_AFTER_S, check_retirable
from connectors.webhooks.subscriptions import EventType, Subscription, resealed, seal, unseal
from jobs.webhooks import secrets_with

ONE = MasterKeys({1: bytes(32)})
CAME_S = 1_795_000_000.0


def test_a_first_rotation_retires_nothing() -> None:
    with pytest.raises(MasterKeyError, match=r"version 1 alone.*`tactful keys rotate` adds one"):
        check_retirable(ONE, CAME_S, CAME_S + 1e6)


@pytest.mark.parametrize("age_s", [-3_600.0, 0.0, 12.0, RETIRE_AFTER_S - 0.5])
def test_a_key_that_programs_may_still_wrap_under_is_not_retired(age_s: float) -> None:
    # -3,600: a clock that was put back
    with pytest.raises(MasterKeyError, match=r"can be retired from \d\d:\d\d:\d\d UTC") as refused:
        check_retirable(ONE.with_new(), CAME_S, CAME_S + age_s)
    assert f"(in {RETIRE_AFTER_S - age_s:.0f} s)" in str(refused.value)


def test_it_can_be_retired_once_no_program_wraps_under_it() -> None:
    check_retirable(ONE.with_new(), CAME_S, CAME_S + RETIRE_AFTER_S)


def test_a_running_program_wraps_under_the_new_key_well_before_the_old_one_may_go() -> None:
    now_s, keys = 0.0, ONE
    store = MemoryKeys()
    ring = KeyRing(lambda: keys, store, clock_s=lambda: now_s)
    keys = ONE.with_new()
    ring.for_writing("early")
    now_s = MASTER_CACHE_S + 0.1
    ring.for_writing("late")
    found = {row.user_id: row.master_version for row in store.rows.values()}
    assert found == {"early": 1, "late": 2}
    assert RETIRE_AFTER_S > 3 * MASTER_CACHE_S


def test_secrets_of_webhooks_are_sealed_again_and_the_worker_reads_them() -> None:
    keys = ONE
    old = Subscription(
        id="w1",
        url="https://shop.example/x",
        events=[EventType.SEND],
        secrets=[seal(ONE, "w1", "whsec_b"), seal(ONE, "w1", "whsec_a")],
        owner="shop",
        created_at_ms=1,
        old_secret_until_ms=10,
    )
    secrets_of = secrets_with(lambda: keys, clock=lambda: 5)
    assert secrets_of(old) == ["whsec_b", "whsec_a"]
    keys = ONE.with_new()
    again = resealed(keys, old)
    assert resealed(keys, again) is again
    assert [unseal(keys.without(1), "w1", each) for each in again.secrets] == ["whsec_b", "whsec_a"]
    assert secrets_of(again) == ["whsec_b", "whsec_a"]
