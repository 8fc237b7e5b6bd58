"""What AWS SAM makes of a template, each value at the place where it is written in the source.

The translation is aws-sam-translator's, the library that AWS deploys with. It takes plain data; here every string, map
and list that it is given carries its node, so that what comes out can be put back where it came from. What it makes
itself stands at the resource that it was made for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from iacreview.evaluate.cloudformation.sam_data import NodeItems, NodeMap, NodeText, copied, node_text, origins, plain
from iacreview.model.record import NamedTuple
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

PREFIX = "AWS::Serverless::"


# An application is a nested stack; one from the Serverless Application Repository would be fetched.
APPLICATION = PREFIX + "Application"


FUNCTION = PREFIX + "Function"


BUCKET = "s3://packaged/"


PACKAGED = f"{BUCKET}code"


PACKAGED_IMAGE = "packaged.dkr.ecr.us-east-1.amazonaws.com/code:packaged"


# "AWS CloudFormation quotas": a template has at most 500 resources, and each event makes one at least.
MAX_MADE = 500


# The translator copies what it has made so far with each step: five seconds.
MAX_WORK = 3_000_000


# How often resources that the translator refuses are left out of what it is given.
MAX_ATTEMPTS = 4


_SECTIONS = ("AWSTemplateFormatVersion", "Transform", "Globals", "Parameters", "Mappings", "Conditions", "Outputs")


_DEPLOYMENT, _STAGE = "AWS::ApiGateway::Deployment", ("StageName", "StageDescription")
_CODE = {"CodeUri", "InlineCode"}


_URIS = {"CodeUri", "ContentUri", "DefinitionUri", "SchemaUri"}


class Translation(NamedTuple):
    """A template without serverless resources: its root, and by logical id the key of what each was made for.

    `refused` are the keys of those that the translator does not accept; they are left as they are written.
    """

    root: MapNode
    made_for: Mapping[str, ScalarNode]
    refused: tuple[ScalarNode, ...]


class TranslationError(Exception):
    """A template that cannot be translated; the message is a phrase for people."""


def translated(root: MapNode) -> Translation:
    """The template as SAM deploys it; where it needs to know a parameter, that is its default.

    Raises TranslationError, and ImportError where aws-sam-translator is not installed.
    """
    written = root.get("Resources")
    resources = written.entries if isinstance(written, MapNode) else {}
    steps = sum(_steps(node) for _, node in resources.values())
    if steps > MAX_MADE:
        raise TranslationError(f"it makes more than {MAX_MADE} resources")
    if steps * sum(1 for _ in _nodes(root)) > MAX_WORK:
        raise TranslationError("it is too large to be translated")
    given_data = {name: plain(child) for name, (_, child) in root.entries.items() if name in _SECTIONS}
    _hide_secrets(given_data.get("Parameters"))
    shared = given_data.get("Globals", {})
    for properties in shared.values() if isinstance(shared, dict) else ():
        _package(properties, {})
    given = {name: _given(node, shared) for name, (_, node) in resources.items() if _is_taken(name, node)}
    refused: list[ScalarNode] = []
    for _ in range(MAX_ATTEMPTS):
        if not given:
            # Applications alone: there is nothing to translate, and the translator wants something.
            return Translation(root, {}, tuple(refused))
        attempt = _translate({**given_data, "Resources": copied(given)})
        if isinstance(attempt, dict):
            return _Rebuilt(root, resources, given, attempt).translation(refused)
        left_out = [key for name in sorted(attempt) if (key := _left_out(name, given, resources)) is not None]
        if not left_out:
            break
        refused += left_out
    raise TranslationError("the translator refuses it (`sam validate` tells why)")


def _left_out(
    name: str, given: dict[str, Any], resources: Mapping[str, tuple[ScalarNode, DataNode]]
) -> ScalarNode | None:
    """Takes a resource, or a connector of one (`<resource><connector>`), out of what is given; its key, or None."""
    if name in given:
        del given[name]
        return resources[name][0]
    for owner, data in given.items():
        connectors = data.get("Connectors")
        for key in list(connectors) if isinstance(connectors, dict) else ():
            if name == owner + key and isinstance(key, NodeText):
                del connectors[key]
                return key.node
    return None


def _translate(template: dict[str, Any]) -> dict[str, Any] | set[str]:
    """What the translator returns, or the names of the resources that it refuses."""
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    # It logs what it is given; and it must not ask this machine's configuration for a region.
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL + 1)
    session: Any = SimpleNamespace(region_name="us-east-1")
    try:
        translator = Translator(None, Parser(), boto_session=session)
        result: dict[str, Any] = translator.translate(template, {})
    except InvalidDocumentException as error:
        return {str(getattr(cause, "_logical_id", "")) for cause in error.causes}
    except Exception as error:
        raise TranslationError(f"the translator fails on it ({type(error).__name__})") from error
    return result


def _hide_secrets(parameters: Any) -> None:
    """Takes the defaults of NoEcho parameters away, so that no property has one of them as its own text."""
    for parameter in parameters.values() if isinstance(parameters, dict) else ():
        if isinstance(parameter, dict) and str(parameter.get("NoEcho")).lower() == "true":
            parameter.pop("Default", None)


def _steps(node: DataNode) -> int:
    """How many steps of the translation a resource takes: one, and one for each of its events."""
    kind = node.get("Type") if isinstance(node, MapNode) else None
    if not isinstance(node, MapNode) or not isinstance(kind, ScalarNode) or not kind.text.startswith(PREFIX):
        return 0
    properties = node.get("Properties")
    events = properties.get("Events") if isinstance(properties, MapNode) else None
    return 1 + (len(events.entries) if isinstance(events, MapNode) else 0)


def _is_taken(name: str, node: DataNode) -> bool:
    kind = node.get("Type") if isinstance(node, MapNode) else None
    return isinstance(kind, ScalarNode) and kind.text != APPLICATION and not name.startswith("Fn::")


def _given(node: DataNode, shared: Any) -> Any:
    """A resource as the translator takes it: packaged, as `sam build` and `sam package` would have done."""
    resource = plain(node)
    kind = str(resource.get("Type"))
    if kind.startswith(PREFIX):
        properties = resource.get("Properties")
        if properties is None:
            properties = resource["Properties"] = {}
        common = shared.get("Function") if isinstance(shared, dict) and kind == FUNCTION else None
        _package(properties, common if isinstance(common, dict) else {}, required=kind == FUNCTION)
    return resource


def _package(properties: Any, common: Mapping[str, Any], required: bool = False) -> None:
    """Puts local files where packaging puts them, by their paths; where code is `required`, it is there."""
    if not isinstance(properties, dict):
        return
    for name in _URIS.intersection(properties):
        uri = properties[name]
        if isinstance(uri, NodeText) and not uri.startswith("s3://"):
            properties[name] = node_text(f"{BUCKET}{uri}", uri.node)
    image = properties.get("PackageType", common.get("PackageType")) == "Image"
    if required and not {"ImageUri", *(() if image else _CODE)}.intersection((*properties, *common)):
        properties["ImageUri" if image else "CodeUri"] = PACKAGED_IMAGE if image else PACKAGED


class _Rebuilt:
    """What the translator returned as nodes."""

    def __init__(
        self,
        root: MapNode,
        resources: Mapping[str, tuple[ScalarNode, DataNode]],
        given: Mapping[str, Any],
        result: Mapping[str, Any],
    ) -> None:
        self.root = root
        self.resources = resources
        self.result = result
        self.serverless = sorted(
            (name for name, data in given.items() if str(data.get("Type")).startswith(PREFIX)), key=len, reverse=True
        )
        self.named: dict[str, ScalarNode] = {}

    def translation(self, refused: Iterable[ScalarNode]) -> Translation:
        kept = {name: entry for name, entry in self.resources.items() if name not in self.serverless}
        entries = dict(kept)
        owners = self._owners()
        for name, data in self.result["Resources"].items():
            if name in kept:
                entries[name] = (kept[name][0], self.node(data, kept[name][1]))
            else:
                key, owner = owners[name]
                if data.get("Type") == _DEPLOYMENT:
                    # SAM's own makes a stage called Stage beside the one that is written, which nobody can set up.
                    properties = data.get("Properties", {})
                    data = {**data, "Properties": {each: properties[each] for each in properties if each not in _STAGE}}
                entries[name] = (key, self._made(data, key, owner))
        resources = MapNode(entries, None, *_range(self.root.get("Resources") or self.root))
        sections = {name: entry for name, entry in self.root.entries.items() if name != "Transform"}
        for name in ("Conditions", "Outputs"):
            if name in self.result:
                near = self.root.get(name) or self.root
                key = sections[name][0] if name in sections else _scalar(name, near)
                sections[name] = (key, self.node(self.result[name], near))
        sections["Resources"] = (self.root.entries["Resources"][0], resources)
        made_for = {name: key for name, (key, _) in owners.items()}
        return Translation(MapNode(sections, None, *_range(self.root)), made_for, tuple(refused))

    def _owners(self) -> dict[str, tuple[ScalarNode, DataNode]]:
        """What each resource was made for: one of the same name, or the longest that its name begins with.

        An implicit API is made for the functions whose events are in it, its stage for the API. What is made for none
        (CodeDeploy's application) is made for the transform.
        """
        made = {name: data for name, data in self.result["Resources"].items() if not self._is_kept(name)}
        found = {name: _longest(name, self.serverless) or self._origin(data) for name, data in made.items()}
        implicit = sorted((name for name, owner in found.items() if owner is not None), key=len, reverse=True)
        owners = {}
        for name, owner in found.items():
            if owner is None:
                owner = found.get(_longest(name, implicit) or "")
            owners[name] = self.root.entries["Transform"] if owner is None else self.resources[owner]
        return owners

    def _is_kept(self, name: str) -> bool:
        return name in self.resources and name not in self.serverless

    def _origin(self, data: Any) -> str | None:
        """The first serverless resource that holds a part of the value."""
        for origin in origins(data):
            for name in self.serverless:
                node = self.resources[name][1]
                if node.start <= origin.start < node.end:
                    return name
        return None

    def _made(self, data: Any, key: ScalarNode, owner: DataNode) -> MapNode:
        """A resource at the place of its owner, with the owner's metadata: that may hold suppressions."""
        self.named = dict(_scalars(owner))
        made = self.node(data, key)
        self.named = {}
        entries = made.entries if isinstance(made, MapNode) else {}
        if isinstance(owner, MapNode) and "Metadata" in owner.entries:
            entries = {**entries, "Metadata": owner.entries["Metadata"]}
        return MapNode(entries, None, *_range(owner))

    def node(self, data: Any, near: DataNode, written: DataNode | None = None) -> DataNode:
        """The node of a value that is where it comes from, else at `near`.

        `written` is what stood in its place, so that numbers and booleans find theirs.
        """
        if isinstance(data, NodeText):
            return ScalarNode(str(data), str(data), data.node.plain, None, data.node.start, data.node.end)
        if isinstance(data, dict):
            origin = data.node if isinstance(data, NodeMap) else None
            return self._map_node(data, origin, origin or near)
        if isinstance(data, list):
            near = data.node if isinstance(data, NodeItems) else near
            return ListNode([self.node(item, near) for item in data], None, *_range(near))
        if isinstance(written, ScalarNode) and written.tag is None and written.value == data:
            return written
        if isinstance(data, str):
            # Of managed policies, names are written and ARNs made.
            named = self.named.get(data.rpartition("/")[2]) if data.startswith("arn:") else None
            return _scalar(data, named or near)
        return _scalar(data, near)

    def _map_node(self, data: dict[Any, Any], origin: MapNode | None, near: DataNode) -> MapNode:
        entries: dict[str, tuple[ScalarNode, DataNode]] = {}
        for name, value in data.items():
            written = origin.get(str(name)) if origin is not None else None
            key = name.node if isinstance(name, NodeText) else _scalar(str(name), near)
            entries[str(name)] = (key, self.node(value, near, written))
        return MapNode(entries, None, *_range(near))


def _range(node: DataNode) -> tuple[int, int]:
    return node.start, node.end


def _scalar(value: Any, near: DataNode) -> ScalarNode:
    value = value if value is None or isinstance(value, (str, int, float)) else str(value)
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return ScalarNode(value, text, False, None, near.start, near.end)


def _longest(name: str, beginnings: list[str]) -> str | None:
    """The first of the beginnings, which are sorted by length, that the name has."""
    return next((each for each in beginnings if name.startswith(each)), None)


def _scalars(node: DataNode) -> Iterator[tuple[str, ScalarNode]]:
    return ((each.text, each) for each in _nodes(node) if isinstance(each, ScalarNode))


def _nodes(node: DataNode) -> Iterator[DataNode]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, ListNode):
            pending.extend(current.items)
        elif isinstance(current, MapNode):
            pending.extend(child for _, child in current.entries.values())
