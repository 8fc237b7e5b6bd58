"""The parts of a plan in JSON. Source: Terraform's documentation, "JSON Output Format"."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iacreview.model.record import NamedTuple
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

# Sections in which nothing is pointed at: what they hold is never shown.
_SHOWN = ("planned_values", "prior_state")


class Planned(NamedTuple):
    """One instance of a resource. `module` is the address of its module's instance, `key` its own instance key."""

    address: str
    module: str
    mode: str
    type: str
    name: str
    key: str
    node: MapNode

    @property
    def definition(self) -> str:
        """The address of its block in its module: `aws_s3_bucket.b`, `data.aws_region.r`."""
        return f"data.{self.type}.{self.name}" if self.mode == "data" else f"{self.type}.{self.name}"


def child(node: DataNode | None, *keys: str) -> DataNode | None:
    """What stands under keys, one inside the other; None where one is not there."""
    for key in keys:
        node = node.get(key) if isinstance(node, MapNode) else None
    return node


def text(node: DataNode | None) -> str:
    """The text of a string; empty for anything else."""
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""


def items(node: DataNode | None) -> list[MapNode]:
    """The objects in a list."""
    return [item for item in node.items if isinstance(item, MapNode)] if isinstance(node, ListNode) else []


def entries(node: DataNode | None) -> dict[str, DataNode]:
    """The values of an object by key; none for anything else."""
    return {key: value for key, (_, value) in node.entries.items()} if isinstance(node, MapNode) else {}


def is_true(node: DataNode | None) -> bool:
    return isinstance(node, ScalarNode) and node.value is True


def is_null(node: DataNode | None) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def any_true(node: DataNode | None) -> bool:
    """Whether there is a `true` at any depth."""
    stack = [node]
    while stack:
        current = stack.pop()
        if is_true(current):
            return True
        if isinstance(current, MapNode):
            stack += [value for _, value in current.entries.values()]
        elif isinstance(current, ListNode):
            stack += current.items
    return False


def same(one: DataNode | None, other: DataNode | None) -> bool:
    """Whether two nodes mean the same data."""
    if isinstance(one, ScalarNode) and isinstance(other, ScalarNode):
        return type(one.value) is type(other.value) and one.value == other.value
    if isinstance(one, ListNode) and isinstance(other, ListNode):
        pairs = zip(one.items, other.items, strict=False)
        return len(one.items) == len(other.items) and all(same(*pair) for pair in pairs)
    if isinstance(one, MapNode) and isinstance(other, MapNode):
        return one.entries.keys() == other.entries.keys() and all(
            same(one.get(key), other.get(key)) for key in one.entries
        )
    return False


def planned(root: MapNode) -> Iterator[Planned]:
    """The resources there will be, callers first, then the data sources that were read already."""
    found: set[str] = set()
    for each in _below(child(root, "planned_values", "root_module")):
        if each.address not in found:
            found.add(each.address)
            yield each
    for each in _below(child(root, "prior_state", "values", "root_module")):
        if each.mode == "data" and each.address not in found:
            found.add(each.address)
            yield each


def changes(root: MapNode) -> dict[str, MapNode]:
    """The change of each resource by address; deposed objects are on their way out."""
    found: dict[str, MapNode] = {}
    for each in items(root.get("resource_changes")):
        change = each.get("change")
        if isinstance(change, MapNode) and not text(each.get("deposed")):
            found[text(each.get("address"))] = change
    return found


def modules(root: MapNode) -> list[str]:
    """The addresses of the instances of modules below the root."""
    tops = (child(root, "planned_values", "root_module"), child(root, "prior_state", "values", "root_module"))
    found = (text(module.get("address")) for top in tops for module in _modules(top))
    return [address for address in dict.fromkeys(found) if address]


def hidden(root: MapNode) -> list[DataNode]:
    """What no output shows a part of: the sections with values that nothing points at."""
    found = [node for key, node in entries(root).items() if key not in _SHOWN]
    found += [
        node for path in (("planned_values",), ("prior_state", "values")) if (node := child(root, *path, "outputs"))
    ]
    for module in _modules(child(root, "prior_state", "values", "root_module")):
        found += [each for each in items(module.get("resources")) if text(each.get("mode")) != "data"]
    return found


def _modules(top: DataNode | None) -> Iterator[MapNode]:
    stack = [top]
    while stack:
        module = stack.pop()
        if isinstance(module, MapNode):
            yield module
            stack += reversed(items(module.get("child_modules")))


def _below(top: DataNode | None) -> Iterator[Planned]:
    for module in _modules(top):
        path = text(module.get("address"))
        for node in items(module.get("resources")):
            address, type, name = (text(node.get(key)) for key in ("address", "type", "name"))
            if address and type:
                yield Planned(address, path, text(node.get("mode")), type, name, _key(node.get("index")), node)


def _key(node: DataNode | None) -> str:
    if not isinstance(node, ScalarNode) or node.value is None:
        return ""
    return f"[{json.dumps(node.value, ensure_ascii=False)}]"
