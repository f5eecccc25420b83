"""What a demo did, in numbers, what went wrong, and where to look next."""

import collections
import time

from cli.broker import now_ms
from cli.demo_loop import DemoLoop
from cli.live_stats import LiveStats, percentiles
from cli.screen import Screen
from cli.words import plural
from deploy.connections import cassandra_of, kafka_of
from deploy.local.errors import StackError
from deploy.local.flink import Flink
from deploy.settings import Settings
from tactful.records import RecordKind

_ROWS_WITHIN_S = 20.0


def tell(
    screen: Screen, settings: Settings, loop: DemoLoop, stats: LiveStats, job_id: str
) -> list[str]:
    """Print the summary; gives what did not work, a sentence each."""
    _told_verdicts(screen, stats)
    _told_lags(screen, stats)
    dead = ", ".join(f"{reason} {count:,}" for reason, count in sorted(stats.dead.items()))
    screen.say(f"Dead letters: {dead or 'none'} (four broken records were sent on purpose).")
    sent = ", ".join(f"{kind.value} {loop.sent[kind]:,}" for kind in RecordKind)
    screen.say(f"Sent to Kafka: {sent}.")
    rows, problem = _profile_rows(settings, now_ms())
    screen.say(f"Profiles in Cassandra: {rows if problem is None else 'unknown'}.")
    problems = [problem] if problem else []
    problems += _problems(settings, loop, stats, job_id)
    _told_next(screen, settings, loop.interesting_user())
    return problems


def _told_verdicts(screen: Screen, stats: LiveStats) -> None:
    total = stats.totals.total()
    by_reason: collections.Counter[tuple[str, str]] = collections.Counter()
    by_channel: collections.Counter[str] = collections.Counter()
    for (verdict, reason, channel), count in stats.totals.items():
        by_reason[verdict, reason] += count
        if verdict == "send":
            by_channel[channel] += count
    screen.say()
    screen.table(
        f"{plural(total, 'verdict')}",
        ("verdict", "reason", "count", "share"),
        [
            (verdict, reason, f"{count:,}", f"{count / total:.1%}")
            for (verdict, reason), count in by_reason.most_common()
        ],
    )
    screen.table(
        f"{plural(by_channel.total(), 'notification')} sent",
        ("channel", "count", "share"),
        [
            (channel, f"{count:,}", f"{count / by_channel.total():.1%}")
            for channel, count in by_channel.most_common()
        ],
    )
    screen.say(f"Waiting for a better moment: {plural(stats.held, 'request')}.")


def _told_lags(screen: Screen, stats: LiveStats) -> None:
    for what, lags in (
        ("asked -> decided", stats.all_decision_lags_ms),
        ("request in Kafka -> verdict in Kafka", stats.all_pipeline_lags_ms),
    ):
        lag = percentiles(lags)
        screen.say(f"Lag, {what}: {lag if lag is not None else 'not measured'}.")


def _profile_rows(settings: Settings, asked_ms: int) -> tuple[int, str | None]:
    """How many profiles Cassandra holds, waiting for the sink to have caught up."""
    from connectors.cassandra.reading import reading
    from connectors.kafka.consumer import lag_of
    from jobs.profiles import group_of
    from tactful import topics

    topic = topics.name_of(topics.PROFILES, settings.topic_prefix)
    deadline_s = time.monotonic() + _ROWS_WITHIN_S
    behind = 0
    while time.monotonic() < deadline_s:
        behind = lag_of(kafka_of(settings), group_of(settings.topic_prefix), topic)
        if behind == 0:
            break
        time.sleep(0.5)
    try:
        with reading(cassandra_of(settings)) as profiles:
            rows = sum(1 for _ in profiles.scan())
    except Exception as error:  # noqa: BLE001 - whatever the driver says, the summary goes on
        return 0, f"Cassandra's profiles can't be read: {error}. Look at `tactful logs profiles`."
    if behind:
        waited_s = (now_ms() - asked_ms) / 1000
        return rows, (
            f"The profile sink is {plural(behind, 'record')} behind after {waited_s:.0f} s. "
            "Look at `tactful logs profiles`."
        )
    if rows == 0:
        return 0, "Cassandra holds no profile. Look at `tactful logs profiles`."
    return rows, None


def _problems(settings: Settings, loop: DemoLoop, stats: LiveStats, job_id: str) -> list[str]:
    problems = []
    look = f"Look at `tactful logs taskmanager-1` and {settings.flink_url}/#/job/{job_id}/overview"
    if not stats.totals:
        problems.append(f"Nothing was decided. {look}")
    elif loop.unanswered:
        first = min(loop.unanswered)
        missing = plural(len(loop.unanswered), "request")
        problems.append(f"{missing} got no verdict, {first} among them. {look}")
    if stats.totals and not loop.decisions:
        problems.append(f"No notification was sent to any channel. {look}")
    if not stats.dead:
        problems.append(f"The broken records did not come out as dead letters. {look}")
    try:
        flink = Flink(settings)
        state = str(flink.job(job_id)["state"])
        if state != "RUNNING":
            problems.append(f"The decide job is {state}: {flink.root_cause(job_id)}")
        elif flink.restarts(job_id):
            problems.append(
                f"The decide job was restarted {flink.restarts(job_id)} times: "
                f"{flink.root_cause(job_id)}"
            )
    except StackError as error:
        problems.append(str(error))
    return problems


def _told_next(screen: Screen, settings: Settings, user_id: str | None) -> None:
    user = user_id or "user-0001"
    screen.say()
    screen.say("The stack is still up. Where to look next:")
    for what, how in (
        ("one user's story", f"tactful explain {user}"),
        ("what is decided now", "tactful watch"),
        ("a decision of your own", f"tactful send request --user {user} --type tip --wait"),
        ("the job in Flink", settings.flink_url),
        ("what runs where", "tactful status"),
        ("end the stack", "tactful down"),
    ):
        screen.say(f"  {what:<23} {how}")
