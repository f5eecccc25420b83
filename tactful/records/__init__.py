"""Every record that enters or leaves Tactful, typed once for JSON, Avro, Flink and the tests."""

from tactful.records.common import Identified, RecordKind
from tactful.records.inputs import (
    DeviceInfo,
    Event,
    Feedback,
    Input,
    Outcome,
    Priority,
    ProfileUpdate,
    Request,
    Wakeup,
)
from tactful.records.outputs import (
    ChannelProfile,
    Considered,
    DeadLetter,
    DeadLetterReason,
    Decision,
    HeldProfile,
    LedgerEntry,
    Output,
    ProfileActivity,
    ProfileSnapshot,
    Reason,
    Verdict,
)

__all__ = [
    "ChannelProfile",
    "Considered",
    "DeadLetter",
    "DeadLetterReason",
    "Decision",
    "DeviceInfo",
    "Event",
    "Feedback",
    "HeldProfile",
    "Identified",
    "Input",
    "LedgerEntry",
    "Outcome",
    "Output",
    "Priority",
    "ProfileActivity",
    "ProfileSnapshot",
    "ProfileUpdate",
    "Reason",
    "RecordKind",
    "Request",
    "Verdict",
    "Wakeup",
]
