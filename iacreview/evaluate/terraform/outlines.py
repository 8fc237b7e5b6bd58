"""What is known of modules that many use, for calls of them that lead out of the tree.

An outline says what a module makes of its arguments, as far as rules ask: it is read as a module in the JSON syntax.
Source of each: its file in iacreview/catalog/modules, which names the page of the module in the registry.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.evaluate.terraform.constraints import newest, satisfies
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source
from iacreview.parse.terraform.json_syntax import parse_json_body
from iacreview.parse.terraform.nodes import Body

_FILE = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "compiled", "modules.json"
)
# "Module Sources" and "Publishing Modules" (Terraform documentation): a registry's module is that of the repository
# `terraform-PROVIDER-NAME` of its namespace.
_REGISTRY = later(r"(?:registry\.(?:terraform\.io|opentofu\.org)/)?([\w-]+/[\w-]+/[\w-]+(?://[\w./-]+)?)")
_REPOSITORY = later(
    r"(?:git::)?(?:https://|ssh://)?(?:git@)?github\.com[/:]([\w-]+)/terraform-(\w+)-([\w-]+?)(?:\.git)?(//[\w./-]+)?"
    r"(?:\?(?:[^?]*&)?ref=v?([\w.-]+).*|\?[^?]*)?"
)


class Named(NamedTuple):
    """A module that is known here: its name in the registry, and which of its versions may be meant."""

    name: str
    constraints: tuple[str, ...]


class Outlined(NamedTuple):
    """What a module makes: the text that says so, read, and the arguments whose defaults differ between the versions
    that may be meant.
    """

    text: str
    body: Body
    undecided: tuple[str, ...]


class Outlines:
    """The outlines of one run; each is read once for each choice of defaults."""

    __slots__ = ("_known", "_specs")

    def __init__(self) -> None:
        self._specs: Mapping[str, Any] | None = None
        self._known: dict[tuple[str, ...], Outlined] = {}

    def known(self, source: str, version: str | None) -> Outlined | None:
        """What is known of the module that a call names; None where that is nothing."""
        module = _named(source, version)
        spec = self._spec(module.name) if module is not None else None
        if module is None or spec is None:
            return None
        defaults = dict(_defaults(spec, module.constraints))
        key = (module.name, *(f"{name}={value!r}" for name, value in defaults.items()))
        if key not in self._known:
            text = _text(spec, defaults)
            undecided = tuple(name for name in spec["versions"] if name not in defaults)
            self._known[key] = Outlined(text, parse_json_body(Source(module.name, text))[0], undecided)
        return self._known[key]

    def _spec(self, name: str) -> Mapping[str, Any] | None:
        if self._specs is None:
            with open(_FILE, encoding="utf-8") as stream:
                self._specs = json.load(stream)
        found = self._specs.get(name)
        if found is None or "like" not in found:
            return found
        return {**self._specs[found["like"]], "defaults": found["defaults"]}


def _named(source: str, version: str | None) -> Named | None:
    """The module that a source names, in the registry or in its repository there."""
    found = _REGISTRY.fullmatch(source)
    if found is not None:
        return Named(found[1], (version,) if version else ())
    found = _REPOSITORY.fullmatch(source)
    if found is None:
        return None
    namespace, provider, name, inside, revision = found.groups()
    exact = (revision,) if revision and revision.count(".") == 2 and revision.replace(".", "").isdigit() else ()
    return Named(f"{namespace}/{name}/{provider}{inside or ''}", exact)


def _defaults(spec: Mapping[str, Any], constraints: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The defaults that depend on the version, as far as they are certain: what all agree on where it is not known."""
    marks = {part.strip(" <>=") for each in spec["versions"].values() for mark in each for part in mark.split(",")}
    version = newest(constraints, [*marks, spec["beyond"]])
    is_known = version is not None and satisfies(version, f"<{spec['beyond']}")
    for name, by_version in spec["versions"].items():
        fitting = [value for mark, value in by_version.items() if not is_known or satisfies(str(version), mark)]
        if fitting and all(each == fitting[0] for each in fitting):
            yield name, fitting[0]


def _text(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    variables: dict[str, Any] = {name: {} for name in spec["versions"]}
    for name, value in (*defaults.items(), *spec.get("defaults", {}).items()):
        variables[name] = {"default": value}
    configuration = spec["configuration"]
    return json.dumps({**configuration, "variable": {**configuration["variable"], **variables}})
