"""What goes wrong with a record: each error names the record, the field, what stood there, and why.

The record's name is the one of its schema file, in words: `event`, `profile update`.
"""


class ContractError(ValueError):
    """A record that breaks its contract.

    Attributes:
        record_kind: the record's name, e.g. `event`.
        field: the path of the field at fault, e.g. `device.id`; None when it is the whole record.
        found: what stood there.
        allowed: what may stand there.
    """

    def __init__(self, record_kind: str, field: str | None, found: str, allowed: str) -> None:
        self.record_kind = record_kind
        self.field = field
        self.found = found
        self.allowed = allowed
        where = "" if field is None else f'field "{field}": '
        super().__init__(f"{record_kind}: {where}found {found}, allowed: {allowed}")

    def __reduce__(self) -> tuple[type["ContractError"], tuple[str, str | None, str, str]]:
        # The default would call the class with the message alone.
        return type(self), (self.record_kind, self.field, self.found, self.allowed)


class DecodeError(ContractError):
    """Bytes that are no such record."""


class EncodeError(ContractError):
    """A record that the format can't hold."""


class RegistryError(ValueError):
    """A schema or a registry file that can't be used; the message names the file and the entry."""
