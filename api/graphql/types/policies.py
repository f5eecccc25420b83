"""The policy, what became of one that was pushed, and the models in use."""

import strawberry

from api import shapes
from api.graphql.types.scalars import Json, Millis


@strawberry.type
class Policy:
    """The policy in force; `etag` is for a push with `ifMatch`."""

    version: str
    policy: Json
    refused: str | None
    etag: str
    yaml: str


@strawberry.type
class PolicyPushed:
    """A policy that was published. `seen`: the API's own follower read it back, as the job does."""

    version: str
    seen: bool
    warnings: list[str]

    @classmethod
    def of(cls, pushed: shapes.PolicyPushed) -> "PolicyPushed":
        """From what REST answers."""
        return cls(version=pushed.version, seen=pushed.seen, warnings=pushed.warnings)


@strawberry.type
class PolicyProblem:
    """Something in a policy that does not hold."""

    message: str
    line: int | None


@strawberry.type
class PolicyChecked:
    """Whether a policy can be used; what would change against the one in force."""

    usable: bool
    version: str | None
    problems: list[PolicyProblem]
    warnings: list[str]
    changes: list[str]

    @classmethod
    def of(cls, checked: shapes.PolicyChecked) -> "PolicyChecked":
        """From what REST answers."""
        return cls(
            usable=checked.usable,
            version=checked.version,
            problems=[PolicyProblem(message=at.message, line=at.line) for at in checked.problems],
            warnings=checked.warnings,
            changes=checked.changes,
        )


@strawberry.type
class Model:
    """A model in use."""

    task: str
    version: str
    trained_at_ms: Millis | None
    examples: int | None
    form: str | None
    metrics: Json | None
    card: Json | None

    @classmethod
    def of(cls, found: shapes.ModelOut) -> "Model":
        """From what REST shows."""
        return cls(**{name: getattr(found, name) for name in found.__struct_fields__})
