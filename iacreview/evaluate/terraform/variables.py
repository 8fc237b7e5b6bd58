"""The values that variables are given: by .tfvars files and on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from iacreview.evaluate.terraform.configuration import Configurations, joined_path, parse_file
from iacreview.model.graph import Problem
from iacreview.model.source import Source
from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import Expression


class Given(NamedTuple):
    """A value from outside of the module, and how provenance names its way."""

    value: Callable[[], Value]
    message: str


def variable_files(names: list[str]) -> list[str]:
    """The files Terraform loads by itself, in the order in which later ones win."""
    first = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    return first + sorted(name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json")))


def given_by_files(
    configurations: Configurations,
    directory: str,
    evaluate: Callable[[Expression, Source], Value],
    problems: list[Problem],
    files: list[str],
) -> dict[str, Given]:
    """What the .tfvars files of a root module set."""
    given: dict[str, Given] = {}
    for name in variable_files(configurations.tree.listing(directory)):
        path = joined_path(directory, name)
        source = configurations.source(path) if path else None
        if source is None:
            continue
        files.append(source.path)
        body, found = parse_file(source)
        problems += found
        for attribute in body.attributes.values():
            value = evaluate(attribute.expression, source)
            given[attribute.name] = Given(_always(value), f"{name} sets var.{attribute.name}")
    return given


def given_by_caller(variables: Mapping[str, Value] | None) -> dict[str, Given]:
    """What the command line sets."""
    return {
        name: Given(_always(value), f"var.{name} is set by the caller") for name, value in (variables or {}).items()
    }


def _always(value: Value) -> Callable[[], Value]:
    return lambda: value
