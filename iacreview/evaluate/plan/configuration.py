"""A plan's configuration section: the modules as they are written, with the expressions of their resources."""

from __future__ import annotations

import re

from iacreview.evaluate.plan.document import child, entries, items, text
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode

_MAX_TEXT = 300
_MAX_NAMES = 200
_STEP = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]|[^.\[\]]+')
_OWN_KEY = ("each.key", "count.index")


def steps_of(address: str) -> list[str]:
    """The parts of an address or reference: `module.db["x"].id` has `module`, `db`, `["x"]` and `id`."""
    return _STEP.findall(address) if len(address) <= _MAX_TEXT else []


def joined(steps: list[str]) -> str:
    """Parts back to an address."""
    return ".".join(steps).replace(".[", "[")


class Mentions:
    """What an expression refers to. `keyed` tells that it uses its own instance's key."""

    __slots__ = ("keyed", "names")

    def __init__(self, expression: DataNode | None) -> None:
        found = child(expression, "references")
        names = [text(item) for item in found.items[:_MAX_NAMES]] if isinstance(found, ListNode) else []
        self.keyed = any(name in _OWN_KEY for name in names)
        # Terraform also lists what each reference begins with: `a.b.id`, `a.b`.
        beginnings = {
            name[: match.start()] for name in names if len(name) <= _MAX_TEXT for match in re.finditer(r"[.\[]", name)
        }
        self.names = [name for name in dict.fromkeys(names) if name and name not in beginnings and name not in _OWN_KEY]

    @property
    def only(self) -> list[str]:
        """The parts of the one reference there is; none where there are several."""
        return steps_of(self.names[0]) if len(self.names) == 1 else []


class ModuleConfiguration:
    """One module as it is written. The same one may be called in several places."""

    __slots__ = ("_modules", "calls", "node", "resources")

    def __init__(self, node: DataNode | None) -> None:
        self.node = node
        self.calls = entries(child(node, "module_calls"))
        self.resources: dict[str, MapNode] = {}
        self._modules: dict[str, ModuleConfiguration] = {}
        for each in items(child(node, "resources")):
            key = f"{text(each.get('type'))}.{text(each.get('name'))}"
            self.resources[f"data.{key}" if text(each.get("mode")) == "data" else key] = each

    def module(self, name: str) -> ModuleConfiguration:
        """A called module; an empty one where it is not there."""
        if name not in self._modules:
            self._modules[name] = ModuleConfiguration(child(self.calls.get(name), "module"))
        return self._modules[name]

    def variables(self) -> dict[str, DataNode]:
        return entries(child(self.node, "variables"))

    def output(self, name: str) -> DataNode | None:
        """The expression of an output."""
        return child(self.node, "outputs", name, "expression")


class ModuleInstance:
    """One instance of a module: `name` and `key` are those of its call in `parent`."""

    __slots__ = ("configuration", "key", "name", "parent")

    def __init__(
        self, configuration: ModuleConfiguration, parent: ModuleInstance | None = None, name: str = "", key: str = ""
    ) -> None:
        self.configuration = configuration
        self.parent = parent
        self.name = name
        self.key = key

    @property
    def prefix(self) -> str:
        """What addresses in it begin with."""
        found = ""
        instance: ModuleInstance | None = self
        while instance is not None and instance.parent is not None:
            found = f"module.{instance.name}{instance.key}.{found}"
            instance = instance.parent
        return found

    def child(self, name: str, key: str) -> ModuleInstance:
        return ModuleInstance(self.configuration.module(name), self, name, key)

    def below(self, address: str) -> ModuleInstance:
        """The instance at an address like `module.a["x"].module.b`, seen from the root."""
        instance = self
        steps = steps_of(address)
        while len(steps) > 1 and steps[0] == "module":
            key = steps[2] if len(steps) > 2 and steps[2].startswith("[") else ""
            instance = instance.child(steps[1], key)
            steps = steps[3:] if key else steps[2:]
        return instance

    @property
    def call(self) -> DataNode | None:
        return self.parent.configuration.calls.get(self.name) if self.parent else None

    def argument(self, name: str) -> DataNode | None:
        """The expression that the call passes for a variable."""
        return child(self.call, "expressions", name)
