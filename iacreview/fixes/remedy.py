"""From a row's fix to the edits that make it true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from iacreview.catalog.catalog import in_dialect
from iacreview.catalog.occurrence import Occurrence, branches
from iacreview.catalog.path import Path, entry
from iacreview.catalog.view import View
from iacreview.fixes.syntax import SYNTAXES, Syntax
from iacreview.languages import language_named
from iacreview.model.edit import Edit
from iacreview.model.graph import CALL, Resource
from iacreview.model.outcome import Violation
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Supplied, Value, scalar_text


def edits_for(view: View, fix: Mapping[str, Any] | str, violation: Violation) -> tuple[Edit, ...]:
    """The edits after which every property of the fix is what it says; none where only a person can choose or write it.

    What is written is changed where it is written: at the property, or at the variable's or parameter's default that
    it comes from. What is missing is added to the resource, or to a satellite that it has.
    """
    if isinstance(fix, str) or violation.path not in fix:
        return ()
    settings = {name: in_dialect(wanted, view.dialect) for name, wanted in fix.items()}
    if not all(map(_is_certain, settings.values())):
        return ()
    changes = [_changes(view, name, wanted, violation) for name, wanted in settings.items()]
    return _edits([each for found in changes for each in found]) if all(changes) else ()


# Where a template has what a resource is to be like.
_PROPERTIES = "Properties"


@cache
def _before_a_definition() -> re.Pattern[str]:
    return re.compile(r"\s*:(?:\s|#[^\n]*)*")


class _Addition(NamedTuple):
    """An entry that is missing: `path` is its name in the container, and those of what it stands in there."""

    syntax: Syntax
    container: MapValue
    path: tuple[str, ...]
    wanted: Any


def _edits(changes: Sequence[Edit | _Addition | None]) -> tuple[Edit, ...]:
    """The edits of changes of which each can be made, what is missing in the same place added together."""
    found: list[Edit | None] = []
    missing: dict[Span | None, list[_Addition]] = {}
    for each in changes:
        if isinstance(each, _Addition):
            missing.setdefault(each.container.span, []).append(each)
        else:
            found.append(each)
    for group in missing.values():
        wanted: dict[str, Any] = {}
        for each in group:
            _put(wanted, each.path, each.wanted)
        found.append(group[0].syntax.addition(group[0].container, wanted))
    edits = [each for each in found if each is not None]
    return tuple(dict.fromkeys(edits)) if len(edits) == len(found) else ()


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Puts a value at a path of nested mappings."""
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


def _is_certain(wanted: Any) -> bool:
    if isinstance(wanted, list):
        return bool(wanted) and all(map(_is_certain, wanted))
    return wanted != "present" and not (isinstance(wanted, str) and "<" in wanted)


def _changes(view: View, name: str, wanted: Any, violation: Violation) -> list[Edit | _Addition | None]:
    """What is to be done for one property, for each place where it is at fault; None for what cannot be done."""
    if not view.applies(name):
        return [None]
    places = [each for occurrence in view.occurrences(name) for each in branches(occurrence)]
    if name == violation.path:
        places = [each for each in places if each.span == violation.span]
    at_fault = [each for each in places if each.defaulted or not _same(each.value, wanted)]
    return [
        _added(view, name, wanted) if each.value is None or each.defaulted else _changed(view, each, wanted)
        for each in at_fault
    ]


def _same(value: Value | None, wanted: Any) -> bool:
    if isinstance(wanted, list) or not isinstance(value, Known) or value.data is None:
        return False
    return scalar_text(value.data) == scalar_text(wanted)


def _changed(view: View, place: Occurrence, wanted: Any) -> Edit | None:
    """Writes the value anew where it stands as a literal: there, or at the end of the way that it came."""
    value = place.value
    if isinstance(wanted, list) or not isinstance(value, Known) or isinstance(value, Supplied):
        return None
    for span in (value.span, *(step.span for step in value.via)):
        syntax = _syntax(view, span.source) if span is not None else None
        if span is not None and syntax is not None and syntax.is_literal(span.text) and _says(span, value):
            return Edit(span.path, span.start, span.end, syntax.literal(wanted))
    return None


def _says(span: Span, value: Known) -> bool:
    """Whether a literal is the value, and not something else on the way to it."""
    return value.data is None or span.text.strip("\"'").lower() == scalar_text(value.data).lower()


def _added(view: View, name: str, wanted: Any) -> _Addition | None:
    if view.resource.written_as == CALL:
        return None  # only its author knows which argument of the module sets it
    for path in view.property(name).paths[view.dialect]:
        for base in _bases(view, path):
            syntax = _syntax(view, base.span.source) if base.span is not None else None
            found = _missing(base, path)
            if syntax is not None and found is not None:
                container, names = found
                if base.span == view.resource.header and _PROPERTIES in view.resource.block.text:
                    return None
                if base.span == view.resource.header:
                    container, names = _definition(view.resource), (_PROPERTIES, *names)
                return _Addition(syntax, container, names, wanted)
    return None


def _definition(resource: Resource) -> MapValue:
    """The definition of a template's resource that has no properties: what they are added to."""
    block = resource.block
    skipped = _before_a_definition().match(block.text, len(resource.header.text))
    first = Span(block.source, block.start + (skipped.end() if skipped else 0), block.end)
    flow = first.text.startswith("{")
    inner = first.text[1:].lstrip() if flow else first.text
    key = Span(block.source, block.end - len(inner), block.end)
    return MapValue({}, first, keys={"": key} if inner.strip("}") else {})


def _bases(view: View, path: Path) -> Iterator[MapValue]:
    """What a path starts from: the resource or the member itself, or its one satellite of the path's type."""
    if not path.satellite:
        if isinstance(view.value, MapValue):
            yield view.value
        return
    satellites = view.world.satellites(view.resource, view.kind, path.satellite)
    if len(satellites) == 1:
        yield satellites[0].attributes


def _missing(base: MapValue, path: Path) -> tuple[MapValue, tuple[str, ...]] | None:
    """The innermost structure on a path that is written, and the names that are missing in it."""
    names = tuple(segment.name for segment in path.segments)
    if not names or any(each.action != "name" or each.select_key or "@" in each.name for each in path.segments):
        return None
    container = base
    for at, name in enumerate(names):
        found = _only(entry(container, name))
        if found is None:
            return (container, names[at:]) if container.entries.get(name) is None else None
        container = found
    return None


def _only(value: Value | None) -> MapValue | None:
    """A structure, or the only one of a list."""
    if isinstance(value, ListValue) and len(value.items) == 1:
        value = value.items[0]
    return value if isinstance(value, MapValue) else None


def _syntax(view: View, source: Source) -> Syntax | None:
    return SYNTAXES.get(language_named(view.resource.dialect).syntax(source))
