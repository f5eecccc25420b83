"""Which part of the language of `rule-engine` a condition may use, and what it means there.

The library allows more than a condition may do: it knows the clock and chance, and a short text
(`1 << 10 ** 9`, a comprehension over a range) can take time and memory without bound, already while
it is compiled. So the tree is looked through between parsing and building, and what is not in the
lists here is refused. What is left takes time in proportion to the text and the data.
"""

import decimal
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import rule_engine
from rule_engine import ast, errors
from rule_engine.parser.utilities import parse_float

from tactful.conditions.language import MAX_CHARS, MAX_DEPTH, ConditionError

_NUMBERS = decimal.Context(
    prec=28,
    Emin=-999,
    Emax=999,
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)
_MAX_EXPONENT = 308
_METHODS = frozenset({"starts_with", "ends_with"})
_ATTRIBUTES = _METHODS | {"as_lower", "as_upper", "is_empty", "length"}
"""What a text or a list has; anything else is missing there."""

_ALLOWED = frozenset(
    {
        ast.Statement,
        ast.Comment,
        ast.ArrayExpression,
        ast.BooleanExpression,
        ast.FloatExpression,
        ast.NullExpression,
        ast.SetExpression,
        ast.StringExpression,
        ast.SymbolExpression,
        ast.GetAttributeExpression,
        ast.GetItemExpression,
        ast.FunctionCallExpression,
        ast.AddExpression,
        ast.SubtractExpression,
        ast.ArithmeticExpression,
        ast.ComparisonExpression,
        ast.ArithmeticComparisonExpression,
        ast.ContainsExpression,
        ast.LogicExpression,
        ast.CoalesceExpression,
        ast.TernaryExpression,
        ast.UnaryExpression,
    }
)
_CALLED = {
    ast.BitwiseExpression: "bitwise operators (&, |, ^)",
    ast.BitwiseShiftExpression: "shifts (<<, >>)",
    ast.BytesExpression: 'bytes (b"…")',
    ast.ComprehensionExpression: "comprehensions",
    ast.DatetimeExpression: 'dates (d"…")',
    ast.FuzzyComparisonExpression: "regular expressions (=~, !~, =~~, !~~)",
    ast.GetSliceExpression: "slices",
    ast.MappingExpression: "mappings ({…: …})",
    ast.TimedeltaExpression: 'time spans (t"…")',
}

_UNKNOWN = (
    errors.EngineError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the library raises where a value is not of the kind that an operator needs."""


class Condition:
    """A compiled condition."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Whether it holds where names stand for these values; never raises.

        Args:
            names: JSON values by name; a name that is missing is null.
        """
        try:
            with decimal.localcontext(_NUMBERS):
                return bool(self._statement.evaluate(names))
        except _UNKNOWN:
            # Neither true nor false: what can't be said of this user does not hold.
            return False


class Names(Mapping[str, Any]):
    """Objects of the data, whose values are read, not copied, when a condition asks for them.

    Args:
        layers: the first that has a name gives its value.
    """

    __slots__ = ("_layers",)

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        self._layers = layers

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name."""
        for layer in self._layers:
            if name in layer:
                value = layer[name]
                return Names(value) if type(value) is dict else value
        return default

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return self.get(name)

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for layer in self._layers for name in layer))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Context(rule_engine.Context):  # type: ignore[misc]
    """Names are those of the data alone: of an object its keys, whatever they are called."""

    def __init__(self) -> None:
        super().__init__(default_timezone="utc", decimal_context=_NUMBERS)

    def resolve(self, thing: Any, name: str, scope: str | None = None) -> Any:
        """The value of a name, null for one that is missing."""
        del scope
        return thing.get(name) if isinstance(thing, Names | dict) else None

    def resolve_attribute(self, thing: Any, object_: Any, name: str) -> Any:
        """The value of a name of an object; of a text or a list, what the library knows of it."""
        if isinstance(object_, Names | dict):
            return object_.get(name)
        if name in _ATTRIBUTES and isinstance(object_, str | tuple):
            return super().resolve_attribute(thing, object_, name)
        return None


