"""What a repository tells other tools to leave out, brought into our settings by `iacreview init`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from iacreview.config_files import Setting, yaml_settings
from iacreview.errors import ConfigError, TreeError
from iacreview.model.record import NamedTuple
from iacreview.suppress.names import aliases_of
from iacreview.tree import Tree

_ID = re.compile(r"[A-Za-z0-9][\w.*-]*")
_PATH = re.compile(r"/?[\w.-]+(?:/[\w.-]+)*/?")

# Files with their tool, and the keys under which they name checks and paths.
# Sources: "CLI Command Reference" (checkov), "Filtering" (trivy), "Config file" (tfsec), "Config file" (cfn-lint),
# "Running KICS" (KICS).
_FILES = (
    (".checkov.yaml", "checkov", ("skip-check",), ("skip-path",)),
    (".checkov.yml", "checkov", ("skip-check",), ("skip-path",)),
    (".trivyignore", "trivy", (), ()),
    (".trivyignore.yaml", "trivy", ("misconfigurations",), ()),
    (".tfsec/config.yml", "tfsec", ("exclude",), ()),
    (".tfsec/config.yaml", "tfsec", ("exclude",), ()),
    (".tfsec/config.json", "tfsec", ("exclude",), ()),
    ("kics.config", "kics", ("exclude-queries",), ("exclude-paths",)),
    (".cfnlintrc", "cfn-lint", ("ignore_checks",), ("ignore_templates",)),
    (".cfnlintrc.yaml", "cfn-lint", ("ignore_checks",), ("ignore_templates",)),
    (".cfnlintrc.yml", "cfn-lint", ("ignore_checks",), ("ignore_templates",)),
)
_DENY_LIST = re.compile(r"\.?cfn[_-]nag.*\.ya?ml|.*cfn[_-]nag[_-]?(deny|black)[_-]?list.*\.ya?ml", re.IGNORECASE)
_DENIED = ("RulesToSuppress",)


class Skips(NamedTuple):
    """What one file leaves out: checks that ours cover, others, paths, and what cannot be brought over."""

    file: str
    ours: Sequence[str]
    others: Sequence[str]
    paths: Sequence[str]
    left: Sequence[str] = ()


def skips(tree: Tree, known: Collection[str]) -> list[Skips]:
    """What the files of other tools leave out; `known` are the checks that rules of ours cover, in lower case."""
    listed = [(name, "cfn_nag", _DENIED, ()) for name in tree.listing("") if _DENY_LIST.fullmatch(name)]
    files = [each for each in (*_FILES, *listed) if tree.exists(each[0])]
    return [_read(tree, *each, known) for each in files]


def lines_of(found: Sequence[Skips]) -> str:
    """The settings that say the same; empty where nothing is left out."""
    text = ""
    for key, lists in (("ignore", [each.ours for each in found]), ("exclude", [each.paths for each in found])):
        entries = {item: each.file for each, items in zip(found, lists, strict=True) for item in items}
        if entries:
            text += f"{key}:\n" + "".join(f'  - "{item}"  # {file}\n' for item, file in entries.items())
    return text


def told(each: Skips) -> Iterator[str]:
    """What was made of a file, in words."""
    if each.ours or each.paths:
        yield f"From {each.file}: {', '.join((*each.ours, *each.paths))} is left out here as well."
    if each.others:
        yield f"In {each.file}: {', '.join(each.others)} is not among the checks of iacreview."
    for what in each.left:
        yield f"In {each.file}: {what}"


def _read(
    tree: Tree, file: str, tool: str, checks: Sequence[str], paths: Sequence[str], known: Collection[str]
) -> Skips:
    try:
        text = tree.read(file)
        settings = yaml_settings(text, file) if checks else Setting(None, None)
    except (TreeError, ConfigError):
        return Skips(file, (), (), (), ("it cannot be read.",))
    left: list[str] = []
    words = list(_named(settings, checks, left) if checks else _lines(text))
    ours = [word for word in dict.fromkeys(words) if aliases_of(tool, word) & set(known)]
    folders = [path for path in _texts(settings, paths) if _PATH.fullmatch(path)]
    left += [
        f"the pattern `{path}` is not the same as ours." for path in _texts(settings, paths) if path not in folders
    ]
    names = [found for word in ours for found in sorted(aliases_of(tool, word) & set(known))]
    others = [word for word in dict.fromkeys(words) if word not in ours]
    return Skips(file, list(dict.fromkeys(map(str.upper, names))), others, folders, left)


def _lines(text: str) -> Iterator[str]:
    """The ids of a list with one on a line."""
    for line in text.splitlines():
        found = _ID.match(line.partition("#")[0].strip())
        if found:
            yield found[0]


def _named(settings: Setting, keys: Sequence[str], left: list[str]) -> Iterator[str]:
    for item in _items(settings, keys):
        if isinstance(item.value, dict):
            found = item.value.get("id", Setting("", None)).value
            if "paths" in item.value:
                left.append(f"{found} is left out below some paths: say so in `per-path-ignores`.")
            elif isinstance(found, str):
                yield found
        elif isinstance(item.value, str):
            yield from _ID.findall(item.value)


def _texts(settings: Setting, keys: Sequence[str]) -> Iterator[str]:
    for item in _items(settings, keys):
        if isinstance(item.value, str):
            yield item.value


def _items(settings: Setting, keys: Sequence[str]) -> Iterator[Setting]:
    """The items under the keys; a single text counts as a list of one."""
    for key in keys:
        found = settings.value.get(key) if isinstance(settings.value, dict) else None
        if found is not None:
            yield from found.value if isinstance(found.value, list) else [found]
