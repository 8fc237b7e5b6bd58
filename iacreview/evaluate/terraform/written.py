"""What is written where no resource takes it: locals, files of values, and branches that the defaults do not take.

A secret that is written there is in the repository, whatever is deployed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iacreview.evaluate.terraform.cells import Cell
from iacreview.evaluate.terraform.configuration import Configurations, Definition
from iacreview.evaluate.terraform.expansion import Instance
from iacreview.evaluate.terraform.expressions import evaluate
from iacreview.evaluate.terraform.module import Module
from iacreview.evaluate.terraform.parsed import parse_file
from iacreview.evaluate.terraform.resources import fallible, instance_attributes, instance_otherwise
from iacreview.evaluate.terraform.scope import EITHER
from iacreview.model.graph import Resource
from iacreview.model.guard import together
from iacreview.model.patterns import later
from iacreview.model.source import Source, Span
from iacreview.model.value import MapValue, Value
from iacreview.parse.terraform.nodes import Attribute, Block

TYPE = "terraform.values"
# Where the state goes: `backend` and `cloud` in a `terraform` block.
_STATE = "terraform.state"
# A cheap test that may only say "certainly nothing": the words that a secret's name has, or a long text without spaces.
_HINT = later(r"(?i:pass|pw|secret|cred|token|key|pat|salt|://)|[\w./+=-]{20,}|-----BEGIN")


def written_values(module: Module) -> Iterator[Resource]:
    """The locals of a module that may hold a secret, each as a resource of its own."""
    for name, (attribute, source) in module.configuration.locals.items():
        if _may_hold_secret(attribute, source):
            value = module.local(name)
            module.run.force(value)
            if module.conditions.has_fallen(attribute.expression):
                value = _otherwise(module, attribute, source)
            yield _named(module, f"local.{name}", attribute, source, value)


def aside_values(module: Module) -> Iterator[Resource]:
    """What stands in blocks that make no resource, each as a resource of its own."""
    for address, definition in module.configuration.asides.items():
        cell = Cell(
            lambda found=definition: instance_attributes(found, module.scope),  # type: ignore[misc]
            MapValue({}, definition.span, complete=False),
        )
        state = address.startswith("terraform.")
        yield Resource(
            f"{module.place.prefix}{address}",
            _STATE if state else TYPE,
            module.run.force(cell),
            definition.header,
            definition.span,
            "terraform",
            "settings" if state else "written",
            module.place.when,
            module.place.via,
            calls=module.place.calls,
        )


def given_values(module: Module, configurations: Configurations, paths: Iterable[str]) -> Iterator[Resource]:
    """What files of values set, as far as it may hold a secret, each as a resource of its own."""
    for path in paths:
        source = configurations.source(path)
        body = parse_file(source)[0] if source is not None and _HINT.search(source.text) else None
        for attribute in body.attributes.values() if source is not None and body is not None else ():
            if source is not None and _may_hold_secret(attribute, source):
                value = _otherwise(module, attribute, source)
                yield _named(module, f"var.{attribute.name}", attribute, source, value)


def other_branches(module: Module, key: str, definition: Definition, instance: Instance) -> Resource | None:
    """An instance as it is where conditions fall otherwise than by default; None where it has none with a text."""
    names = fallible(definition, module) if _may_branch(definition) else None
    if not names:
        return None
    scope = module.scope.bound(instance.names).where((*instance.when, EITHER))
    usual = module.run.force(module.instance_cell(key, definition, instance))
    cell = Cell(
        lambda: instance_otherwise(definition, scope, usual, names), MapValue({}, definition.span, complete=False)
    )
    return Resource(
        module.address(key, instance),
        definition.label(0),
        module.run.force(cell),
        definition.header,
        definition.span,
        "terraform",
        "written",
        together(module.place.when, instance.when),
        module.place.via,
        calls=module.place.calls,
    )


def _may_branch(definition: Definition) -> bool:
    """Whether an argument of the provider's has a condition, and the whole a text that may be a secret's."""
    content = definition.content
    parts: list[tuple[Attribute | Block, Source]] = [*content.attributes, *content.blocks]
    if not any("?" in source.text[part.start : part.end] for part, source in parts):
        return False
    return _HINT.search(definition.source.text[definition.block.start : definition.block.end]) is not None


def _may_hold_secret(attribute: Attribute, source: Source) -> bool:
    text = source.text[attribute.start : attribute.end]
    return '"' in text and _HINT.search(text) is not None


def _otherwise(module: Module, attribute: Attribute, source: Source) -> Cell[Value]:
    span = Span(source, attribute.start, attribute.end)
    scope = module.scope.within(source).where((EITHER,))
    return Cell(lambda: evaluate(attribute.expression, scope), MapValue({}, span, complete=False))


def _named(module: Module, address: str, attribute: Attribute, source: Source, cell: Cell[Value]) -> Resource:
    span = Span(source, attribute.start, attribute.end)
    value = module.run.force(cell)
    key = Span(source, attribute.start, attribute.name_end)
    attributes = MapValue({attribute.name: value}, span, keys={attribute.name: key})
    return Resource(
        f"{module.place.prefix}{address}", TYPE, attributes, key, span, "terraform", "written", via=module.place.via
    )
