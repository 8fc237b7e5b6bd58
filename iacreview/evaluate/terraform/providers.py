"""Which versions of the AWS provider a root module and the modules that it calls allow.

Source: "Provider Requirements", "Dependency Lock File" (Terraform documentation): the constraints of all modules hold
together, and what the lock file of the root module selects is installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from iacreview.evaluate.terraform.configuration import Configuration, Configurations, joined_path
from iacreview.evaluate.terraform.constraints import is_constraint
from iacreview.model.graph import Resource
from iacreview.model.patterns import later
from iacreview.model.provider import Constraint, Versions
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Value
from iacreview.parse.terraform.nodes import Expression

LOCK = ".terraform.lock.hcl"
_AWS = later(r"(?:registry\.(?:terraform\.io|opentofu\.org)/)?hashicorp/aws", re.IGNORECASE)
_LOCKED = later(rf'^provider[ \t]+"{_AWS.pattern}"[ \t]*\{{[^{{}}]*', re.IGNORECASE | re.MULTILINE)
_SELECTED = later(r'^[ \t]*(version[ \t]*=[ \t]*"([^"\n]*)")', re.MULTILINE)
_UNREADABLE = "which versions of the provider are allowed cannot be read"
_UNREADABLE_LOCK = "the lock file that selects the version of the provider cannot be read"

Evaluate = Callable[[Expression, Source], Value]


def required(entries: Mapping[str, Value]) -> list[Value]:
    """What one module's `required_providers` say of the AWS provider's version."""
    return [version for name, value in entries.items() if (version := _version(name, value)) is not None]


def foreign(entries: Mapping[str, Value]) -> Known | None:
    """The source of a provider called `aws` that is not AWS's own: what it makes of arguments is not known."""
    entry = entries.get("aws")
    source = entry.entries.get("source") if isinstance(entry, MapValue) else None
    known = isinstance(source, Known) and isinstance(source.data, str) and _AWS.fullmatch(source.data) is None
    return source if isinstance(source, Known) and known else None


def required_entries(configuration: Configuration, evaluate: Evaluate) -> dict[str, Value]:
    """What one module's `required_providers` say, by local name; overrides replace by name."""
    found: dict[str, Value] = {}
    for definition in configuration.settings:
        for block, source in definition.blocks:
            if block.type == "required_providers":
                found |= {name: evaluate(each.expression, source) for name, each in block.body.attributes.items()}
        # In the JSON syntax a nested block looks like an attribute.
        attribute = definition.attributes.get("required_providers")
        if attribute is not None:
            found |= _entries(evaluate(attribute[0].expression, attribute[1]))
    return found


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
    """What the lock file selects; Terraform writes it, always in the same form, so it is not parsed as a whole."""
    path = joined_path(root, LOCK) or LOCK
    source = configurations.source(path)
    if path in configurations.problems:
        return Versions((), _UNREADABLE_LOCK)
    block = _LOCKED.search(source.text) if source is not None else None
    if source is None or block is None:
        return None
    version = _SELECTED.search(block[0])
    if version is None or not is_constraint(version[2]):
        return Versions((), _UNREADABLE_LOCK)
    start, end = (block.start() + at for at in version.span(1))
    return Versions((Constraint(version[2], Span(source, start, end)),))
