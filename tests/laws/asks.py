"""Random requests as constraints see them, of users with any wishes and a random past."""

from functools import lru_cache

import msgspec
from dice import CAMPAIGNS, CHANNELS, TYPES, Dice
from histories import USER, Writer
from strategies import STARTS_MS, make_knowledge

from tactful.constraints import Ask, Rival
from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.ids import tag
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.policy import Purpose
from tactful.profile import section as profile_section
from tactful.records import ProfileUpdate
from tactful.sends.log import COUNTED_BIT, DIGEST_BIT, PURPOSE_BIT, Sent

_AGES_MS = (0, 1, 5 * MINUTE_MS, HOUR_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, DAY_MS, 6 * DAY_MS)


@lru_cache(maxsize=512)
def make_ask(seed: int, *, clock_back: bool = False) -> Ask:
    """A request at a random moment, of a user with random wishes, sends and waiting requests.

    Args:
        seed: the same gives the same.
        clock_back: whether some sends may lie ahead of a clock that stepped back.
    """
    dice = Dice(seed, "ask")
    knowledge = make_knowledge(dice)
    writer = Writer(dice)
    now_ms = dice.one_of(*STARTS_MS) + dice.whole(0, 3 * 24 * 4) * 15 * MINUTE_MS
    state = UserState(USER)
    for update in (
        writer.welcome(now_ms - DAY_MS),
        writer.update(now_ms - 1),
        ProfileUpdate("w", USER, now_ms, preferences=writer.preferences()),
    ):
        state = step(state, update, now_ms, knowledge).state
    kind = dice.one_of(*knowledge.kinds.values())
    request = writer.request(now_ms)
    if request.priority is None:
        request = msgspec.structs.replace(request, priority=kind.policy.priority)
    profile = state.sections[Section.PROFILE]
    ahead_ms = 20 * MINUTE_MS if clock_back else 0
    ask = Ask(
        request,
        kind,
        now_ms,
        knowledge,
        profile_section.settings(profile),
        sorted(_sent(dice, now_ms + ahead_ms) for _ in range(dice.one_of(0, 1, 2, 4, 8))),
        first_ms=now_ms - dice.one_of(0, 0, MINUTE_MS, HOUR_MS),
        rivals=[_rival(dice, knowledge, now_ms) for _ in range(dice.one_of(0, 0, 1, 3))],
        order=_order(dice, now_ms),
        profile=profile,
        last_seen_ms=dice.one_of(0, now_ms - HOUR_MS, now_ms - 9 * DAY_MS),
    )
    ask.bids = {name: dice.one_of(0.0, 0.05, 0.2, 1.0) for name in knowledge.channels}
    return ask


def _sent(dice: Dice, now_ms: int) -> Sent:
    flags = PURPOSE_BIT[dice.one_of(*Purpose)]
    flags |= COUNTED_BIT if dice.chance(0.9) else 0
    flags |= DIGEST_BIT if dice.chance(0.2) else 0
    campaign = dice.one_of(None, *CAMPAIGNS)
    return Sent(
        now_ms - dice.one_of(*_AGES_MS),
        tag(dice.one_of(*TYPES)),
        tag(dice.one_of(*CHANNELS)),
        0 if campaign is None else tag(campaign),
        b"mark00",
        flags,
    )


def _order(dice: Dice, now_ms: int) -> tuple[int, float, int, str]:
    return (
        dice.whole(0, 3),
        -dice.one_of(0.5, 1.0),
        now_ms - dice.whole(0, 2),
        f"r{dice.whole(0, 9)}",
    )


def _rival(dice: Dice, knowledge: Knowledge, now_ms: int) -> Rival:
    kind = dice.one_of(*knowledge.kinds.values())
    return Rival(
        f"r{dice.whole(0, 9)}",
        kind.tag,
        dice.one_of(None, "b", "c"),
        now_ms - dice.one_of(0, MINUTE_MS, HOUR_MS),
        now_ms + dice.one_of(-MINUTE_MS, 0, HOUR_MS, 6 * HOUR_MS, DAY_MS),
        kind.value,
        _order(dice, now_ms),
    )
