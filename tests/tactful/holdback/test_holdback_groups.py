"""Laws of the holdback: the share is right, for ever the same, and independent of all else."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from tactful.exploration import draw
from tactful.holdback import CONTROL, TREATED, group_of

USERS = [f"user-{i}" for i in range(20_000)]


def test_the_share_is_as_declared() -> None:
    for share in (0.01, 0.1, 0.5):
        held = sum(group_of(user, "promo", "s", share) == CONTROL for user in USERS)
        assert binomtest(held, len(USERS), share).pvalue > 0.001


@given(st.text(), st.text(), st.text(), st.floats(0.0, 1.0))
def test_the_group_is_the_same_in_any_replay(user: str, kind: str, salt: str, share: float) -> None:
    assert group_of(user, kind, salt, share) == group_of(user, kind, salt, share)


@given(st.text(), st.text(), st.text(), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_who_is_held_back_stays_so_as_the_share_grows(
    user: str, kind: str, salt: str, one: float, other: float
) -> None:
    if group_of(user, kind, salt, min(one, other)) == CONTROL:
        assert group_of(user, kind, salt, max(one, other)) == CONTROL


def test_types_and_salts_divide_the_users_apart_from_each_other() -> None:
    for other in (("tip", "s"), ("promo", "t"), ("s", "promo")):
        both = Counter(
            (group_of(user, "promo", "s", 0.5), group_of(user, *other, 0.5)) for user in USERS
        )
        groups = (CONTROL, TREATED)
        assert chisquare([both[a, b] for a in groups for b in groups]).pvalue > 0.001


def test_the_groups_are_independent_of_what_is_explored() -> None:
    """Even where salt, user and type read like seed, user and request."""
    both = Counter(
        (group_of(user, "promo", "0", 0.5), draw((0.5, 0.5), 0, user, "promo").option)
        for user in USERS
    )
    found = [both[group, index] for group in (CONTROL, TREATED) for index in (0, 1)]
    assert chisquare(found).pvalue > 0.001
