"""Where a module call leads: into the tree, or to something that is not there."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from iacreview.errors import TreeError
from iacreview.evaluate.terraform.configuration import Configurations, Definition, configuration_files, joined_path
from iacreview.evaluate.terraform.constraints import satisfies
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped
from iacreview.tree import Tree

# What an argument of a call is as text; None where that is not known.
TextOf = Callable[[str], "str | None"]
MAX_MODULES = 5000
_MANIFEST = ".terraform/modules/modules.json"
# What a URL passes on, but for the revision of a repository.
_PARAMETER = later(r"([?&](?!ref=|depth=|archive=)[^=&]*=)[^&]+")
# "Module Sources" (Terraform documentation): [HOST/]NAMESPACE/NAME/PROVIDER, and a module's own submodule after `//`.
_REGISTRY = later(r"(?:registry\.(?:terraform\.io|opentofu\.org)/)?((?:[\w.-]+/)?[\w-]+/[\w-]+/[\w-]+(?://.*)?)")


class Installed(NamedTuple):
    """A module that `terraform get` has installed."""

    source: str
    version: str
    directory: str


class Calls:
    """Resolves the sources of module calls of one unit; `.terraform/modules/modules.json` is read at most once."""

    __slots__ = ("_manifest", "configurations", "root")

    def __init__(self, configurations: Configurations, root: str) -> None:
        self.configurations = configurations
        self.root = root
        self._manifest: dict[str, Installed] | None = None

    def may_enter(self, modules: int) -> bool:
        return modules < MAX_MODULES

    def resolve(self, definition: Definition, directory: str, name: str, text: TextOf) -> str | Skipped:
        """The directory of a called module. `name` is the dotted path of module names from the root, `text` makes an
        argument's text: OpenTofu takes variables and locals there, Terraform no more than a literal.
        """
        source = text("source")
        line = definition.header.first.line
        path = definition.source.path
        if source is None:
            return Skipped(path, "what the module's source is cannot be known", line)
        missing = f"module source {_shown(source)} is not in the tree"
        if source.startswith(("./", "../")) or source in (".", ".."):
            target = joined_path(directory, source)
        else:
            found = self._installed(name)
            wanted = text("version") or ""
            if found is not None and not _is_same(found, source, wanted):
                had = f"{_shown(found.source)} {found.version}".rstrip()
                reason = f"module source {f'{_shown(source)} {wanted}'.rstrip()} is not the one installed, {had}"
                return Skipped(path, f"{reason}; run terraform get", line)
            target = joined_path(self.root, found.directory) if found is not None else None
            missing += "; run terraform get"
        if target is None or not configuration_files(self.configurations.tree.listing(target)):
            return Skipped(path, missing, line)
        return target

    def _installed(self, name: str) -> Installed | None:
        if self._manifest is None:
            self._manifest = self._read_manifest()
        return self._manifest.get(name)

    def _read_manifest(self) -> dict[str, Installed]:
        """The modules that `terraform get` has installed, by dotted name."""
        path = joined_path(self.root, _MANIFEST)
        source = self.configurations.source(path) if path else None
        return _installed(source.text) if source is not None else {}


def _installed(manifest: str) -> dict[str, Installed]:
    import json

    try:
        modules = json.loads(manifest)["Modules"]
        return {
            str(entry["Key"]): Installed(
                str(entry.get("Source", "")), str(entry.get("Version", "")), posixpath.normpath(str(entry["Dir"]))
            )
            for entry in modules
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def origin(tree: Tree, path: str) -> str:
    """The source and the version of the installed module that a file is of; empty where the manifest does not tell."""
    root, _, _ = f"/{path}".rpartition("/.terraform/modules/")
    root = root.strip("/")
    try:
        modules = _installed(tree.read(joined_path(root, _MANIFEST) or _MANIFEST)).values()
    except TreeError:
        return ""
    inside = [each for each in modules if path.startswith(f"{joined_path(root, each.directory)}/")]
    found = max(inside, key=lambda each: len(each.directory), default=None)
    return f"{_shown(found.source)} {found.version}".rstrip() if found is not None else ""


def _is_same(installed: Installed, source: str, constraint: str) -> bool:
    """Whether a module is the one that a call asks for, as far as the manifest tells.

    Terraform writes registry addresses with their host; of other sources, which it rewrites, the name and the revision
    are compared.
    """
    if not installed.source:
        return True
    return _identity(installed.source) == _identity(source) and satisfies(installed.version, constraint)


def _identity(source: str) -> tuple[str, ...]:
    address, _, query = source.partition("?")
    registry = _REGISTRY.fullmatch(address)
    if registry is not None:
        return (registry[1].lower(),)
    name = address.removeprefix("git::").rstrip("/").rpartition("/")[2].removesuffix(".git")
    return name, *sorted(part for part in query.split("&") if part.startswith("ref="))


def _shown(source: str) -> str:
    """A source as messages show it: without the user, the password and the tokens that a URL may hold."""
    head, at, tail = source.rpartition("@")
    if at and "//" in head:
        source = head[: head.index("//") + 2] + "***@" + tail
    source = _PARAMETER.sub(r"\1***", source)
    return source if len(source) <= 120 else source[:117] + "..."
