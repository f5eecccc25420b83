"""Which group of a type's holdback a user is in."""

from tactful.ids import uniform

CONTROL = "control"
TREATED = "treated"

_PURPOSE = b"holdback"


def group_of(user_id: str, type_name: str, salt: str, share: float) -> str:
    """`CONTROL` for a `share` of the users (0 to 1), `TREATED` for the others.

    A share that grows keeps those who are held back already.

    >>> group_of("u1", "promo", "", 0.0), group_of("u1", "promo", "", 1.0)
    ('treated', 'control')
    """
    return CONTROL if uniform(_PURPOSE, salt, user_id, type_name) < share else TREATED
