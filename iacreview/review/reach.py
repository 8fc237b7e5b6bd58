"""Which units a change can reach, through the graph of files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from iacreview.discovery import (
    TEMPLATE_SUFFIXES,
    TERRAFORM_SUFFIXES,
    VARIABLE_SUFFIXES,
    Discovery,
    Target,
    callers_of,
    nested_paths,
)
from iacreview.errors import TreeError
from iacreview.tree import Tree, normal_path

# A call of a function that reads files, with its first argument as far as that is written out.
_READS = re.compile(
    r"\b(?:file|fileexists|fileset|filebase64|filemd5|filesha1|filesha256|filesha512|filebase64sha256|filebase64sha512"
    r"|templatefile)\s*\(\s*(?:\"((?:[^\"$\\\n]|\$\{path\.(?:module|root|cwd)\})*)(\")?)?"
)
_ANCHOR = re.compile(r"^\$\{path\.(module|root|cwd)\}/?")


class Reading(NamedTuple):
    """What a module reads: a path, or with `open` anything that starts with it. `anchor` is what it is relative to."""

    anchor: str
    path: str
    open: bool


def reached(tree: Tree, discovery: Discovery, changed: Iterable[str], links: Mapping[str, str]) -> set[str]:
    """The paths of the units whose findings the changed paths may alter.

    Told from the text of the files alone, so rather too many than too few.
    """
    touched = _through_links(set(changed), links)
    directories = {path.rpartition("/")[0] for path in touched if path.endswith(TERRAFORM_SUFFIXES + VARIABLE_SUFFIXES)}
    directories |= {path.partition(".terraform/")[0].rstrip("/") for path in touched if ".terraform/" in path}
    others = sorted(path for path in touched if not path.endswith(TERRAFORM_SUFFIXES + VARIABLE_SUFFIXES))
    roots = {target.path for target in discovery.targets if target.dialect == "terraform"}
    found = callers_of(directories, discovery.calls) & roots
    if others:
        found |= _readers(tree, discovery.calls, others, roots)
    templates = [target for target in discovery.targets if target.source is not None]
    found |= {target.path for target in templates if _may_nest(nested_paths(tree, target), others)}
    return found | _templates(templates, touched, others)


def _through_links(changed: set[str], links: Mapping[str, str]) -> set[str]:
    """The changed paths, and what they are called through links."""
    found = set(changed)
    for link, target in links.items():
        for path in changed:
            if path == target:
                found.add(link)
            elif path.startswith(f"{target}/"):
                found.add(link + path[len(target) :])
            elif path == link:
                found.add(f"{target}/")
    return found


def _readers(tree: Tree, calls: Mapping[str, set[str]], others: Sequence[str], roots: set[str]) -> set[str]:
    """The root modules with a function call, of their own or of a module's, that may read one of the paths."""
    found: set[str] = set()
    for directory in calls:
        readings = _readings(tree, directory)
        if not readings:
            continue
        above = callers_of([directory], calls) & roots
        if any(_reads(each, directory, others) for each in readings):
            found |= above
        else:
            found |= {root for root in above if any(_reads(each, root, others, root) for each in readings)}
    return found


def _readings(tree: Tree, directory: str) -> set[Reading]:
    found: set[Reading] = set()
    for name in tree.listing(directory):
        if not name.endswith(TERRAFORM_SUFFIXES):
            continue
        try:
            text = tree.read(f"{directory}/{name}" if directory else name)
        except TreeError:
            continue
        if "file" in text:
            found.update(_reading(*match) for match in _READS.findall(text))
    return found


def _reading(text: str, closed: str) -> Reading:
    anchor = _ANCHOR.match(text)
    rest = text[anchor.end() :] if anchor else text
    if "${" in rest:
        rest, closed = rest.partition("${")[0], ""
    return Reading(anchor[1] if anchor else "root", rest, not closed)


def _reads(reading: Reading, directory: str, paths: Sequence[str], root: str | None = None) -> bool:
    """Whether one of the paths may be what is read by a module in a directory, or as seen from a root module."""
    if (reading.anchor == "module") != (root is None) and reading.path:
        return False
    if not reading.path:
        return reading.anchor != "module" or root is None
    joined = posixpath.normpath(posixpath.join(directory, reading.path)) if directory else reading.path
    try:
        start = normal_path(joined)
    except TreeError:
        return False
    if reading.open:
        return any(path.startswith(start) for path in paths)
    return any(path == start or path.startswith(f"{start}/") for path in paths)


def _may_nest(nested: Iterable[str], paths: Sequence[str]) -> bool:
    """Whether one of the paths is, or with a parameter in it may be, among those that a template nests."""
    whole = {name for name in nested if not name.endswith("$")}
    starts = tuple(name[:-1] for name in nested if name.endswith("$"))
    return any(path in whole or path.startswith(starts) for path in paths)


def _templates(templates: Sequence[Target], touched: set[str], others: Sequence[str]) -> set[str]:
    """The templates that changed, and those that name a changed file and so may include or nest it."""
    found = {target.path for target in templates if target.path in touched}
    names = {path.rpartition("/")[2] for path in others if path.endswith(TEMPLATE_SUFFIXES)}
    names.discard("")
    if not names:
        return found
    named = re.compile("|".join(re.escape(name) for name in sorted(names)))
    grows = True
    while grows:
        more = {
            target.path
            for target in templates
            if target.source is not None and target.path not in found and named.search(target.source.text)
        }
        found |= more
        grows = bool(more)
        if more:
            named = re.compile("|".join(re.escape(path.rpartition("/")[2]) for path in sorted(more)))
    return found
