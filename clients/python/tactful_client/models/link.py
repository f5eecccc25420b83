from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.link_headers import LinkHeaders


T = TypeVar("T", bound="Link")


@_attrs_define
class Link:
    """A signed link, and the headers (RFC 8058) for an e-mail that carries it."""

    expires_at_ms: int
    headers: LinkHeaders
    url: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        expires_at_ms = self.expires_at_ms

        headers = self.headers.to_dict()

        url = self.url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "expires_at_ms": expires_at_ms,
                "headers": headers,
                "url": url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.link_headers import LinkHeaders  # noqa: PLC0415

        d = dict(src_dict)
        expires_at_ms = d.pop("expires_at_ms")

        headers = LinkHeaders.from_dict(d.pop("headers"))

        url = d.pop("url")

        link = cls(
            expires_at_ms=expires_at_ms,
            headers=headers,
            url=url,
        )

        link.additional_properties = d
        return link

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
