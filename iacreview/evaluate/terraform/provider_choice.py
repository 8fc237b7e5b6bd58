"""Which provider configuration makes a resource: its own choice, what callers pass, or what is inherited.

Source: "The provider meta-argument for resources", "Providers within modules" (Terraform's documentation).
"""

from __future__ import annotations

from iacreview.evaluate.terraform.configuration import Configuration, Definition
from iacreview.evaluate.terraform.evaluation import Place
from iacreview.model.source import Source, Span
from iacreview.parse.terraform.nodes import Expression, Object


def provider_of(definition: Definition, configuration: Configuration, place: Place) -> str:
    """The address of the provider configuration of a resource; empty where an instance's key chooses it."""
    written = definition.attributes.get("provider")
    name = _name(written[0].expression, written[1]) if written else definition.label(0).partition("_")[0]
    return _address(name, configuration, place)


def passed_providers(call: Definition, configuration: Configuration, place: Place) -> dict[str, str]:
    """The provider configurations that a called module has from its caller, by the name that they have in it.

    Default configurations are inherited; those of the root module go without saying.
    """
    found = {name: address for name, address in place.providers.items() if "." not in name}
    if place.prefix:
        own = {each.label(0) for each in configuration.providers if "alias" not in each.attributes}
        found.update({name: _address(name, configuration, place) for name in own})
    written = call.attributes.get("providers")
    if written is not None and isinstance(written[0].expression, Object):
        for key, value in written[0].expression.items:
            found[_name(key, written[1])] = _address(_name(value, written[1]), configuration, place)
    return found


def _address(name: str, configuration: Configuration, place: Place) -> str:
    if "[" in name:
        return ""
    if name in place.providers:
        return place.providers[name]
    type = name.partition(".")[0]
    declared = any(
        each.label(0) == type and ("alias" in each.attributes) == ("." in name) for each in configuration.providers
    )
    return f"{place.prefix if declared else ''}provider.{name}" if declared or "." not in name else ""


def _name(node: Expression, source: Source) -> str:
    """`aws` or `aws.west`; old configurations have it in quotes."""
    return Span(source, node.start, node.end).text.strip().strip('"')
