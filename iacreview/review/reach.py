"""Which units a change can reach, through the graph of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from iacreview.discovery import Discovery
from iacreview.errors import TreeError
from iacreview.languages import LANGUAGES
from iacreview.tree import Tree


def reached(tree: Tree, discovery: Discovery, changed: Iterable[str], links: Mapping[str, str]) -> set[str]:
    """The paths of the units whose findings the changed paths may alter: rather too many than too few."""
    touched = through_links(tree, set(changed), links)
    there = [language for language in LANGUAGES if language.name in discovery.units]
    found = (language.reached(tree, discovery.units[language.name], touched) for language in there)
    return set().union(*found)


def through_links(tree: Tree, changed: set[str], links: Mapping[str, str]) -> set[str]:
    """The changed paths, and what they are called through links; of a changed link, all that it leads to."""
    found, new = set(changed), changed
    # Links may lead to what is behind others, each of them once.
    for _ in links:
        new = {each for link, target in links.items() for each in _through(tree, link, target, new)} - found
        found |= new
    return found


def _through(tree: Tree, link: str, target: str, changed: Iterable[str]) -> Iterator[str]:
    """What changes with some paths by one link: what they are called through it; of the link, all it leads to."""
    for path in changed:
        if path == target:
            yield link
        elif path.startswith(f"{target}/"):
            yield link + path[len(target) :]
        elif path == link:
            below = _files(tree, target)
            yield from (target, *below, *(link + each[len(target) :] for each in below))


def _files(tree: Tree, path: str) -> Sequence[str]:
    try:
        return list(tree.files(path))
    except TreeError:
        return ()