class _Logic(ast.LogicExpression):  # type: ignore[misc]
    """`and` and `or`, where a side may be neither true nor false.

    `order.total > 50 or vip` holds for a VIP without an order, whichever side comes first.
    """

    def _op_and(self, thing: Any) -> bool:
        return self._either(thing, decides=False)

    def _op_or(self, thing: Any) -> bool:
        return self._either(thing, decides=True)

    def _either(self, thing: Any, *, decides: bool) -> bool:
        """One side that is `decides` is enough to know."""
        try:
            left = bool(self.left.evaluate(thing))
        except _UNKNOWN:
            if bool(self.right.evaluate(thing)) is decides:
                return decides
            raise
        return left if left is decides else bool(self.right.evaluate(thing))


_lock = threading.Lock()


def parse(text: str) -> Condition:
    """The condition that a text says.

    Raises:
        ConditionError: it is no expression, or holds what a condition may not.
    """
    if len(text) > MAX_CHARS:
        raise ConditionError(f"it has {len(text)} characters, allowed: up to {MAX_CHARS}")
    parser = rule_engine.Rule.parser
    try:
        with _lock, decimal.localcontext(_NUMBERS):
            # As `Parser.parse` does, with a look at the tree before anything in it is evaluated.
            parser.context = _Context()
            tree = parser._parser.parse(text, lexer=parser._lexer)  # noqa: SLF001
            _restrict(tree)
            return Condition(tree.build())
    except ConditionError:
        raise
    except _UNKNOWN as error:
        raise ConditionError(_said(error)) from error


def _said(error: Exception) -> str:
    if isinstance(error, errors.RuleSyntaxError):
        token = error.token
        if token is not None:
            return f"it makes no sense from character {token.lexpos + 1} on ({token.value!r})"
        ends = error.message.startswith("syntax error at: EOF")
        return "it ends too early" if ends else str(error.message)
    return str(getattr(error, "message", None) or error)


def _restrict(tree: Any) -> None:
    """Refuse what is not allowed; make `and`, `or` and item access what they mean here."""
    rest = [(tree, 0)]
    while rest:
        node, depth = rest.pop()
        if depth > MAX_DEPTH:
            raise ConditionError(f"it is more than {MAX_DEPTH} deep")
        _allow(node)
        if node.cls is ast.LogicExpression:
            node.cls = _Logic
        if node.cls is ast.GetItemExpression:
            # An item that is missing is null, as a name that is missing.
            node.kwargs["safe"] = True
        rest.extend((each, depth + 1) for each in _inside(node))


def _allow(node: Any) -> None:
    kind = node.cls
    if kind not in _ALLOWED:
        raise ConditionError(f"{_CALLED.get(kind, kind.__name__)} are not allowed")
    if kind is ast.SymbolExpression and node.kwargs.get("scope") is not None:
        raise ConditionError(f"built-in names (${node.args[1]}) are not allowed")
    if kind is ast.ArithmeticExpression and node.args[1] == "POW":
        raise ConditionError("powers (**) are not allowed")
    if kind is ast.FunctionCallExpression:
        function = node.args[1]
        if function.cls is not ast.GetAttributeExpression or function.args[2] not in _METHODS:
            allowed = " and ".join(sorted(_METHODS))
            raise ConditionError(f"functions are not allowed, but {allowed} of a text or a list")
    if kind is ast.FloatExpression:
        number = parse_float(node.args[1])
        if not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT:
            raise ConditionError(
                f"found the number {node.args[1][:20]}, allowed: from 1e-{_MAX_EXPONENT} to "
                f"1e{_MAX_EXPONENT}"
            )


def _inside(node: Any) -> Iterator[Any]:
    """The nodes right below one that is not built yet."""
    for value in (*node.args, *node.kwargs.values()):
        if hasattr(value, "cls"):
            yield value
        elif not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
            yield from (each for each in value if hasattr(each, "cls"))
