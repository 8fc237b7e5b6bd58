"""What a CDK cloud assembly says of where its resources come from.

Source: "AWS CDK cloud assembly" (AWS CDK Developer Guide) and the assembly's schema: `manifest.json` has an artifact
for each stack, with its template and, by construct path, the logical ids and, where it was synthesised with them, stack
traces.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from iacreview.errors import TreeError
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue, Step
from iacreview.tree import Tree, normal_path

PATH = "aws:cdk:path"
ASSET = "aws:asset:path"
_MANIFEST = "manifest.json"
# `new Bucket (/app/lib/stack.ts:12:5)`: the first frame that is the project's own.
_FRAME = re.compile(r"\(?((?:file://)?[^()\s]+?\.(?:ts|js|mjs|cjs|py|java|cs|go)):(\d+)(?::\d+)?\)?")
_FOREIGN = ("node_modules/", "site-packages/", "node:internal")


class Assembly:
    """The construct paths and places of one template's resources; without a manifest beside it, of none."""

    def __init__(self, tree: Tree, template: str) -> None:
        self._tree = tree
        self._folder = posixpath.dirname(template)
        self._name = posixpath.basename(template)
        self._places: dict[str, tuple[str, int]] | None = None

    def steps(self, logical_id: str, metadata: MapValue | None) -> tuple[Step, ...]:
        """The construct that a resource was made by, and the line that made it, as far as the assembly says so."""
        path = metadata.entries.get(PATH) if metadata is not None else None
        if not isinstance(path, Known) or not isinstance(path.data, str):
            return ()
        steps = [Step(f"construct {path.data}", path.span)]
        place = self._made_at().get(logical_id)
        source = self._source(place[0]) if place is not None else None
        if place is not None and source is not None:
            steps.append(Step("made here", _line(source, place[1])))
        return tuple(steps)

    def _made_at(self) -> Mapping[str, tuple[str, int]]:
        if self._places is None:
            self._places = self._read()
        return self._places

    def _read(self) -> dict[str, tuple[str, int]]:
        """The file and line of each logical id, from the manifest's stack traces."""
        try:
            manifest: Any = json.loads(self._tree.read(posixpath.join(self._folder, _MANIFEST)))
            artifacts = list(manifest["artifacts"].values())
        except (TreeError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}
        found: dict[str, tuple[str, int]] = {}
        for artifact in artifacts:
            if _at(artifact, "properties", "templateFile") == self._name:
                metadata = _at(artifact, "metadata")
                for entries in metadata.values() if isinstance(metadata, dict) else ():
                    found.update(_traced(entries))
        return found

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


def _traced(entries: Any) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for entry in entries if isinstance(entries, list) else ():
        name, trace = _at(entry, "data"), _at(entry, "trace")
        if _at(entry, "type") == "aws:cdk:logicalId" and isinstance(name, str) and isinstance(trace, list):
            frames = (_FRAME.search(frame) for frame in trace if isinstance(frame, str))
            own = (each for each in frames if each is not None and not any(part in each[1] for part in _FOREIGN))
            first = next(own, None)
            if first is not None:
                found[name] = (first[1], int(first[2]))
    return found


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
