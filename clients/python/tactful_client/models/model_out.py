from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.model_out_card_type_0 import ModelOutCardType0
    from ..models.model_out_metrics_type_0 import ModelOutMetricsType0


T = TypeVar("T", bound="ModelOut")


@_attrs_define
class ModelOut:
    """A model in use."""

    task: str
    version: str
    card: ModelOutCardType0 | None | Unset = UNSET
    examples: int | None | Unset = UNSET
    form: None | str | Unset = UNSET
    metrics: ModelOutMetricsType0 | None | Unset = UNSET
    trained_at_ms: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.model_out_card_type_0 import ModelOutCardType0  # noqa: PLC0415
        from ..models.model_out_metrics_type_0 import ModelOutMetricsType0  # noqa: PLC0415

        task = self.task

        version = self.version

        card: dict[str, Any] | None | Unset
        if isinstance(self.card, Unset):
            card = UNSET
        elif isinstance(self.card, ModelOutCardType0):
            card = self.card.to_dict()
        else:
            card = self.card

        examples: int | None | Unset
        if isinstance(self.examples, Unset):
            examples = UNSET
        else:
            examples = self.examples

        form: None | str | Unset
        if isinstance(self.form, Unset):
            form = UNSET
        else:
            form = self.form

        metrics: dict[str, Any] | None | Unset
        if isinstance(self.metrics, Unset):
            metrics = UNSET
        elif isinstance(self.metrics, ModelOutMetricsType0):
            metrics = self.metrics.to_dict()
        else:
            metrics = self.metrics

        trained_at_ms: int | None | Unset
        if isinstance(self.trained_at_ms, Unset):
            trained_at_ms = UNSET
        else:
            trained_at_ms = self.trained_at_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "task": task,
                "version": version,
            }
        )
        if card is not UNSET:
            field_dict["card"] = card
        if examples is not UNSET:
            field_dict["examples"] = examples
        if form is not UNSET:
            field_dict["form"] = form
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if trained_at_ms is not UNSET:
            field_dict["trained_at_ms"] = trained_at_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.model_out_card_type_0 import ModelOutCardType0  # noqa: PLC0415
        from ..models.model_out_metrics_type_0 import ModelOutMetricsType0  # noqa: PLC0415

        d = dict(src_dict)
        task = d.pop("task")

        version = d.pop("version")

        def _parse_card(data: object) -> ModelOutCardType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                card_type_0 = ModelOutCardType0.from_dict(data)

                return card_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelOutCardType0 | None | Unset, data)

        card = _parse_card(d.pop("card", UNSET))

        def _parse_examples(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        examples = _parse_examples(d.pop("examples", UNSET))

        def _parse_form(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        form = _parse_form(d.pop("form", UNSET))

        def _parse_metrics(data: object) -> ModelOutMetricsType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metrics_type_0 = ModelOutMetricsType0.from_dict(data)

                return metrics_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelOutMetricsType0 | None | Unset, data)

        metrics = _parse_metrics(d.pop("metrics", UNSET))

        def _parse_trained_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        trained_at_ms = _parse_trained_at_ms(d.pop("trained_at_ms", UNSET))

        model_out = cls(
            task=task,
            version=version,
            card=card,
            examples=examples,
            form=form,
            metrics=metrics,
            trained_at_ms=trained_at_ms,
        )

        model_out.additional_properties = d
        return model_out

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
