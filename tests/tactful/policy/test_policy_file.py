"""The policy as a YAML file: durations, the rules of YAML 1.2, faults with their lines, bounds."""

import itertools
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.strategies import policies
from tactful_policies import SMALL, policy_of, refusals

from tactful.policy import DEFAULT_POLICY, Policy, PolicyError, model, parse_policy
from tactful.policy.durations import UNITS_MS, duration, parse_duration
from tactful.policy.form import read_policy, write_policy
from tactful.policy.form.nodes import MAX_BYTES, MAX_DEPTH, MAX_NODES
from tactful.records import Priority, Weekday

DAY_MS = 86_400_000


def test_a_small_file_is_a_policy() -> None:
    policy = policy_of("quiet_hours: {start: 22:00, end: 07:30}\ncaps: []\n")
    assert policy.types["promotion"].channels == ("email", "push")
    assert policy.quiet_hours is not None
    assert (policy.quiet_hours.start, policy.quiet_hours.end) == ("22:00", "07:30")


@pytest.mark.parametrize(
    ("words", "span_ms"),
    [
        ("1500ms", 1_500),
        ("90s", 90_000),
        ("15m", 900_000),
        ("12h", DAY_MS // 2),
        ("7d", 7 * DAY_MS),
        ("2w", 14 * DAY_MS),
    ],
)
def test_a_duration_may_stand_for_milliseconds_where_the_key_has_no_ms(
    words: str, span_ms: int
) -> None:
    assert policy_of(f"engagement: {{half_life: {words}}}").engagement.half_life_ms == span_ms
    assert policy_of(f"engagement: {{half_life_ms: {span_ms}}}").engagement.half_life_ms == span_ms


def test_durations_may_stand_in_a_map_by_priority() -> None:
    found = policy_of("timing: {best_time_within: {high: 0s, low: 2d}}").timing.best_time_within_ms
    assert found == {Priority.HIGH: 0, Priority.LOW: 2 * DAY_MS}


@pytest.mark.parametrize("words", ["5", "5.5h", "2 days", "-1d", "1h30m", "[1d]", "true", "1D"])
def test_what_is_no_duration_is_refused(words: str) -> None:
    (said,) = refusals(SMALL + f"engagement: {{half_life: {words}}}")
    assert said.startswith("p.yaml:8:25: engagement.half_life: found ")
    assert said.endswith("allowed: a duration such as 90s, 15m, 12h, 7d or 2w")


def test_a_duration_in_words_does_not_stand_for_a_number_of_milliseconds() -> None:
    (said,) = refusals(SMALL + "engagement: {half_life_ms: 7d}")
    assert said == 'p.yaml:8:28: engagement.half_life_ms: found "7d" (string), allowed: int'


def test_a_key_with_and_without_ms_is_refused() -> None:
    assert refusals(SMALL + "engagement: {half_life: 1d, half_life_ms: 1}") == [
        (
            "p.yaml:8:29: engagement.half_life_ms: found half_life and half_life_ms, "
            "allowed: one of them"
        )
    ]


@given(st.integers(0, 10**13))
def test_a_duration_in_words_is_the_same_span(span_ms: int) -> None:
    assert parse_duration(duration(span_ms)) == span_ms


def test_no_key_without_ms_is_a_key_of_its_own() -> None:
    structs = [
        each
        for each in vars(model).values()
        if isinstance(each, type) and issubclass(each, msgspec.Struct)
    ]
    assert len(structs) > 10
    for struct in structs:
        names = set(struct.__struct_fields__)
        assert not names & {name.removesuffix("_ms") for name in names if name.endswith("_ms")}


@pytest.mark.parametrize("word", ["no", "off", "on", "y", "2026-10-01", "1_000", "22:00"])
def test_words_that_yaml_1_1_takes_for_something_else_are_words(word: str) -> None:
    assert policy_of(base=SMALL.replace("v1", word)).version == word


def test_a_type_may_have_the_name_of_a_boolean_or_a_number() -> None:
    text = SMALL.replace("promotion:", "no:").replace("receipt:", "12:")
    assert list(policy_of(base=text).types) == ["no", "12"]


def test_a_day_may_be_without_quiet_hours() -> None:
    policy = policy_of("quiet_hours: {weekdays: {saturday: ~, sunday: {start: 01:00, end: 09:00}}}")
    assert policy.quiet_hours is not None
    assert policy.quiet_hours.weekdays is not None
    assert policy.quiet_hours.weekdays[Weekday.SATURDAY] is None


def test_a_number_where_a_name_belongs_is_refused() -> None:
    (said,) = refusals(SMALL.replace("v1", "12"))
    assert said == "p.yaml:1:10: version: found 12 (number), allowed: str"


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf", "1e999"])
def test_what_json_has_no_number_for_is_no_number(number: str) -> None:
    (said,) = refusals(SMALL.replace("address: push_token", f"cost: {number}"))
    assert f'channels.push.cost: found "{number}" (string), allowed: float' in said


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_a_policy_too(indent: int | str | None) -> None:
    value = json.loads(msgspec.json.encode(DEFAULT_POLICY))
    value["version"] = "täglich 😀 \t/"
    read = read_policy(json.dumps(value, indent=indent).encode()).policy
    assert read == parse_policy(msgspec.json.encode(value))


FAULTY = """\
version: v1
typs: {}
types:
  promotion:
    purpose: markting
    channels: [email]
    tll: 2d
  receipt:
    purpose: transactional
    channels: email
  receipt: {}
channels:
  email: {address: email, engage_prob: 1.5}
quiet_hours: {start: 22:00, end: 24:00}
caps:
  - {name: daily, window: 0s}
"""


def test_all_faults_of_a_file_are_said_at_once_with_line_and_column_in_its_order() -> None:
    channels = "purpose, channels, ttl, value_half_life, priority, max_priority, value, category, "
    assert [line.replace(channels, "… ") for line in refusals(FAULTY)] == [
        (
            "p.yaml:2:1: typs: unknown key, allowed: version, types, channels, caps, gaps, "
            "cool_downs, conflict_groups, rules, holidays, emergency, precedence, consent, "
            "quiet_hours, time_zone, timing, engagement, fatigue, exploration, admission, "
            "limits (did you mean types?)"
        ),
        (
            'p.yaml:5:14: types.promotion.purpose: found "markting" (string), '
            "allowed: marketing, transactional (did you mean marketing?)"
        ),
        (
            "p.yaml:7:5: types.promotion.tll: unknown key, allowed: … digestible, batch, "
            "conflict_group, cancelled_by, failover, holdback (did you mean ttl?)"
        ),
        'p.yaml:10:15: types.receipt.channels: found "email" (string), allowed: array',
        "p.yaml:11:3: types.receipt (again): allowed: each key once",
        "p.yaml:13:40: channels.email.engage_prob: found 1.5 (number), allowed: float <= 1.0",
        (
            'p.yaml:14:34: quiet_hours.end: found "24:00" (string), '
            'allowed: a local time "HH:MM", 00:00 to 23:59'
        ),
        "p.yaml:16:5: caps[0].max: found nothing, it is required",
        "p.yaml:16:27: caps[0].window: found 0 (number), allowed: int >= 1",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "p.yaml:1:1: found nothing, allowed: a policy"),
        ("# only a remark\n", "p.yaml:1:1: found nothing, allowed: a policy"),
        ("[]", "p.yaml:1:1: found array of 0, allowed: object"),
        ("hello", 'p.yaml:1:1: found "hello" (string), allowed: object'),
        ("a: [1\nb: 2", "p.yaml:2:2: no YAML: while parsing a flow sequence"),
        ("a: 1\n\tb: 2", "p.yaml:2:1: no YAML: while scanning for the next token"),
        ("a: *nowhere", "p.yaml:1:4: no YAML: found undefined alias"),
        ("a: 1\n---\nb: 2", "p.yaml:2:1: no YAML: expected a single document"),
        ("a: !!python/object:os.system {}", "p.yaml:1:4: found the tag tag:yaml.org,2002:python"),
        ("a: !!str 5", "p.yaml:1:4: found the tag tag:yaml.org,2002:str, allowed: no tags"),
        ("a: \x07", "p.yaml:1:1: found the character"),
        ("? [a]\n: 1", "p.yaml:1:3: ?: found a key that is no word"),
    ],
)
def test_what_is_no_policy_at_all_is_refused_with_its_line(text: str, said: str) -> None:
    assert any(line.startswith(said) for line in refusals(text))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PolicyError, match="policy:2:1: found bytes that are no UTF-8"):
        read_policy(b"version: v1\n\xff: 1")


