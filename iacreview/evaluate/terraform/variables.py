"""The values that variables are given: by .tfvars files and on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iacreview.evaluate.terraform.configuration import Configuration, Configurations, joined_path
from iacreview.evaluate.terraform.parsed import parse_file
from iacreview.evaluate.terraform.scope import Meaning
from iacreview.evaluate.terraform.types import Plain, read_type
from iacreview.model.graph import Problem
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source
from iacreview.model.value import Supplied, Unknown, Value
from iacreview.parse.terraform.nodes import Expression
from iacreview.parse.terraform.parser import parse_expression


class Inputs(NamedTuple):
    """What a user gives beside the tree: `environment` (`TF_VAR_x`), `files` (paths in it), `texts` (`--var x=...`).

    Source: "Assign values to input variables" (Terraform documentation): from the weakest to the strongest, with the
    files that Terraform loads by itself between the first and the second.
    """

    environment: Mapping[str, str] = {}
    files: Sequence[str] = ()
    texts: Mapping[str, str] = {}


class GivenValue(NamedTuple):
    """A value from outside of the module, how provenance names its way, and the expression where a caller has one."""

    value: Callable[[], Value]
    message: str
    standing: Meaning | None = None


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
    more: Sequence[str] = (),
) -> dict[str, GivenValue]:
    """What the .tfvars files of a root module set, and then those whose paths in the tree are given."""
    given: dict[str, GivenValue] = {}
    own = [joined_path(directory, name) for name in variable_files(configurations.tree.listing(directory))]
    for path in (*own, *more):
        if not path:
            continue
        source, problem = configurations.source(path), configurations.problem(path)
        if problem is not None:
            problems.append(problem)
        if source is None:
            continue
        files.append(source.path)
        name = source.path.rpartition("/")[2]
        body, found = parse_file(source)
        problems += found
        for attribute in body.attributes.values():
            value = evaluate(attribute.expression, source)
            given[attribute.name] = GivenValue(_always(value), f"{name} sets var.{attribute.name}")
    return given


def given_by_texts(
    texts: Mapping[str, str],
    configuration: Configuration,
    evaluate: Callable[[Expression, Source], Value],
    origin: str,
) -> dict[str, GivenValue]:
    """What a command line or an environment sets: text, or for a variable of a complex type an expression."""
    given: dict[str, GivenValue] = {}
    for name, text in texts.items():
        definition = configuration.variables.get(name)
        type = definition.attributes.get("type") if definition is not None else None
        if definition is None:
            continue
        value: Value = Supplied(text)
        if type is not None and not isinstance(read_type(type[0].expression, type[1]), Plain):
            source = Source(f"{origin} {name}", text)
            expression, problems = parse_expression(source, 0, len(text))
            readable = expression is not None and not problems
            unreadable = Unknown(f"{origin} {name} is not a value")
            value = evaluate(expression, source) if readable and expression else unreadable
        given[name] = GivenValue(_always(value), f"{origin} sets var.{name}")
    return given


def given_by_caller(variables: Mapping[str, Value] | None) -> dict[str, GivenValue]:
    """What the command line sets."""
    return {
        name: GivenValue(_always(value), f"var.{name} is set by the caller")
        for name, value in (variables or {}).items()
    }


def _always(value: Value) -> Callable[[], Value]:
    return lambda: value
