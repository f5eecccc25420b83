"""Random records for the tests of the contracts."""

from typing import Any

import msgspec
from contract_examples import FULL, LEAST, raw
from hypothesis import strategies as st

from schemas.audit import AuditAction, AuditEntry
from schemas.kinds import RECORD_TYPES
from tactful.records import (
    ChannelProfile,
    Considered,
    Counterfactual,
    DeadLetter,
    DeadLetterReason,
    Decision,
    DeviceInfo,
    Digest,
    DigestItem,
    Event,
    Example,
    ExampleKind,
    Feedback,
    HeldProfile,
    LedgerEntry,
    LocalSpan,
    Outcome,
    Preferences,
    Priority,
    ProfileActivity,
    ProfileSnapshot,
    ProfileUpdate,
    QuietHours,
    Reason,
    Request,
    Scoring,
    Verdict,
    Weekday,
)
from tactful.records.common import MAX_NESTING, MAX_TIME_MS
from tactful.records.inputs import FrequencyMode

_text = st.text(max_size=8)
_ids = st.text(min_size=1, max_size=12)
_names = st.text(min_size=1, max_size=8)
_times = st.integers(0, MAX_TIME_MS)
_int64 = st.integers(-(2**63), 2**63 - 1)
_floats = st.floats(allow_nan=False, allow_infinity=False)
_labels = st.dictionaries(_text, st.integers(0, 1), max_size=3)
_scalars = st.none() | st.booleans() | _int64 | _floats | _text


def _nest(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3)


def _depth(value: Any) -> int:
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return 1 + max(map(_depth, items), default=0)
    return 0