def test_an_anchor_may_be_used_again_and_merged_and_overridden() -> None:
    policy = policy_of(
        base=SMALL.replace(
            "promotion: {purpose: marketing, channels: [email, push]}",
            "promotion: &promo {purpose: marketing, channels: &all [email, push], ttl_ms: 5}\n"
            "  tip: {<<: *promo, ttl: 7d}\n"
            "  news: {<<: [*promo], channels: *all}",
        )
    )
    assert policy.types["tip"].ttl_ms == 7 * DAY_MS
    assert policy.types["tip"].channels == policy.types["news"].channels == ("email", "push")
    assert policy.types["news"].ttl_ms == 5


def test_a_fault_in_what_was_merged_has_the_place_where_it_stands() -> None:
    text = SMALL.replace("promotion: {", "promotion: &p {vlue: 1, ").replace(
        "receipt: {", "receipt: {<<: *p, "
    )
    places = [line.partition(" types")[0] for line in refusals(text)]
    assert places == ["p.yaml:3:18:", "p.yaml:3:18:"]


BOMB = "channels:\n  a0: &a0 [x, x]\n" + "".join(
    f"  a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, f"found more than {MAX_NODES} values with those behind aliases"),
        ("caps: &a [*a]", f"found values nested deeper than {MAX_DEPTH} by aliases"),
        ("limits: &a {<<: *a}", f"found values nested deeper than {MAX_DEPTH} by aliases"),
        ("limits: {<<: 5}", "limits.<<: found no map, allowed: an alias of one"),
        ("a: " + "[" * 100_000, f"found values nested deeper than {MAX_DEPTH}"),
        ("a: [" + "x, " * (MAX_NODES + 1) + "]", f"found more than {MAX_NODES} values, allowed"),
        ("#" * (MAX_BYTES + 1), f"found {MAX_BYTES + 1} bytes, allowed: up to {MAX_BYTES}"),
        ("version: " + "1" * 100_000, "version: found "),
    ],
)
def test_a_file_that_would_take_for_ever_is_refused(text: str, said: str) -> None:
    (found, *_) = [line for line in refusals(text) if said in line]
    assert len(found) < 300


