from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.graph_error_extensions_type_0 import GraphErrorExtensionsType0
    from ..models.graph_error_locations_type_0_item import GraphErrorLocationsType0Item


T = TypeVar("T", bound="GraphError")


@_attrs_define
class GraphError:
    """An error of a field, with the problem's code in `extensions`."""

    message: str
    extensions: GraphErrorExtensionsType0 | None | Unset = UNSET
    locations: list[GraphErrorLocationsType0Item] | None | Unset = UNSET
    path: list[int | str] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.graph_error_extensions_type_0 import GraphErrorExtensionsType0  # noqa: PLC0415

        message = self.message

        extensions: dict[str, Any] | None | Unset
        if isinstance(self.extensions, Unset):
            extensions = UNSET
        elif isinstance(self.extensions, GraphErrorExtensionsType0):
            extensions = self.extensions.to_dict()
        else:
            extensions = self.extensions

        locations: list[dict[str, Any]] | None | Unset
        if isinstance(self.locations, Unset):
            locations = UNSET
        elif isinstance(self.locations, list):
            locations = []
            for locations_type_0_item_data in self.locations:
                locations_type_0_item = locations_type_0_item_data.to_dict()
                locations.append(locations_type_0_item)

        else:
            locations = self.locations

        path: list[int | str] | None | Unset
        if isinstance(self.path, Unset):
            path = UNSET
        elif isinstance(self.path, list):
            path = []
            for path_type_0_item_data in self.path:
                path_type_0_item: int | str
                path_type_0_item = path_type_0_item_data
                path.append(path_type_0_item)

        else:
            path = self.path

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "message": message,
            }
        )
        if extensions is not UNSET:
            field_dict["extensions"] = extensions
        if locations is not UNSET:
            field_dict["locations"] = locations
        if path is not UNSET:
            field_dict["path"] = path

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.graph_error_extensions_type_0 import GraphErrorExtensionsType0  # noqa: PLC0415
        from ..models.graph_error_locations_type_0_item import (
            GraphErrorLocationsType0Item,  # noqa: PLC0415
        )

        d = dict(src_dict)
        message = d.pop("message")

        def _parse_extensions(data: object) -> GraphErrorExtensionsType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                extensions_type_0 = GraphErrorExtensionsType0.from_dict(data)

                return extensions_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(GraphErrorExtensionsType0 | None | Unset, data)

        extensions = _parse_extensions(d.pop("extensions", UNSET))

        def _parse_locations(data: object) -> list[GraphErrorLocationsType0Item] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                locations_type_0 = []
                _locations_type_0 = data
                for locations_type_0_item_data in _locations_type_0:
                    locations_type_0_item = GraphErrorLocationsType0Item.from_dict(
                        locations_type_0_item_data
                    )

                    locations_type_0.append(locations_type_0_item)

                return locations_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[GraphErrorLocationsType0Item] | None | Unset, data)

        locations = _parse_locations(d.pop("locations", UNSET))

        def _parse_path(data: object) -> list[int | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                path_type_0 = []
                _path_type_0 = data
                for path_type_0_item_data in _path_type_0:

                    def _parse_path_type_0_item(data: object) -> int | str:
                        return cast(int | str, data)

                    path_type_0_item = _parse_path_type_0_item(path_type_0_item_data)

                    path_type_0.append(path_type_0_item)

                return path_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[int | str] | None | Unset, data)

        path = _parse_path(d.pop("path", UNSET))

        graph_error = cls(
            message=message,
            extensions=extensions,
            locations=locations,
            path=path,
        )

        graph_error.additional_properties = d
        return graph_error

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
