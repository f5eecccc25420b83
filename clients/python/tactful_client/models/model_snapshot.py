from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.model_snapshot_card_type_0 import ModelSnapshotCardType0
    from ..models.model_snapshot_gains_type_0 import ModelSnapshotGainsType0
    from ..models.model_snapshot_means_type_0 import ModelSnapshotMeansType0
    from ..models.model_snapshot_metrics_type_0 import ModelSnapshotMetricsType0
    from ..models.model_snapshot_rates_type_0 import ModelSnapshotRatesType0
    from ..models.model_snapshot_variances_type_0 import ModelSnapshotVariancesType0
    from ..models.model_snapshot_weights_type_0 import ModelSnapshotWeightsType0


T = TypeVar("T", bound="ModelSnapshot")


@_attrs_define
class ModelSnapshot:
    """A model with its weights, as the jobs read it; what a form does not need is left out."""

    calibration: list[list[float]] | None | Unset = UNSET
    card: ModelSnapshotCardType0 | None | Unset = UNSET
    examples: int | None | Unset = UNSET
    form: None | str | Unset = UNSET
    gains: ModelSnapshotGainsType0 | None | Unset = UNSET
    intercept: float | None | Unset = UNSET
    means: ModelSnapshotMeansType0 | None | Unset = UNSET
    metrics: ModelSnapshotMetricsType0 | None | Unset = UNSET
    rates: ModelSnapshotRatesType0 | None | Unset = UNSET
    task: None | str | Unset = UNSET
    trained_at_ms: int | None | Unset = UNSET
    variances: ModelSnapshotVariancesType0 | None | Unset = UNSET
    version: None | str | Unset = UNSET
    weights: ModelSnapshotWeightsType0 | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.model_snapshot_card_type_0 import ModelSnapshotCardType0  # noqa: PLC0415
        from ..models.model_snapshot_gains_type_0 import ModelSnapshotGainsType0  # noqa: PLC0415
        from ..models.model_snapshot_means_type_0 import ModelSnapshotMeansType0  # noqa: PLC0415
        from ..models.model_snapshot_metrics_type_0 import ModelSnapshotMetricsType0  # noqa: PLC0415
        from ..models.model_snapshot_rates_type_0 import ModelSnapshotRatesType0  # noqa: PLC0415
        from ..models.model_snapshot_variances_type_0 import ModelSnapshotVariancesType0  # noqa: PLC0415
        from ..models.model_snapshot_weights_type_0 import ModelSnapshotWeightsType0  # noqa: PLC0415

        calibration: list[list[float]] | None | Unset
        if isinstance(self.calibration, Unset):
            calibration = UNSET
        elif isinstance(self.calibration, list):
            calibration = []
            for calibration_type_0_item_data in self.calibration:
                calibration_type_0_item = calibration_type_0_item_data

                calibration.append(calibration_type_0_item)

        else:
            calibration = self.calibration

        card: dict[str, Any] | None | Unset
        if isinstance(self.card, Unset):
            card = UNSET
        elif isinstance(self.card, ModelSnapshotCardType0):
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

        gains: dict[str, Any] | None | Unset
        if isinstance(self.gains, Unset):
            gains = UNSET
        elif isinstance(self.gains, ModelSnapshotGainsType0):
            gains = self.gains.to_dict()
        else:
            gains = self.gains

        intercept: float | None | Unset
        if isinstance(self.intercept, Unset):
            intercept = UNSET
        else:
            intercept = self.intercept

        means: dict[str, Any] | None | Unset
        if isinstance(self.means, Unset):
            means = UNSET
        elif isinstance(self.means, ModelSnapshotMeansType0):
            means = self.means.to_dict()
        else:
            means = self.means

        metrics: dict[str, Any] | None | Unset
        if isinstance(self.metrics, Unset):
            metrics = UNSET
        elif isinstance(self.metrics, ModelSnapshotMetricsType0):
            metrics = self.metrics.to_dict()
        else:
            metrics = self.metrics

        rates: dict[str, Any] | None | Unset
        if isinstance(self.rates, Unset):
            rates = UNSET
        elif isinstance(self.rates, ModelSnapshotRatesType0):
            rates = self.rates.to_dict()
        else:
            rates = self.rates

        task: None | str | Unset
        if isinstance(self.task, Unset):
            task = UNSET
        else:
            task = self.task

        trained_at_ms: int | None | Unset
        if isinstance(self.trained_at_ms, Unset):
            trained_at_ms = UNSET
        else:
            trained_at_ms = self.trained_at_ms

        variances: dict[str, Any] | None | Unset
        if isinstance(self.variances, Unset):
            variances = UNSET
        elif isinstance(self.variances, ModelSnapshotVariancesType0):
            variances = self.variances.to_dict()
        else:
            variances = self.variances

        version: None | str | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

        weights: dict[str, Any] | None | Unset
        if isinstance(self.weights, Unset):
            weights = UNSET
        elif isinstance(self.weights, ModelSnapshotWeightsType0):
            weights = self.weights.to_dict()
        else:
            weights = self.weights

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if calibration is not UNSET:
            field_dict["calibration"] = calibration
        if card is not UNSET:
            field_dict["card"] = card
        if examples is not UNSET:
            field_dict["examples"] = examples
        if form is not UNSET:
            field_dict["form"] = form
        if gains is not UNSET:
            field_dict["gains"] = gains
        if intercept is not UNSET:
            field_dict["intercept"] = intercept
        if means is not UNSET:
            field_dict["means"] = means
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if rates is not UNSET:
            field_dict["rates"] = rates
        if task is not UNSET:
            field_dict["task"] = task
        if trained_at_ms is not UNSET:
            field_dict["trained_at_ms"] = trained_at_ms
        if variances is not UNSET:
            field_dict["variances"] = variances
        if version is not UNSET:
            field_dict["version"] = version
        if weights is not UNSET:
            field_dict["weights"] = weights

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.model_snapshot_card_type_0 import ModelSnapshotCardType0  # noqa: PLC0415
        from ..models.model_snapshot_gains_type_0 import ModelSnapshotGainsType0  # noqa: PLC0415
        from ..models.model_snapshot_means_type_0 import ModelSnapshotMeansType0  # noqa: PLC0415
        from ..models.model_snapshot_metrics_type_0 import ModelSnapshotMetricsType0  # noqa: PLC0415
        from ..models.model_snapshot_rates_type_0 import ModelSnapshotRatesType0  # noqa: PLC0415
        from ..models.model_snapshot_variances_type_0 import ModelSnapshotVariancesType0  # noqa: PLC0415
        from ..models.model_snapshot_weights_type_0 import ModelSnapshotWeightsType0  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_calibration(data: object) -> list[list[float]] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                calibration_type_0 = []
                _calibration_type_0 = data
                for calibration_type_0_item_data in _calibration_type_0:
                    calibration_type_0_item = cast(list[float], calibration_type_0_item_data)

                    calibration_type_0.append(calibration_type_0_item)

                return calibration_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[list[float]] | None | Unset, data)

        calibration = _parse_calibration(d.pop("calibration", UNSET))

        def _parse_card(data: object) -> ModelSnapshotCardType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                card_type_0 = ModelSnapshotCardType0.from_dict(data)

                return card_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelSnapshotCardType0 | None | Unset, data)

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

        def _parse_gains(data: object) -> ModelSnapshotGainsType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                gains_type_0 = ModelSnapshotGainsType0.from_dict(data)

                return gains_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelSnapshotGainsType0 | None | Unset, data)

        gains = _parse_gains(d.pop("gains", UNSET))

        def _parse_intercept(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        intercept = _parse_intercept(d.pop("intercept", UNSET))

        def _parse_means(data: object) -> ModelSnapshotMeansType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                means_type_0 = ModelSnapshotMeansType0.from_dict(data)

                return means_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelSnapshotMeansType0 | None | Unset, data)

        means = _parse_means(d.pop("means", UNSET))

        def _parse_metrics(data: object) -> ModelSnapshotMetricsType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metrics_type_0 = ModelSnapshotMetricsType0.from_dict(data)

                return metrics_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelSnapshotMetricsType0 | None | Unset, data)

        metrics = _parse_metrics(d.pop("metrics", UNSET))

        def _parse_rates(data: object) -> ModelSnapshotRatesType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                rates_type_0 = ModelSnapshotRatesType0.from_dict(data)

                return rates_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelSnapshotRatesType0 | None | Unset, data)

        rates = _parse_rates(d.pop("rates", UNSET))

        def _parse_task(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        task = _parse_task(d.pop("task", UNSET))

        def _parse_trained_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        trained_at_ms = _parse_trained_at_ms(d.pop("trained_at_ms", UNSET))

        def _parse_variances(data: object) -> ModelSnapshotVariancesType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                variances_type_0 = ModelSnapshotVariancesType0.from_dict(data)

                return variances_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelSnapshotVariancesType0 | None | Unset, data)

        variances = _parse_variances(d.pop("variances", UNSET))

        def _parse_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        version = _parse_version(d.pop("version", UNSET))

        def _parse_weights(data: object) -> ModelSnapshotWeightsType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                weights_type_0 = ModelSnapshotWeightsType0.from_dict(data)

                return weights_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelSnapshotWeightsType0 | None | Unset, data)

        weights = _parse_weights(d.pop("weights", UNSET))

        model_snapshot = cls(
            calibration=calibration,
            card=card,
            examples=examples,
            form=form,
            gains=gains,
            intercept=intercept,
            means=means,
            metrics=metrics,
            rates=rates,
            task=task,
            trained_at_ms=trained_at_ms,
            variances=variances,
            version=version,
            weights=weights,
        )

        model_snapshot.additional_properties = d
        return model_snapshot

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
