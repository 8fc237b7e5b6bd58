"""Where the template of a nested stack is, and where a template stands among those that nest it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from iacreview.errors import MissingError, TreeError
from iacreview.evaluate.cloudformation.cdk import ASSET, Assembly
from iacreview.model.graph import Problem, Resource
from iacreview.model.guard import When
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue, Text, Value
from iacreview.parse.cloudformation.recognition import parse_template
from iacreview.parse.data.nodes import DataNode, MapNode
from iacreview.parse.unreadable import unreadable
from iacreview.tree import Tree, normal_path
from iacreview.uploaded import path_of

# The properties that may name the template, by the type of resource.
# Sources: "AWS::CloudFormation::Stack" (CloudFormation), "AWS::Serverless::Application" (AWS SAM Developer Guide);
# `aws cloudformation package` takes local paths in both, relative to the template.
LOCATIONS = {
    "AWS::CloudFormation::Stack": ("TemplateURL", "TemplateBody"),
    "AWS::Serverless::Application": ("Location",),
}
MAX_DEPTH = 12
MAX_STACKS = 500


class StackPlace(NamedTuple):
    """`prefix` is put before logical ids, `chain` are the paths of the templates that led here, outermost first.

    `opened` are the parameters as the conditions of the template around it see them, `always` the guards under which
    the stack exists. `templates` says which folder has what is uploaded to a URL.
    """

    tree: Tree
    prefix: str = ""
    chain: tuple[str, ...] = ()
    via: tuple[Step, ...] = ()
    calls: tuple[Span, ...] = ()
    opened: Mapping[str, Value] = {}
    always: When = ()
    templates: Mapping[str, str] = {}


class Nested(NamedTuple):
    """The template of a nested stack, with what is wrong in it; or why there is none, `problem` where that is wrong."""

    source: Source | None
    root: MapNode | None
    reason: str = ""
    problem: bool = False
    problems: tuple[Problem, ...] = ()


def nested_template(place: StackPlace, parent: str, resource: Resource, assembly: Assembly) -> Nested:
    """The template that a stack resource names, where that is a path in the tree.

    In a CDK assembly it is an asset: the URL is known at deployment, the path is in the resource's Metadata, or in the
    manifest of the assembly's assets.
    """
    locations = [resource.attributes.entries.get(name) for name in LOCATIONS[resource.type]]
    uploaded = assembly.asset(locations[0])
    candidates = (*locations, _asset(resource), Known(uploaded) if uploaded is not None else None)
    found = (_local(parent, each) or _uploaded(place, each) for each in candidates)
    path = next((each for each in found if each is not None), None)
    if path is None:
        return Nested(None, None, _elsewhere(place, parent, locations))
    if path in (*place.chain, parent):
        return Nested(None, None, f"{path} nests itself", problem=True)
    if len(place.chain) >= MAX_DEPTH:
        return Nested(None, None, f"it is nested more than {MAX_DEPTH} levels deep", problem=True)
    try:
        source = Source(path, place.tree.read(path))
    except MissingError as error:
        return Nested(None, None, f"its template cannot be read: {error.message}")
    except TreeError as error:
        unread = (unreadable(path, error),)
        return Nested(None, None, f"{path} cannot be read", problem=True, problems=unread)
    root, problems = parse_template(source)
    if not isinstance(root, MapNode):
        return Nested(None, None, f"{path} cannot be read as a template", problem=True, problems=tuple(problems))
    return Nested(source, root, problems=tuple(problems))


def _uploaded(place: StackPlace, location: Value | None) -> str | None:
    url = _url(location)
    return path_of(url, place.templates) if url and place.templates else None


def _url(location: Value | None) -> str:
    """The URL that a location is, as far as it is known; empty where it is none."""
    parts = location.parts if isinstance(location, Text) else [location] if location is not None else []
    text = "".join(str(part.data) if isinstance(part, Known) else "*" for part in parts)
    return text if text.startswith("https://") else ""


def _elsewhere(place: StackPlace, parent: str, locations: Sequence[Value | None]) -> str:
    """Why there is no template, and how to say where it is, where a file of that name is near."""
    for url in map(_url, locations):
        name = url.partition("?")[0].rpartition("/")[2]
        folder = posixpath.dirname(parent)
        for near in (folder, f"{folder}/templates", "templates", "") if "." in name else ():
            path = posixpath.join(near, name).lstrip("/")
            if path != parent and place.tree.exists(path):
                return f"its template is at a URL: if that is {path}, name its folder under `templates` in the settings"
    return "its template is at a URL or known at deployment: give the local path to review it"


def included_file(tree: Tree, parent: str, location: str) -> tuple[Source, DataNode | None, list[Problem]] | None:
    """A file that a template includes (its content None where it cannot be read), with what is wrong in it.

    None where it is not in the tree.
    """
    path = _local(parent, Known(location))
    if path is None:
        return None
    try:
        source = Source(path, tree.read(path))
    except MissingError:
        return None
    except TreeError as error:
        return Source(path, ""), None, [unreadable(path, error)]
    root, problems = parse_template(source)
    return source, root, problems


def _asset(resource: Resource) -> Value | None:
    metadata = resource.extras.entries.get("Metadata") if resource.extras is not None else None
    return metadata.entries.get(ASSET) if isinstance(metadata, MapValue) else None


def _local(parent: str, location: Value | None) -> str | None:
    """The tree's path of a template, as its parent names it; None for URLs, whole templates and what is not known."""
    if not isinstance(location, Known) or not isinstance(location.data, str):
        return None
    name = location.data.removeprefix("file://")
    if "://" in name or "\n" in name or name.lstrip().startswith("{"):
        return None
    try:
        return normal_path(posixpath.join(posixpath.dirname(parent), name))
    except TreeError:
        return None
