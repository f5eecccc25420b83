"""Contains all the data models used in inputs/outputs"""

from .accepted import Accepted
from .audience import Audience
from .audience_by_channel import AudienceByChannel
from .audience_in import AudienceIn
from .audit_page import AuditPage
from .audit_row import AuditRow
from .best_time import BestTime
from .bulk_accepted import BulkAccepted
from .channel_profile import ChannelProfile
from .channel_profile_outcomes import ChannelProfileOutcomes
from .check_policy_body import CheckPolicyBody
from .consent_change import ConsentChange
from .consent_change_consent import ConsentChangeConsent
from .consent_data import ConsentData
from .consent_data_consent import ConsentDataConsent
from .consent_in import ConsentIn
from .consent_in_consent import ConsentInConsent
from .consent_out import ConsentOut
from .consent_out_consent import ConsentOutConsent
from .consent_told import ConsentTold
from .consent_told_type import ConsentToldType
from .considered import Considered
from .counterfactual import Counterfactual
from .decision_in import DecisionIn
from .decision_out import DecisionOut
from .decision_told import DecisionTold
from .decision_told_type import DecisionToldType
from .delays import Delays
from .device_info import DeviceInfo
from .difference import Difference
from .ending import Ending
from .erasure_in import ErasureIn
from .event_in import EventIn
from .event_in_attributes_type_0 import EventInAttributesType0
from .event_type import EventType
from .events_in import EventsIn
from .explanation import Explanation
from .export import Export
from .fate import Fate
from .feedback_in import FeedbackIn
from .frequency_mode import FrequencyMode
from .graph_answer import GraphAnswer
from .graph_answer_data_type_0 import GraphAnswerDataType0
from .graph_answer_extensions_type_0 import GraphAnswerExtensionsType0
from .graph_error import GraphError
from .graph_error_extensions_type_0 import GraphErrorExtensionsType0
from .graph_error_locations_type_0_item import GraphErrorLocationsType0Item
from .health import Health
from .held import Held
from .held_profile import HeldProfile
from .history import History
from .jwk import Jwk
from .jwks import Jwks
from .ledger_entry import LedgerEntry
from .ledger_entry_model_versions import LedgerEntryModelVersions
from .link import Link
from .link_headers import LinkHeaders
from .link_in import LinkIn
from .link_in_purpose import LinkInPurpose
from .local_span import LocalSpan
from .model_out import ModelOut
from .model_out_card_type_0 import ModelOutCardType0
from .model_out_metrics_type_0 import ModelOutMetricsType0
from .model_snapshot import ModelSnapshot
from .model_snapshot_card_type_0 import ModelSnapshotCardType0
from .model_snapshot_gains_type_0 import ModelSnapshotGainsType0
from .model_snapshot_means_type_0 import ModelSnapshotMeansType0
from .model_snapshot_metrics_type_0 import ModelSnapshotMetricsType0
from .model_snapshot_rates_type_0 import ModelSnapshotRatesType0
from .model_snapshot_variances_type_0 import ModelSnapshotVariancesType0
from .model_snapshot_weights_type_0 import ModelSnapshotWeightsType0
from .models import Models
from .moment import Moment
from .outcome import Outcome
from .pair_count import PairCount
from .policy_checked import PolicyChecked
from .policy_out import PolicyOut
from .policy_out_policy import PolicyOutPolicy
from .policy_preview import PolicyPreview
from .policy_problem import PolicyProblem
from .policy_pushed import PolicyPushed
from .post_graphql_body import PostGraphqlBody
from .post_graphql_body_variables_type_0 import PostGraphqlBodyVariablesType0
from .post_token_body import PostTokenBody
from .post_token_body_grant_type import PostTokenBodyGrantType
from .preferences import Preferences
from .preferences_channels_type_0 import PreferencesChannelsType0
from .preferences_data import PreferencesData
from .preferences_out import PreferencesOut
from .preferences_out_preferences import PreferencesOutPreferences
from .preferences_told import PreferencesTold
from .preferences_told_type import PreferencesToldType
from .preferences_types_type_0 import PreferencesTypesType0
from .preferences_types_type_0_additional_property_type_1 import (
    PreferencesTypesType0AdditionalPropertyType1,
)
from .preview_policy_body import PreviewPolicyBody
from .preview_side import PreviewSide
from .preview_side_endings import PreviewSideEndings
from .priority import Priority
from .problem import Problem
from .problem_errors_item import ProblemErrorsItem
from .profile import Profile
from .profile_activity import ProfileActivity
from .profile_attributes import ProfileAttributes
from .profile_channels import ProfileChannels
from .profile_consent import ProfileConsent
from .profile_identifiers import ProfileIdentifiers
from .profile_in import ProfileIn
from .profile_in_attributes_type_0 import ProfileInAttributesType0
from .profile_in_identifiers_type_0 import ProfileInIdentifiersType0
from .profile_preferences import ProfilePreferences
from .put_policy_body import PutPolicyBody
from .quiet_hours import QuietHours
from .quiet_hours_weekdays_type_0 import QuietHoursWeekdaysType0
from .reason import Reason
from .receipt import Receipt
from .receipt_state import ReceiptState
from .refused import Refused
from .request_in import RequestIn
from .request_in_data_type_0 import RequestInDataType0
from .scoring import Scoring
from .scoring_because import ScoringBecause
from .token import Token
from .token_refusal import TokenRefusal
from .trial_data import TrialData
from .trial_told import TrialTold
from .trial_told_type import TrialToldType
from .verdict import Verdict
from .webhook import Webhook
from .webhook_change import WebhookChange
from .webhook_in import WebhookIn
from .webhook_made import WebhookMade
from .webhooks import Webhooks
from .weekday import Weekday

