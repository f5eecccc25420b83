"""Answers that come from elsewhere as they are (keys, snapshots, previews), for the document."""

from typing import Any

import msgspec

from api.auth.issuer import Token
from tactful.preview import Difference


class TokenRefusal(msgspec.Struct, frozen=True):
    """Why there is no token (RFC 6749, section 5.2)."""

    error: str
    error_description: str


class Jwk(msgspec.Struct, frozen=True):
    """A public key (RFC 7517, RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class Jwks(msgspec.Struct, frozen=True):
    """The public keys of the built-in issuer."""

    keys: list[Jwk]


class Health(msgspec.Struct, frozen=True):
    """Whether writes can be taken, and which parts are away."""

    alive: bool
    away: list[str]


class GraphError(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error of a field, with the problem's code in `extensions`."""

    message: str
    path: list[str | int] | None = None
    locations: list[dict[str, int]] | None = None
    extensions: dict[str, Any] | None = None


class GraphAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found, and what was wrong."""

    data: dict[str, Any] | None = None
    errors: list[GraphError] | None = None
    extensions: dict[str, Any] | None = None


class ModelSnapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model with its weights, as the jobs read it; what a form does not need is left out."""

    task: str | None = None
    version: str | None = None
    trained_at_ms: int | None = None
    examples: int | None = None
    form: str | None = None
    intercept: float | None = None
    weights: dict[str, float] | None = None
    means: dict[str, float] | None = None
    variances: dict[str, float] | None = None
    rates: dict[str, Any] | None = None
    gains: dict[str, Any] | None = None
    metrics: dict[str, float] | None = None
    calibration: list[list[float]] | None = None
    card: dict[str, Any] | None = None


class PairCount(msgspec.Struct, frozen=True):
    """How often two words came together."""

    of: str
    to: str
    count: int


class Delays(msgspec.Struct, frozen=True):
    """How many minutes sent requests waited; null where none was sent."""

    p50: int | None
    p95: int | None


class PreviewSide(msgspec.Struct, frozen=True):
    """What became of the requests under one policy; `sends` by channel and type."""

    version: str
    endings: dict[str, int]
    reasons: list[PairCount]
    sends: list[PairCount]
    delay_min: Delays


class PolicyPreview(msgspec.Struct, frozen=True):
    """The history under the policy in force and another one, and requests that differ."""

    before: PreviewSide
    after: PreviewSide
    records: int
    left_out: int
    users: int
    users_changed: int
    requests: int
    requests_changed: int
    moves: list[PairCount]
    reason_moves: list[PairCount]
    examples: list[Difference]


PLAIN_SHAPES = (TokenRefusal, Token, Jwks, Health, GraphAnswer, ModelSnapshot, PolicyPreview)
"""All of them, for the OpenAPI document."""
