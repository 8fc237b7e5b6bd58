"""In which order units are evaluated: those that others are said to call wait until it is known who read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from iacreview.discovery import Discovery
from iacreview.languages import LANGUAGES
from iacreview.languages.calls import called_by, uncalled
from iacreview.languages.language import Language, Target


def rounds(
    discovery: Discovery, read: Callable[[], Collection[str]], wanted: set[str] | None = None
) -> Iterator[Sequence[Target]]:
    """The units to be evaluated, batch by batch. `read` tells which files the batches so far have read.

    What an evaluated unit has read is left to it; what none has read is a unit of its own. Where only some units are
    `wanted`, so are those that these call, but none that may be left to a unit which is not.
    """
    first = [target for target in discovery.targets if wanted is None or target.path in wanted]
    if first:
        yield first
    queues = [_Queue(language, discovery, wanted) for language in LANGUAGES]
    while batch := [target for queue in queues for target in queue.next(read())]:
        yield batch


class _Queue:
    """What waits of one language."""

    def __init__(self, language: Language, discovery: Discovery, wanted: set[str] | None) -> None:
        found = discovery.units.get(language.name)
        self._language = language
        self._calls = {} if found is None else {path: called - {path} for path, called in found.calls.items()}
        self._waiting: dict[str, Target] = {} if found is None else {each.path: each for each in found.waiting}
        if found is not None and wanted is not None and self._waiting:
            self._choose(wanted, {each.path for each in found.targets})

    def _choose(self, wanted: set[str], targets: set[str]) -> None:
        """Keeps what is wanted, or called by what is, unless it may be read by what is not evaluated."""
        chosen = called_by(wanted & {*targets, *self._waiting}, self._calls)
        others = {*targets, *self._waiting} - chosen
        kept = chosen - called_by(others, self._calls)
        self._waiting = {path: target for path, target in self._waiting.items() if path in kept}

    def next(self, read: Collection[str]) -> list[Target]:
        """Those whose callers, as far as there are any, are done."""
        if not self._waiting:
            return []
        covered = self._language.covered(read)
        left = {path: target for path, target in self._waiting.items() if path not in covered}
        calls = {path: self._calls.get(path, set()) & left.keys() for path in left}
        ready = uncalled(calls)
        self._waiting = {path: target for path, target in left.items() if path not in ready}
        return [left[path] for path in sorted(ready)]