__all__ = (
    "Accepted",
    "Audience",
    "AudienceByChannel",
    "AudienceIn",
    "AuditPage",
    "AuditRow",
    "BestTime",
    "BulkAccepted",
    "ChannelProfile",
    "ChannelProfileOutcomes",
    "CheckPolicyBody",
    "ConsentChange",
    "ConsentChangeConsent",
    "ConsentData",
    "ConsentDataConsent",
    "ConsentIn",
    "ConsentInConsent",
    "ConsentOut",
    "ConsentOutConsent",
    "ConsentTold",
    "ConsentToldType",
    "Considered",
    "Counterfactual",
    "DecisionIn",
    "DecisionOut",
    "DecisionTold",
    "DecisionToldType",
    "Delays",
    "DeviceInfo",
    "Difference",
    "Ending",
    "ErasureIn",
    "EventIn",
    "EventInAttributesType0",
    "EventsIn",
    "EventType",
    "Explanation",
    "Export",
    "Fate",
    "FeedbackIn",
    "FrequencyMode",
    "GraphAnswer",
    "GraphAnswerDataType0",
    "GraphAnswerExtensionsType0",
    "GraphError",
    "GraphErrorExtensionsType0",
    "GraphErrorLocationsType0Item",
    "Health",
    "Held",
    "HeldProfile",
    "History",
    "Jwk",
    "Jwks",
    "LedgerEntry",
    "LedgerEntryModelVersions",
    "Link",
    "LinkHeaders",
    "LinkIn",
    "LinkInPurpose",
    "LocalSpan",
    "ModelOut",
    "ModelOutCardType0",
    "ModelOutMetricsType0",
    "Models",
    "ModelSnapshot",
    "ModelSnapshotCardType0",
    "ModelSnapshotGainsType0",
    "ModelSnapshotMeansType0",
    "ModelSnapshotMetricsType0",
    "ModelSnapshotRatesType0",
    "ModelSnapshotVariancesType0",
    "ModelSnapshotWeightsType0",
    "Moment",
    "Outcome",
    "PairCount",
    "PolicyChecked",
    "PolicyOut",
    "PolicyOutPolicy",
    "PolicyPreview",
    "PolicyProblem",
    "PolicyPushed",
    "PostGraphqlBody",
    "PostGraphqlBodyVariablesType0",
    "PostTokenBody",
    "PostTokenBodyGrantType",
    "Preferences",
    "PreferencesChannelsType0",
    "PreferencesData",
    "PreferencesOut",
    "PreferencesOutPreferences",
    "PreferencesTold",
    "PreferencesToldType",
    "PreferencesTypesType0",
    "PreferencesTypesType0AdditionalPropertyType1",
    "PreviewPolicyBody",
    "PreviewSide",
    "PreviewSideEndings",
    "Priority",
    "Problem",
    "ProblemErrorsItem",
    "Profile",
    "ProfileActivity",
    "ProfileAttributes",
    "ProfileChannels",
    "ProfileConsent",
    "ProfileIdentifiers",
    "ProfileIn",
    "ProfileInAttributesType0",
    "ProfileInIdentifiersType0",
    "ProfilePreferences",
    "PutPolicyBody",
    "QuietHours",
    "QuietHoursWeekdaysType0",
    "Reason",
    "Receipt",
    "ReceiptState",
    "Refused",
    "RequestIn",
    "RequestInDataType0",
    "Scoring",
    "ScoringBecause",
    "Token",
    "TokenRefusal",
    "TrialData",
    "TrialTold",
    "TrialToldType",
    "Verdict",
    "Webhook",
    "WebhookChange",
    "WebhookIn",
    "WebhookMade",
    "Webhooks",
    "Weekday",
)
