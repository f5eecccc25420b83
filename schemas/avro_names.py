"""Finding one's way in an Avro schema: the kinds of its nodes, and the names they go by."""

from typing import Any

_PRIMITIVES = frozenset(("null", "boolean", "int", "long", "float", "double", "bytes", "string"))
_NAMED = frozenset(("record", "enum", "fixed", "error"))


class Names(dict[str, dict[str, Any]]):
    """The named types of a schema, by full name."""

    def __init__(self, schema: Any) -> None:
        super().__init__()
        self._collect(schema, "")

    def _collect(self, node: Any, namespace: str) -> None:
        if isinstance(node, list):
            for branch in node:
                self._collect(branch, namespace)
        elif isinstance(node, dict):
            if node.get("type") in _NAMED:
                name = node["name"]
                space = node.get("namespace", namespace)
                full = name if "." in name or not space else f"{space}.{name}"
                self[full] = node
                self.setdefault(name, node)
                namespace = full.rpartition(".")[0]
                for field in node.get("fields", ()):
                    self._collect(field["type"], namespace)
            else:
                for key in ("items", "values", "type"):
                    self._collect(node.get(key), namespace)


def resolve(node: Any, names: Names) -> Any:
    """The node itself where a name stands for it, and the inner one of {"type": {…}}."""
    while True:
        if isinstance(node, str) and node not in _PRIMITIVES:
            node = names[node]
        elif isinstance(node, dict) and isinstance(node["type"], dict | list):
            node = node["type"]
        else:
            return node


def kind_of(node: Any) -> str:
    """`record`, `enum`, `union`, `array`, `map`, `fixed`, or the primitive's name."""
    if isinstance(node, list):
        return "union"
    kind = node if isinstance(node, str) else node["type"]
    return "record" if kind == "error" else str(kind)
