"""Mutants of a module: small changes to its syntax tree that a test should notice."""

import ast
from typing import NamedTuple

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """One changed module: where, what became of what, and its source."""

    line: int
    change: str
    source: str


class Place(NamedTuple):
    """Where something can be changed: the node's number in the tree, and which of its changes."""

    node: int
    change: int


def places(source: str) -> list[Place]:
    """All places of a module's source, in the order of its nodes."""
    return [
        Place(number, at)
        for number, node in enumerate(ast.walk(ast.parse(source)))
        for at in range(len(_changes(node)))
    ]


def mutant(source: str, place: Place) -> Mutant:
    """The module with the change made."""
    tree = ast.parse(source)
    node = next(each for number, each in enumerate(ast.walk(tree)) if number == place.node)
    before = _shown(node)
    # A node that is replaced by its inside takes the place of itself.
    becomes = _apply(tree, node, _changes(node)[place.change])
    return Mutant(getattr(node, "lineno", 0), f"{before} -> {becomes}", ast.unparse(tree))


def _changes(node: ast.AST) -> list[str]:
    match node:
        case ast.Compare(ops=ops):
            return [f"op{i}" for i, op in enumerate(ops) if type(op) in _COMPARED]
        case ast.BoolOp():
            return ["bool"]
        case ast.UnaryOp(op=ast.Not()):
            return ["not"]
        case ast.BinOp(op=op) if type(op) in _CALCULATED:
            return ["calculated"]
        case ast.Constant(value=bool()):
            return ["flag"]
        case ast.Constant(value=int()):
            return ["number"]
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            return ["called"]
        case ast.If() | ast.IfExp() | ast.While():
            return ["test"]
        case ast.Return(value=value) if value is not None and not _is_none(value):
            return ["nothing"]
        case ast.Continue():
            return ["break"]
        case _:
            return []


def _apply(tree: ast.Module, node: ast.AST, change: str) -> str:
    """Change the node within its tree; returns what stands there now."""
    match node:
        case ast.Compare(ops=ops):
            at = int(change.removeprefix("op"))
            ops[at] = _COMPARED[type(ops[at])]()
        case ast.BoolOp(op=op):
            node.op = ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.UnaryOp(operand=operand):
            _replace(tree, node, operand)
            return _shown(operand)
        case ast.BinOp(op=op):
            node.op = _CALCULATED[type(op)]()
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.Constant(value=int() as value):
            node.value = value + 1
        case ast.Call(func=ast.Name() as name):
            name.id = _CALLED[name.id]
        case ast.If() | ast.IfExp() | ast.While():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.Return():
            node.value = ast.Constant(None)
        case ast.Continue():
            _replace(tree, node, ast.Break())
            return "break"
    return _shown(node)


def _replace(tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                value[:] = [new if each is old else each for each in value]
    ast.fix_missing_locations(tree)


def _shown(node: ast.AST) -> str:
    ast.fix_missing_locations(node)
    if isinstance(node, ast.If | ast.While):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    return ast.unparse(node)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