json_values = st.recursive(_scalars, _nest, max_leaves=8).filter(
    lambda value: _depth(value) <= MAX_NESTING
)
json_objects = st.dictionaries(_text, json_values, max_size=4)
_named_json = st.dictionaries(_names, json_values, max_size=4)
_raws = json_objects.map(raw)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _or_absent(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.just(msgspec.UNSET) | st.none() | strategy


_switches = st.dictionaries(_names, maybe(st.booleans()), max_size=3)
_clock = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
_weekdays = maybe(
    st.dictionaries(
        st.sampled_from(Weekday), maybe(st.builds(LocalSpan, start=_clock, end=_clock)), max_size=3
    )
)
_preferences = st.builds(
    Preferences,
    channels=_or_absent(_switches),
    types=_or_absent(st.dictionaries(_names, maybe(st.booleans() | _switches), max_size=3)),
    frequency=_or_absent(st.sampled_from(FrequencyMode)),
    preferred_hours=_or_absent(st.lists(st.integers(0, 23), max_size=3)),
    quiet_hours=_or_absent(st.builds(QuietHours, start=_clock, end=_clock, weekdays=_weekdays)),
    pause_until_ms=_or_absent(_times),
)
_versions = st.dictionaries(_text, _text, max_size=2)
_reasons = st.lists(st.sampled_from(Reason), max_size=3)
_counts = st.integers(0, 2**53)
_digests = st.builds(
    Digest,
    count=_counts,
    items=st.lists(
        st.builds(DigestItem, request_id=_text, type=_text, at_ms=_int64, data=maybe(json_objects)),
        max_size=3,
    ),
)

records: dict[str, st.SearchStrategy[Any]] = {
    "event": st.builds(
        Event,
        id=_ids,
        user_id=_ids,
        name=_names,
        at_ms=_times,
        channel=maybe(_names),
        session_id=maybe(_ids),
        device=maybe(
            st.builds(DeviceInfo, id=maybe(_text), platform=maybe(_text), app_version=maybe(_text))
        ),
        time_zone=maybe(_names),
        location=maybe(_text),
        attributes=maybe(json_objects),
    ),
    "request": st.builds(
        Request,
        id=_ids,
        user_id=_ids,
        type=_names,
        at_ms=_times,
        priority=maybe(st.sampled_from(Priority)),
        channels=maybe(st.lists(_names, min_size=1, max_size=3)),
        not_before_ms=maybe(_times),
        expires_at_ms=maybe(_times),
        batch_key=maybe(_ids),
        campaign=maybe(_ids),
        data=maybe(json_objects),
    ),
    "feedback": st.builds(
        Feedback,
        id=_ids,
        user_id=_ids,
        decision_id=_ids,
        channel=_names,
        outcome=st.sampled_from(Outcome),
        at_ms=_times,
    ),
    "profile-update": st.builds(
        ProfileUpdate,
        id=_ids,
        user_id=_ids,
        at_ms=_times,
        attributes=maybe(_named_json),
        identifiers=maybe(st.dictionaries(_names, maybe(_text), max_size=3)),
        preferences=maybe(_preferences),
        consent=maybe(_switches),
        time_zone=maybe(_names),
        erase=st.booleans(),
    ),
    "decision": st.builds(
        Decision,
        decision_id=_text,
        request_id=_text,
        user_id=_text,
        type=_text,
        channel=_text,
        priority=st.sampled_from(Priority),
        decided_at_ms=_int64,
        deliver_by_ms=_int64,
        score=_floats,
        propensity=_floats,
        explanation=_text,
        policy_version=_text,
        model_versions=_versions,
        campaign=maybe(_text),
        batch_key=maybe(_text),
        data=maybe(json_objects),
        attempt=_counts,
        digest=maybe(_digests),
    ),
    "ledger-entry": st.builds(
        LedgerEntry,
        decision_id=_text,
        request_id=_text,
        user_id=_text,
        type=_text,
        verdict=st.sampled_from(Verdict),
        reason=st.sampled_from(Reason),
        priority=st.sampled_from(Priority),
        requested_at_ms=_int64,
        decided_at_ms=_int64,
        expires_at_ms=_int64,
        explanation=_text,
        policy_version=_text,
        model_versions=_versions,
        channel=maybe(_text),
        score=maybe(_floats),
        propensity=maybe(_floats),
        also=_reasons,
        considered=st.lists(
            st.builds(
                Considered,
                channel=_text,
                score=_floats,
                earliest_ms=maybe(_int64),
                blocked_by=_reasons,
            ),
            max_size=3,
        ),
        reconsider_at_ms=maybe(_int64),
        campaign=maybe(_text),
        batch_key=maybe(_text),
        attempt=_counts,
        counterfactual=maybe(
            st.builds(
                Counterfactual,
                without=st.sampled_from(Reason),
                verdict=st.sampled_from(Verdict),
                channel=maybe(_text),
                at_ms=maybe(_int64),
            )
        ),
        merged_into=maybe(_text),
        bid=maybe(_floats),
        scoring=maybe(
            st.builds(
                Scoring,
                engage_prob=_floats,
                own_share=_floats,
                segment_share=_floats,
                global_share=_floats,
                segment=_text,
                because=st.dictionaries(_text, _floats, max_size=3),
                negative_prob=maybe(_floats),
                fatigue=maybe(_floats),
                wanted_per_week=maybe(_floats),
            )
        ),
    ),
    "profile-snapshot": st.builds(
        ProfileSnapshot,
        user_id=_text,
        version=_counts,
        updated_at_ms=_int64,
        time_zone=maybe(_text),
        identifiers=_raws,
        attributes=_raws,
        preferences=_raws,
        consent=_raws,
        activity=st.builds(
            ProfileActivity,
            events=_counts,
            sessions=_counts,
            first_seen_ms=maybe(_int64),
            last_seen_ms=maybe(_int64),
            hours=maybe(_text),
            hours_at_ms=maybe(_int64),
        ),
        channels=st.dictionaries(
            _text,
            st.builds(
                ChannelProfile,
                sent=_counts,
                outcomes=st.dictionaries(st.sampled_from(Outcome), _counts, max_size=3),
                engage_prob=_floats,
                shrinkage_weight=_floats,
                last_sent_ms=maybe(_int64),
                last_engaged_ms=maybe(_int64),
            ),
            max_size=3,
        ),
        held=st.builds(HeldProfile, count=_counts, next_wakeup_ms=maybe(_int64)),
        duplicates=_counts,
        erased=st.booleans(),
    ),
    "dead-letter": st.builds(
        DeadLetter,
        reason=st.sampled_from(DeadLetterReason),
        detail=_text,
        topic=_text,
        partition=st.integers(0, 2**31 - 1),
        offset=_counts,
        value=st.binary(max_size=20),
        key=maybe(_text),
        seen_at_ms=_int64,
        field=maybe(_text),
    ),
    "example": st.builds(
        Example,
        id=_text,
        user_id=_text,
        kind=st.sampled_from(ExampleKind),
        at_ms=_int64,
        labelled_at_ms=_int64,
        labels=_labels,
        features=st.dictionaries(_text, _floats, max_size=3),
        segment=_text,
        policy_version=_text,
        model_versions=st.dictionaries(_text, _text, max_size=3),
        decision_id=maybe(_text),
        channel=maybe(_text),
        type=maybe(_text),
        propensity=_floats,
        group=maybe(_text),
        revision=_counts,
        corrects=maybe(_labels),
    ),
    "audit-entry": st.builds(
        AuditEntry,
        id=_ids,
        user_id=_ids,
        at_ms=_times,
        actor=_ids,
        action=st.sampled_from(AuditAction),
        fields=st.lists(_names, max_size=3),
        role=maybe(_names),
        via=maybe(_names),
        source=maybe(_ids),
        request_id=maybe(_ids),
        subject_id=maybe(_ids),
    ),
}

assert FULL.keys() == LEAST.keys() == records.keys() == RECORD_TYPES.keys()

any_record = st.one_of(*records.values())
any_input = st.one_of(
    *(records[name] for name in ("event", "request", "feedback", "profile-update"))
)
