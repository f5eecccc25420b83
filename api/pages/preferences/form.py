"""What sections share: a form's fields, what they mean, and what can't be saved."""

from typing import Any, NamedTuple

from schemas.audit import AuditAction

Form = dict[str, list[str]]


class FormError(Exception):
    """What was filled in can't be saved; `key` is the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Saved(NamedTuple):
    """The fields of an update (empty: nothing changed), and what to tell the person."""

    fields: dict[str, Any]
    told: str
    action: AuditAction = AuditAction.CHANGE


def one(form: Form, name: str) -> str:
    """The first value of a field; "" without it."""
    return form.get(name, [""])[0]