@given(policies)
def test_a_policy_written_and_read_is_the_same(policy: Policy) -> None:
    assert read_policy(write_policy(policy).encode()).policy == policy
    assert read_policy(write_policy(policy, everything=True).encode()).policy == policy


@pytest.mark.parametrize("name", ["no", "22:00", "0o17", "12", "~", "a: b", "#", "é😀", " a"])
def test_a_name_that_looks_like_something_else_is_written_so_that_it_reads_back(name: str) -> None:
    policy = msgspec.structs.replace(DEFAULT_POLICY, version=name)
    assert read_policy(write_policy(policy).encode()).policy == policy


def test_what_is_written_is_readable() -> None:
    policy = policy_of(
        "timing: {best_time_within: {normal: 3h}}\n"
        "holidays: {}\n"
        "quiet_hours: null\n"
        "caps: [{name: c, max: 1, window_ms: 604800000, types: [receipt]}]"
    )
    assert write_policy(policy) == (
        "version: v1\n"
        "types:\n"
        "  promotion:\n"
        "    purpose: marketing\n"
        "    channels: [email, push]\n"
        "  receipt:\n"
        "    purpose: transactional\n"
        "    channels: [email]\n"
        "channels:\n"
        "  email:\n"
        "    address: email\n"
        "  push:\n"
        "    address: push_token\n"
        "caps:\n"
        "- name: c\n"
        "  max: 1\n"
        "  window: 7d\n"
        "  types: [receipt]\n"
        "holidays: {}\n"
        "quiet_hours: null\n"
        "timing:\n"
        "  best_time_within:\n"
        "    normal: 3h\n"
    )


def test_everything_is_written_when_asked_for() -> None:
    written = write_policy(policy_of(), everything=True)
    assert "tracked_attempts: 16\n" in written
    assert "  default_country" not in written, "there are no holidays, so they have no keys"
    assert "holidays: null\n" in written


def test_units_are_multiples_of_each_other() -> None:
    spans = list(UNITS_MS.values())
    assert spans == sorted(spans, reverse=True)
    assert all(large % small == 0 for large, small in itertools.pairwise(spans))
