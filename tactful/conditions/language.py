"""Compiling a condition, and refusing what a policy should not hold."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import rule_engine
from rule_engine import ast, errors


class ConditionError(ValueError):
    """A condition that can't be used; the message says why."""


def _resolve(thing: Any, name: str) -> Any:
    if isinstance(thing, Mapping):
        return thing.get(name)
    return None


_CONTEXT = rule_engine.Context(resolver=_resolve, default_value=None)


@lru_cache(maxsize=1024)
def compiled(text: str) -> rule_engine.Rule:
    """The rule of an expression.

    Raises:
        ConditionError: it is no expression, or matches by regular expression, which can take time
            without bound.
    """
    try:
        rule = rule_engine.Rule(text, context=_CONTEXT)
    except (errors.EngineError, RecursionError, ValueError) as error:
        raise ConditionError(f"{getattr(error, 'message', error) or error}") from error
    if _fuzzy(rule.statement):
        raise ConditionError("regular expressions (=~, !~, =~~, !~~) are not allowed")
    return rule


def check(text: str) -> None:
    """Refuse a condition that can't be used.

    Raises:
        ConditionError: with what is wrong.
    """
    compiled(text)


def _fuzzy(node: Any) -> bool:
    """Whether a regular expression stands anywhere below a node."""
    if isinstance(node, ast.FuzzyComparisonExpression):
        return True
    return any(_fuzzy(each) for each in _inside(node))


def _inside(node: Any) -> Iterator[Any]:
    """The nodes right below a node, whatever its class calls them."""
    names: list[str] = []
    for base in type(node).__mro__:
        slots = base.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    values: list[Any] = [getattr(node, name, None) for name in names]
    values += list(getattr(node, "__dict__", {}).values())
    for value in values:
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, ast.ASTNodeBase):
                yield each
