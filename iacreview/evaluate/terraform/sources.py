"""Where a module call leads: into the tree, or to something that is not there."""

from __future__ import annotations

import posixpath

from iacreview.evaluate.terraform.configuration import Configurations, Definition, configuration_files, joined_path
from iacreview.model.source import Skipped
from iacreview.parse.terraform.nodes import Template, TemplateText

MAX_MODULES = 5000


class Calls:
    """Resolves the sources of module calls of one unit; `.terraform/modules/modules.json` is read at most once."""

    __slots__ = ("_manifest", "configurations", "root")

    def __init__(self, configurations: Configurations, root: str) -> None:
        self.configurations = configurations
        self.root = root
        self._manifest: dict[str, str] | None = None

    def may_enter(self, modules: int) -> bool:
        return modules < MAX_MODULES

    def resolve(self, definition: Definition, directory: str, name: str) -> str | Skipped:
        """The directory of a called module. `name` is the dotted path of module names from the root."""
        source = source_of(definition)
        line = definition.header.first.line
        path = definition.source.path
        if source is None:
            return Skipped(path, "module source is no plain string", line)
        if source.startswith(("./", "../")) or source in (".", ".."):
            target = joined_path(directory, source)
        else:
            target = self._installed(name)
        if target is None or not configuration_files(self.configurations.tree.listing(target)):
            return Skipped(path, f"module source {_shown(source)} is not in the tree; run terraform get", line)
        return target

    def _installed(self, name: str) -> str | None:
        if self._manifest is None:
            self._manifest = self._read_manifest()
        found = self._manifest.get(name)
        return joined_path(self.root, found) if found else None

    def _read_manifest(self) -> dict[str, str]:
        """The directories that `terraform get` has installed modules in, by dotted name."""
        path = joined_path(self.root, ".terraform/modules/modules.json")
        source = self.configurations.source(path) if path else None
        if source is None:
            return {}
        import json

        try:
            modules = json.loads(source.text)["Modules"]
            return {str(entry["Key"]): posixpath.normpath(str(entry["Dir"])) for entry in modules}
        except (ValueError, KeyError, TypeError, RecursionError):
            return {}


def source_of(definition: Definition) -> str | None:
    """The source of a module call where it is a plain string."""
    found = definition.attributes.get("source")
    expression = found[0].expression if found else None
    if isinstance(expression, Template) and len(expression.parts) == 1:
        part = expression.parts[0]
        return part.value if isinstance(part, TemplateText) else None
    return None


def _shown(source: str) -> str:
    """A source as messages show it: without the user and password a URL may hold."""
    head, at, tail = source.rpartition("@")
    if at and "//" in head:
        source = head[: head.index("//") + 2] + "***@" + tail
    return source if len(source) <= 120 else source[:117] + "..."
