"""What a CDK cloud assembly says of where its resources come from.

Source: "AWS CDK cloud assembly" (AWS CDK Developer Guide) and the assembly's schema. `manifest.json` has an artifact
for each stack, with its template and, by construct path, metadata: logical ids and, where it was synthesised with
them, stack traces. Since version 48 the metadata may be in a file of its own. Asset manifests say which file is
uploaded under which key.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.errors import TreeError
from iacreview.model.finding import MADE_HERE
from iacreview.model.patterns import later
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue, Text, Value, scalar_text
from iacreview.tree import Tree, normal_path

PATH = "aws:cdk:path"
ASSET = "aws:asset:path"
_LOGICAL_ID, _CREATION, _TEMPLATE = "aws:cdk:logicalId", "aws:cdk:creationStack", "aws:cdk:templateFile"
_MANIFEST = "manifest.json"
_TEMPLATE_NAME = ".template.json"
_ASSET_MANIFEST = "cdk:asset-manifest"
# `new Bucket (/app/lib/stack.ts:12:5)`: the first frame that is the project's own.
_FRAME = later(r"\(?((?:file://)?[^()\s]+?\.(?:ts|js|mjs|cjs|py|java|cs|go)):(\d+)(?::\d+)?\)?")
_FOREIGN = ("node_modules/", "site-packages/", "node:internal")
# How many constructs one is inside of, at most.
_MAX_LEVELS = 60


class _Construct(NamedTuple):
    """A construct's path, and the file and line that made it, where that is known."""

    path: str
    place: tuple[str, int] | None


class Assembly:
    """The constructs and assets of one template; without a manifest beside it, of none."""

    def __init__(self, tree: Tree, template: str, stack: str | None = None) -> None:
        """`stack` is the template of the stack that nests this one, however indirectly: the manifest has no other."""
        self._tree = tree
        self._folder = posixpath.dirname(template)
        self._name = posixpath.basename(template)
        self._stack = posixpath.basename(stack or template)
        self._artifacts_read: list[Any] | None = None
        self._constructs_read = False
        self._by_id: dict[str, _Construct] = {}
        self._by_path: dict[str, _Construct] = {}
        self._assets: dict[str, str] | None = None

    def steps(self, logical_id: str, metadata: MapValue | None, header: Span) -> tuple[Step, ...]:
        """The construct that a resource was made by, and the line that made it, as far as the assembly says so.

        `header` is where the resource is written, for constructs that only the manifest names.
        """
        written = metadata.entries.get(PATH) if metadata is not None else None
        if isinstance(written, Known) and isinstance(written.data, str):
            name, span = written.data, written.span
            self._constructs()
            construct = self._by_path.get("/" + name) or self._by_id.get(logical_id)
        else:
            if self._name.endswith(_TEMPLATE_NAME):
                self._constructs()
            construct, span = self._by_id.get(logical_id), header
            if construct is None:
                return ()
            name = construct.path.lstrip("/")
        steps = [Step(f"construct {name}", span)]
        place = construct.place if construct is not None else None
        source = self._source(place[0]) if place is not None else None
        if place is not None and source is not None:
            steps.append(Step(MADE_HERE, _line(source, place[1])))
        return tuple(steps)

    def asset(self, location: Value | None) -> str | None:
        """The file that is uploaded to a URL, as its name in the template's folder; None where none is known."""
        last = location.parts[-1] if isinstance(location, Text) and location.parts else location
        if not isinstance(last, Known) or not isinstance(last.data, str):
            return None
        return self.assets().get(scalar_text(last.data).rpartition("/")[2])

    def assets(self) -> Mapping[str, str]:
        """The files of the assembly's assets, by the last part of the keys that they are uploaded under."""
        if self._assets is None:
            self._assets = {}
            for artifact in self._artifacts():
                name = _at(artifact, "properties", "file")
                if _at(artifact, "type") == _ASSET_MANIFEST and isinstance(name, str):
                    self._assets.update(_uploaded(self._read(name)))
        return self._assets

    def tags(self) -> dict[str, str] | None:
        """The tags of the stack; None where the assembly does not have it."""
        if not self._name.endswith(_TEMPLATE_NAME):
            return None
        for artifact in self._artifacts():
            if _at(artifact, "properties", "templateFile") == self._name:
                tags = _at(artifact, "properties", "tags")
                pairs = tags.items() if isinstance(tags, dict) else ()
                return {key: value for key, value in pairs if isinstance(value, str)}
        return None

    def _read(self, name: str) -> Any:
        """A JSON file beside the template; None where there is none that can be read."""
        try:
            return json.loads(self._tree.read(normal_path(posixpath.join(self._folder, name))))
        except (TreeError, ValueError, RecursionError):
            return None

    def _artifacts(self) -> list[Any]:
        if self._artifacts_read is None:
            artifacts = _at(self._read(_MANIFEST), "artifacts")
            self._artifacts_read = list(artifacts.values()) if isinstance(artifacts, dict) else []
        return self._artifacts_read

    def _constructs(self) -> None:
        """Reads the constructs of the stack, once."""
        if not self._constructs_read:
            self._constructs_read = True
            for artifact in self._artifacts():
                if _at(artifact, "properties", "templateFile") == self._stack:
                    self._add_constructs(artifact)

    def _add_constructs(self, artifact: Any) -> None:
        more = _at(artifact, "additionalMetadataFile")
        tables = [_at(artifact, "metadata"), self._read(more) if isinstance(more, str) else None]
        entries = {path: found for table in tables if isinstance(table, dict) for path, found in table.items()}
        # A nested stack's constructs are below the one that its template is told of.
        templates = {path: name for path, found in entries.items() for name in _data(found, _TEMPLATE)}
        for path, found in entries.items():
            construct = _Construct(path, _place(found))
            self._by_path.setdefault(path, construct)
            if _owner(path, templates, self._stack) == self._name:
                for logical_id in _data(found, _LOGICAL_ID):
                    if isinstance(logical_id, str):
                        self._by_id.setdefault(logical_id, construct)

    def _source(self, path: str) -> Source | None:
        """A file of the project: traces have absolute paths, of which the end is in the tree."""
        parts = path.removeprefix("file://").replace("\\", "/").strip("/").split("/")
        for start in range(len(parts)):
            try:
                name = normal_path("/".join(parts[start:]))
                if self._tree.exists(name):
                    return Source(name, self._tree.read(name))
            except TreeError:
                continue
        return None


