from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.priority import Priority, check_priority
from ..models.reason import Reason, check_reason
from ..models.verdict import Verdict, check_verdict
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.considered import Considered
    from ..models.counterfactual import Counterfactual
    from ..models.ledger_entry_model_versions import LedgerEntryModelVersions
    from ..models.scoring import Scoring


T = TypeVar("T", bound="LedgerEntry")


@_attrs_define
class LedgerEntry:
    """One verdict with its why.

    Each attempt of a request has any number of holds and one final verdict; attempts beyond the
    first come by failover, escalation, or as `critical` goes out on all channels.

    """

    decided_at_ms: int
    decision_id: str
    expires_at_ms: int
    explanation: str
    model_versions: LedgerEntryModelVersions
    policy_version: str
    priority: Priority
    """ How urgent a request is. `critical` passes quiet hours and caps, never consent. """
    reason: Reason
    """ Why a verdict was given: the binding constraint, or what let the notification go. """
    request_id: str
    requested_at_ms: int
    type_: str
    user_id: str
    verdict: Verdict
    """ What was decided. All but `hold` are final. """
    also: list[Reason] | Unset = UNSET
    attempt: int | Unset = 1
    batch_key: None | str | Unset = UNSET
    bid: float | None | Unset = UNSET
    campaign: None | str | Unset = UNSET
    channel: None | str | Unset = UNSET
    considered: list[Considered] | Unset = UNSET
    counterfactual: Counterfactual | None | Unset = UNSET
    merged_into: None | str | Unset = UNSET
    propensity: float | None | Unset = UNSET
    reconsider_at_ms: int | None | Unset = UNSET
    score: float | None | Unset = UNSET
    scoring: None | Scoring | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.counterfactual import Counterfactual  # noqa: PLC0415
        from ..models.scoring import Scoring  # noqa: PLC0415

        decided_at_ms = self.decided_at_ms

        decision_id = self.decision_id

        expires_at_ms = self.expires_at_ms

        explanation = self.explanation

        model_versions = self.model_versions.to_dict()

        policy_version = self.policy_version

        priority: str = self.priority

        reason: str = self.reason

        request_id = self.request_id

        requested_at_ms = self.requested_at_ms

        type_ = self.type_

        user_id = self.user_id

        verdict: str = self.verdict

        also: list[str] | Unset = UNSET
        if not isinstance(self.also, Unset):
            also = []
            for also_item_data in self.also:
                also_item: str = also_item_data
                also.append(also_item)

        attempt = self.attempt

        batch_key: None | str | Unset
        if isinstance(self.batch_key, Unset):
            batch_key = UNSET
        else:
            batch_key = self.batch_key

        bid: float | None | Unset
        if isinstance(self.bid, Unset):
            bid = UNSET
        else:
            bid = self.bid

        campaign: None | str | Unset
        if isinstance(self.campaign, Unset):
            campaign = UNSET
        else:
            campaign = self.campaign

        channel: None | str | Unset
        if isinstance(self.channel, Unset):
            channel = UNSET
        else:
            channel = self.channel

        considered: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.considered, Unset):
            considered = []
            for considered_item_data in self.considered:
                considered_item = considered_item_data.to_dict()
                considered.append(considered_item)

        counterfactual: dict[str, Any] | None | Unset
        if isinstance(self.counterfactual, Unset):
            counterfactual = UNSET
        elif isinstance(self.counterfactual, Counterfactual):
            counterfactual = self.counterfactual.to_dict()
        else:
            counterfactual = self.counterfactual

        merged_into: None | str | Unset
        if isinstance(self.merged_into, Unset):
            merged_into = UNSET
        else:
            merged_into = self.merged_into

        propensity: float | None | Unset
        if isinstance(self.propensity, Unset):
            propensity = UNSET
        else:
            propensity = self.propensity

        reconsider_at_ms: int | None | Unset
        if isinstance(self.reconsider_at_ms, Unset):
            reconsider_at_ms = UNSET
        else:
            reconsider_at_ms = self.reconsider_at_ms

        score: float | None | Unset
        if isinstance(self.score, Unset):
            score = UNSET
        else:
            score = self.score

        scoring: dict[str, Any] | None | Unset
        if isinstance(self.scoring, Unset):
            scoring = UNSET
        elif isinstance(self.scoring, Scoring):
            scoring = self.scoring.to_dict()
        else:
            scoring = self.scoring

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "decided_at_ms": decided_at_ms,
                "decision_id": decision_id,
                "expires_at_ms": expires_at_ms,
                "explanation": explanation,
                "model_versions": model_versions,
                "policy_version": policy_version,
                "priority": priority,
                "reason": reason,
                "request_id": request_id,
                "requested_at_ms": requested_at_ms,
                "type": type_,
                "user_id": user_id,
                "verdict": verdict,
            }
        )
        if also is not UNSET:
            field_dict["also"] = also
        if attempt is not UNSET:
            field_dict["attempt"] = attempt
        if batch_key is not UNSET:
            field_dict["batch_key"] = batch_key
        if bid is not UNSET:
            field_dict["bid"] = bid
        if campaign is not UNSET:
            field_dict["campaign"] = campaign
        if channel is not UNSET:
            field_dict["channel"] = channel
        if considered is not UNSET:
            field_dict["considered"] = considered
        if counterfactual is not UNSET:
            field_dict["counterfactual"] = counterfactual
        if merged_into is not UNSET:
            field_dict["merged_into"] = merged_into
        if propensity is not UNSET:
            field_dict["propensity"] = propensity
        if reconsider_at_ms is not UNSET:
            field_dict["reconsider_at_ms"] = reconsider_at_ms
        if score is not UNSET:
            field_dict["score"] = score
        if scoring is not UNSET:
            field_dict["scoring"] = scoring

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.considered import Considered  # noqa: PLC0415
        from ..models.counterfactual import Counterfactual  # noqa: PLC0415
        from ..models.ledger_entry_model_versions import LedgerEntryModelVersions  # noqa: PLC0415
        from ..models.scoring import Scoring  # noqa: PLC0415

        d = dict(src_dict)
        decided_at_ms = d.pop("decided_at_ms")

        decision_id = d.pop("decision_id")

        expires_at_ms = d.pop("expires_at_ms")

        explanation = d.pop("explanation")

        model_versions = LedgerEntryModelVersions.from_dict(d.pop("model_versions"))

        policy_version = d.pop("policy_version")

        priority = check_priority(d.pop("priority"))

        reason = check_reason(d.pop("reason"))

        request_id = d.pop("request_id")

        requested_at_ms = d.pop("requested_at_ms")

        type_ = d.pop("type")

        user_id = d.pop("user_id")

        verdict = check_verdict(d.pop("verdict"))

        _also = d.pop("also", UNSET)
        also: list[Reason] | Unset = UNSET
        if _also is not UNSET:
            also = []
            for also_item_data in _also:
                also_item = check_reason(also_item_data)

                also.append(also_item)

        attempt = d.pop("attempt", UNSET)

        def _parse_batch_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        batch_key = _parse_batch_key(d.pop("batch_key", UNSET))

        def _parse_bid(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        bid = _parse_bid(d.pop("bid", UNSET))

        def _parse_campaign(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        campaign = _parse_campaign(d.pop("campaign", UNSET))

        def _parse_channel(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        channel = _parse_channel(d.pop("channel", UNSET))

        _considered = d.pop("considered", UNSET)
        considered: list[Considered] | Unset = UNSET
        if _considered is not UNSET:
            considered = []
            for considered_item_data in _considered:
                considered_item = Considered.from_dict(considered_item_data)

                considered.append(considered_item)

        def _parse_counterfactual(data: object) -> Counterfactual | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                counterfactual_type_0 = Counterfactual.from_dict(data)

                return counterfactual_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Counterfactual | None | Unset, data)

        counterfactual = _parse_counterfactual(d.pop("counterfactual", UNSET))

        def _parse_merged_into(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        merged_into = _parse_merged_into(d.pop("merged_into", UNSET))

        def _parse_propensity(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        propensity = _parse_propensity(d.pop("propensity", UNSET))

        def _parse_reconsider_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        reconsider_at_ms = _parse_reconsider_at_ms(d.pop("reconsider_at_ms", UNSET))

        def _parse_score(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        score = _parse_score(d.pop("score", UNSET))

        def _parse_scoring(data: object) -> None | Scoring | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                scoring_type_0 = Scoring.from_dict(data)

                return scoring_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Scoring | Unset, data)

        scoring = _parse_scoring(d.pop("scoring", UNSET))

        ledger_entry = cls(
            decided_at_ms=decided_at_ms,
            decision_id=decision_id,
            expires_at_ms=expires_at_ms,
            explanation=explanation,
            model_versions=model_versions,
            policy_version=policy_version,
            priority=priority,
            reason=reason,
            request_id=request_id,
            requested_at_ms=requested_at_ms,
            type_=type_,
            user_id=user_id,
            verdict=verdict,
            also=also,
            attempt=attempt,
            batch_key=batch_key,
            bid=bid,
            campaign=campaign,
            channel=channel,
            considered=considered,
            counterfactual=counterfactual,
            merged_into=merged_into,
            propensity=propensity,
            reconsider_at_ms=reconsider_at_ms,
            score=score,
            scoring=scoring,
        )

        ledger_entry.additional_properties = d
        return ledger_entry

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
