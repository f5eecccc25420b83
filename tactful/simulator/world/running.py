"""One policy in one world, by name; and the warm-up in which Tactful learns beforehand."""

from collections.abc import Callable

from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS
from tactful.policy import Policy
from tactful.policy.model import Exploration, Fatigue
from tactful.simulator.world.accuracy import Choice, judge
from tactful.simulator.world.baselines import BASELINES, live
from tactful.simulator.world.deciding import Deciding
from tactful.simulator.world.learning import Learned, Learning
from tactful.simulator.world.life import Life
from tactful.simulator.world.oracle import Oracle
from tactful.simulator.world.policy import REFUSAL_COST, simulated_policy
from tactful.simulator.world.response import CHANNELS
from tactful.simulator.world.tally import Accuracy, Outcome, Tally
from tactful.simulator.world.world import Plan, World, world_of

COLD, WARM = "Tactful cold", "Tactful warm"
TIRELESS = "Tactful without fatigue"
ORACLE = "oracle"
BASELINE = "fixed caps, global best hour"
POLICIES = (*BASELINES, COLD, TIRELESS, WARM, ORACLE)
LEARNED = (TIRELESS, WARM)

_OTHER_SEED = 10_000
WARM_UP_DAYS = 30
_JUDGED_EVERY = 5

Progress = Callable[[float], None]


def _rules(name: str, refusal_cost: float) -> Policy:
    """What a variant of Tactful decides by."""
    if name == COLD:
        return simulated_policy()
    if name == TIRELESS:
        # No purpose is bound, and refusals cost nothing.
        fatigue = Fatigue(purposes=(), negative_cost=0.0)
        return simulated_policy(exploration=Exploration(), fatigue=fatigue)
    fatigue = Fatigue(negative_cost=refusal_cost)
    return simulated_policy(exploration=Exploration(), fatigue=fatigue)


def warm_up(
    plan: Plan,
    users: int,
    progress: Progress | None = None,
    refusal_cost: float = REFUSAL_COST,
) -> Learned:
    """What Tactful learns from another population, in a month (or a short run's length) before.

    Args:
        plan: of the run that follows.
        users: how many users to learn from.
        progress: told the share done.
        refusal_cost: what an unsubscribe or complaint costs by Tactful's policy, in engagements.
    """
    days = min(WARM_UP_DAYS, plan.days)
    before = Plan(
        seed=plan.seed + _OTHER_SEED,
        users=users,
        days=days,
        drift_day=None,
        start_ms=plan.start_ms - days * DAY_MS,
    )
    learning = Learning()
    run = Deciding(World(before), Knowledge(_rules(WARM, refusal_cost), terse=True), learning)
    run.run(progress)
    return learning.learned


def run_policy(
    plan: Plan,
    policy: str,
    learned: Learned | None = None,
    progress: Progress | None = None,
    refusal_cost: float = REFUSAL_COST,
) -> Outcome:
    """Let one policy run in the world of a plan.

    Args:
        plan: of the world.
        policy: one of `POLICIES`.
        learned: from the warm-up, for those in `LEARNED`.
        progress: told the share done.
        refusal_cost: what an unsubscribe or complaint costs by Tactful's policy, in engagements.

    Raises:
        ValueError: for a policy that does not exist.
    """
    world = world_of(plan)
    if policy in BASELINES:
        return _baseline(world, policy, progress)
    if policy == ORACLE:
        return _oracle(world, progress)
    if policy in (COLD, WARM, TIRELESS):
        return _tactful(world, policy, learned, progress, refusal_cost)
    raise ValueError(f"policy: found {policy!r}, allowed: {', '.join(POLICIES)}")


def judged_days(days: int) -> frozenset[int]:
    """After which days the choices are compared with the truth; the last among them."""
    return frozenset({*range(_JUDGED_EVERY - 1, days, _JUDGED_EVERY), days - 1})


def _baseline(world: World, policy: str, progress: Progress | None) -> Outcome:
    tally = Tally(world.plan.days)
    lives = []
    for user in range(len(world.people)):
        life = Life(world, user, tally)
        live(world, life, BASELINES[policy](world, user))
        lives.append(life)
        _told(progress, user, world)
    accuracy = []
    if policy == BASELINE:

        def choose(user: int, at_ms: int) -> Choice:
            zone = world.people.zone.item(user)
            first, end = world.people.allowed(user)
            hour = min(max(world.best_hour, first), end - 1)
            due_ms = world.clock.next_local_hour(zone, at_ms, hour)
            return Choice(world.usual_channel(user), due_ms)

        accuracy.append(judge(world, lives, world.plan.days - 1, choose, [0] * len(lives)))
    return _outcome(world, policy, tally, lives, accuracy)


def _oracle(world: World, progress: Progress | None) -> Outcome:
    tally = Tally(world.plan.days)
    oracle = Oracle(world)
    lives = []
    for user in range(len(world.people)):
        life = Life(world, user, tally)
        oracle.live(life)
        lives.append(life)
        _told(progress, user, world)
    return _outcome(world, ORACLE, tally, lives, [])


def _tactful(
    world: World,
    name: str,
    learned: Learned | None,
    progress: Progress | None,
    refusal_cost: float,
) -> Outcome:
    learning = Learning(learned) if name in LEARNED else None
    knowledge = Knowledge(_rules(name, refusal_cost), terse=True)
    if learning is not None:
        knowledge = learning.begin(knowledge)
    run = Deciding(world, knowledge, learning, judged_days(world.plan.days))
    run.run(progress)
    found = _outcome(world, name, run.tally, run.lives, run.accuracy)
    found.notes["verdicts"] = dict(run.verdicts.most_common())
    if learning is not None:
        found.notes["models"] = learning.told()
    return found


def _outcome(
    world: World, policy: str, tally: Tally, lives: list[Life], accuracy: list[Accuracy]
) -> Outcome:
    channels = [0] * len(CHANNELS)
    for life in lives:
        for channel, count in enumerate(life.by_channel):
            channels[channel] += count
    drifting = int(world.people.drifts.sum())
    return Outcome(
        policy=policy,
        seed=world.plan.seed,
        users=len(lives),
        days=world.plan.days,
        group_sizes=[len(lives) - drifting, drifting],
        counts=tally.rows,
        channels=dict(zip(CHANNELS, channels, strict=True)),
        frequency=[life.sends for life in lives],
        accuracy=accuracy,
        notes={},
    )


def _told(progress: Progress | None, user: int, world: World) -> None:
    if progress is not None and user % 50 == 0:
        progress(user / len(world.people))
