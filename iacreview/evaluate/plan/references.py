"""References in a plan's configuration to the resources they lead to."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from iacreview.evaluate.plan.configuration import Mentions, ModuleInstance, joined, steps_of
from iacreview.evaluate.plan.document import child, is_null, same
from iacreview.model.provenance import Reference
from iacreview.model.record import NamedTuple
from iacreview.parse.data.nodes import DataNode

_MAX_HOPS = 40
_MAX_REFERENCES = 64
_NOT_RESOURCES = frozenset({"local", "path", "terraform", "count", "each", "self", "var", "module", ""})


class Standpoint(NamedTuple):
    """Where an expression stands: the module's instance, and the key and for_each of the resource or call it is in."""

    instance: ModuleInstance
    key: str = ""
    for_each: DataNode | None = None


class FoundReferences(NamedTuple):
    """The references of an expression; `target` where it is exactly one attribute of one resource."""

    references: tuple[Reference, ...] = ()
    target: Reference | None = None


class Resolver:
    """Follows references through the variables and outputs of modules.

    `addresses` are those of the plan's resources, `variables` the values that the root module was given.
    """

    __slots__ = ("_addresses", "_variables")

    def __init__(self, addresses: Collection[str], variables: Mapping[str, DataNode]) -> None:
        self._addresses = addresses
        self._variables = variables

    def find(self, expression: DataNode | None, standpoint: Standpoint) -> FoundReferences:
        """What an expression refers to."""
        mentions = Mentions(expression)
        if not mentions.names:
            return FoundReferences()
        resolved = [
            self._resolve(steps_of(name), standpoint, mentions.keyed, 0) for name in mentions.names[:_MAX_REFERENCES]
        ]
        references = tuple(dict.fromkeys(each for each in resolved if each is not None))
        only = references[0] if len(mentions.names) == 1 and references else None
        attribute = only is not None and (only.attribute or mentions.keyed) and self._is_resource(only.address)
        return FoundReferences(references, only if attribute else None)

    def is_constant(self, expression: DataNode | None, standpoint: Standpoint) -> bool:
        """Whether the configuration itself has the value: here, in a module call, or as the default in force."""
        for _ in range(_MAX_HOPS):
            if child(expression, "constant_value") is not None:
                return True
            steps = Mentions(expression).only
            if len(steps) < 2 or steps[0] != "var":
                return False
            instance, name = standpoint.instance, steps[1]
            expression = instance.argument(name)
            if expression is None:
                default = child(instance.configuration.variables().get(name), "default")
                return self._is_in_force(default, instance, name)
            standpoint = _caller(instance)
        return False

    def _is_in_force(self, default: DataNode | None, instance: ModuleInstance, name: str) -> bool:
        if default is None or is_null(default):
            return False
        given = child(self._variables.get(name), "value") if instance.parent is None else None
        return given is None or same(given, default)

    def _is_resource(self, address: str) -> bool:
        steps = steps_of(address)
        while len(steps) > 1 and steps[0] == "module":
            steps = steps[3:] if len(steps) > 2 and steps[2].startswith("[") else steps[2:]
        return len(steps) > 1 and steps[0] not in _NOT_RESOURCES

    def _resolve(self, steps: list[str], standpoint: Standpoint, keyed: bool, hops: int) -> Reference | None:
        if len(steps) < 2 or hops > _MAX_HOPS:
            return None
        if steps[0] == "var":
            return self._variable(steps, standpoint, hops)
        if steps[0] == "module":
            return self._output(steps, standpoint, hops)
        if steps[:2] == ["each", "value"]:
            source = Mentions(standpoint.for_each).only
            return self._resolve([*source, standpoint.key, *steps[2:]], standpoint, False, hops + 1) if source else None
        if steps[0] in _NOT_RESOURCES:
            return None
        return self._resource(steps, standpoint, keyed)

    def _resource(self, steps: list[str], standpoint: Standpoint, keyed: bool) -> Reference | None:
        at = 3 if steps[0] == "data" else 2
        if len(steps) < at:
            return None
        address = standpoint.instance.prefix + ".".join(steps[:at])
        if len(steps) > at and steps[at].startswith("["):
            return Reference(address + steps[at], joined(steps[at + 1 :]))
        if keyed and address + standpoint.key in self._addresses:
            address += standpoint.key
        return Reference(address, joined(steps[at:]))

    def _variable(self, steps: list[str], standpoint: Standpoint, hops: int) -> Reference | None:
        instance = standpoint.instance
        mentions = Mentions(instance.argument(steps[1]))
        if mentions.only:
            return self._resolve([*mentions.only, *steps[2:]], _caller(instance), mentions.keyed, hops + 1)
        return Reference(f"{instance.prefix}var.{steps[1]}")

    def _output(self, steps: list[str], standpoint: Standpoint, hops: int) -> Reference | None:
        key = steps[2] if len(steps) > 2 and steps[2].startswith("[") else ""
        rest = steps[3:] if key else steps[2:]
        called = standpoint.instance.child(steps[1], key)
        mentions = Mentions(called.configuration.output(rest[0])) if rest else None
        if mentions is not None and mentions.only:
            return self._resolve([*mentions.only, *rest[1:]], Standpoint(called), mentions.keyed, hops + 1)
        return Reference(f"{standpoint.instance.prefix}module.{steps[1]}{key}", joined(rest))


def _caller(instance: ModuleInstance) -> Standpoint:
    """Where the arguments of a module call stand."""
    assert instance.parent is not None
    return Standpoint(instance.parent, instance.key, child(instance.call, "for_each_expression"))
