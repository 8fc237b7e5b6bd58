"""Which versions of the AWS provider a root module and the modules that it calls allow.

Source: "Provider Requirements", "Dependency Lock File" (Terraform documentation): the constraints of all modules hold
together, and what the lock file of the root module selects is installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from iacreview.evaluate.terraform.configuration import Configuration, Configurations, joined_path, parse_file
from iacreview.evaluate.terraform.constraints import is_constraint
from iacreview.model.graph import Resource
from iacreview.model.provider import Constraint, Versions
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Value
from iacreview.parse.terraform.nodes import Block, Expression, Template, TemplateText

LOCK = ".terraform.lock.hcl"
_AWS = re.compile(r"(?:registry\.(?:terraform\.io|opentofu\.org)/)?hashicorp/aws", re.IGNORECASE)
_UNREADABLE = "which versions of the provider are allowed cannot be read"

Evaluate = Callable[[Expression, Source], Value]


def required(configuration: Configuration, evaluate: Evaluate) -> list[Value]:
    """What one module's `required_providers` say of the AWS provider's version; overrides replace by name."""
    found: dict[str, Value] = {}
    for definition in configuration.settings:
        for block, source in definition.blocks:
            if block.type == "required_providers":
                found |= {name: evaluate(each.expression, source) for name, each in block.body.attributes.items()}
        # In the JSON syntax a nested block looks like an attribute.
        attribute = definition.attributes.get("required_providers")
        if attribute is not None:
            found |= _entries(evaluate(attribute[0].expression, attribute[1]))
    return [version for name, value in found.items() if (version := _version(name, value)) is not None]


def allowed(
    configurations: Configurations, root: str, versions: Iterable[Value], resources: Iterable[Resource]
) -> Versions:
    """The versions that may be installed: the locked one, else what is required, also by `version` of a provider."""
    locked = _locked(configurations, root)
    if locked is not None:
        return locked
    older = (each.attributes.entries.get("version") for each in resources if each.type == "provider.aws")
    found: dict[Constraint, None] = {}
    for value in (*versions, *(each for each in older if each is not None)):
        if not isinstance(value, Known) or not isinstance(value.data, str) or not is_constraint(value.data):
            return Versions((), _UNREADABLE)
        found[Constraint(value.data, value.span)] = None
    return Versions(tuple(found))


def _entries(value: Value) -> dict[str, Value]:
    parts = value.items if isinstance(value, ListValue) else (value,)
    return {name: entry for part in parts if isinstance(part, MapValue) for name, entry in part.entries.items()}


def _version(name: str, value: Value) -> Value | None:
    """The version that an entry asks for, if it is of the AWS provider and asks for one."""
    if not isinstance(value, MapValue):
        return value if name == "aws" else None
    source = value.entries.get("source")
    address = source.data if isinstance(source, Known) else None
    is_aws = name == "aws" if source is None else isinstance(address, str) and _AWS.fullmatch(address) is not None
    return value.entries.get("version") if is_aws else None


def _locked(configurations: Configurations, root: str) -> Versions | None:
    path = joined_path(root, LOCK) or LOCK
    source = configurations.source(path)
    if path in configurations.problems:
        return Versions((), "the lock file that selects the version of the provider cannot be read")
    found = next(_locked_in(parse_file(source)[0].blocks, source), None) if source is not None else None
    return Versions((found,)) if found is not None else None


def _locked_in(blocks: Iterable[Block], source: Source) -> Iterator[Constraint]:
    for block in blocks:
        version = block.body.attributes.get("version")
        if block.type == "provider" and len(block.labels) == 1 and version is not None:
            text = _plain(version.expression)
            if _AWS.fullmatch(block.labels[0].text) and is_constraint(text):
                yield Constraint(text, Span(source, version.start, version.expression.end))


def _plain(node: Expression) -> str:
    parts = node.parts if isinstance(node, Template) else ()
    return "".join(part.value if isinstance(part, TemplateText) else "\0" for part in parts)