def _owner(path: str, templates: Mapping[str, Any], otherwise: str) -> Any:
    """The template of the innermost construct around a path that has one."""
    for _ in range(_MAX_LEVELS):
        path = path.rpartition("/")[0]
        if path in templates:
            return templates[path]
    return otherwise


def _data(entries: Any, kind: str, key: str = "data") -> Iterator[Any]:
    """The data, or what stands under another key, of a construct's metadata entries of one kind."""
    for entry in entries if isinstance(entries, list) else ():
        if _at(entry, "type") == kind:
            yield _at(entry, key)


def _place(entries: Any) -> tuple[str, int] | None:
    """The file and line of the project's own that made a construct, from the traces in its metadata."""
    for trace in (*_data(entries, _LOGICAL_ID, "trace"), *_data(entries, _CREATION)):
        for frame in trace if isinstance(trace, list) else ():
            found = _FRAME.search(frame) if isinstance(frame, str) else None
            if found is not None and not any(part in found[1] for part in _FOREIGN):
                return found[1], int(found[2])
    return None


def _uploaded(manifest: Any) -> Iterator[tuple[str, str]]:
    """The keys that the files of an asset manifest are uploaded under, with the files."""
    files = _at(manifest, "files")
    for asset in files.values() if isinstance(files, dict) else ():
        path, destinations = _at(asset, "source", "path"), _at(asset, "destinations")
        for destination in destinations.values() if isinstance(destinations, dict) else ():
            key = _at(destination, "objectKey")
            if isinstance(path, str) and isinstance(key, str):
                yield key.rpartition("/")[2], path


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _line(source: Source, number: int) -> Span:
    start = 0
    for _ in range(number - 1):
        start = source.text.find("\n", start) + 1
        if start == 0:
            return Span(source, 0, 0)
    text = source.line(number)
    return Span(source, start + len(text) - len(text.lstrip()), start + len(text))
