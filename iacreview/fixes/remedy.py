"""From a row's fix to the edits that make it true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import Occurrence, branches
from iacreview.catalog.path import Path, entry
from iacreview.catalog.view import View
from iacreview.model.edit import Edit
from iacreview.fixes.syntax import SYNTAXES, Syntax
from iacreview.languages import language_named
from iacreview.model.outcome import Violation
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Supplied, Value, scalar_text


def edits_for(view: View, fix: Mapping[str, Any] | str, violation: Violation) -> tuple[Edit, ...]:
    """The edits after which every property of the fix is what it says; none where only a person can choose or write it.

    What is written is changed where it is written: at the property, or at the variable's or parameter's default that
    it comes from. What is missing is added to the resource, or to a satellite that it has.
    """
    if isinstance(fix, str) or not all(_is_certain(wanted) for wanted in fix.values()):
        return ()
    found: list[Edit] = []
    for name, wanted in fix.items():
        edits = _settings(view, name, wanted, violation)
        if not edits:
            return ()
        found += edits
    return tuple(dict.fromkeys(found))


def _is_certain(wanted: Any) -> bool:
    if isinstance(wanted, list):
        return bool(wanted) and all(map(_is_certain, wanted))
    return wanted != "present" and not (isinstance(wanted, str) and "<" in wanted)


def _settings(view: View, name: str, wanted: Any, violation: Violation) -> list[Edit]:
    """The edits for one property; none unless each place where it is at fault has one."""
    if not view.applies(name):
        return []
    places = [each for occurrence in view.occurrences(name) for each in branches(occurrence)]
    if name == violation.path:
        places = [each for each in places if each.span == violation.span]
    found: list[Edit] = []
    for place in places:
        if isinstance(place.value, Known) and not place.defaulted and _same(place.value, wanted):
            continue
        edit = _added(view, name, wanted) if place.value is None or place.defaulted else _changed(view, place, wanted)
        if edit is None:
            return []
        found.append(edit)
    return found


def _same(value: Known, wanted: Any) -> bool:
    return not isinstance(wanted, list) and value.data is not None and scalar_text(value.data) == scalar_text(wanted)


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


def _added(view: View, name: str, wanted: Any) -> Edit | None:
    for path in view.property(name).paths[view.dialect]:
        for base in _bases(view, path):
            syntax = _syntax(view, base.span.source) if base.span is not None else None
            found = _missing(base, path) if syntax is not None else None
            if syntax is not None and found is not None:
                container, keys = found
                edit = syntax.addition(container, keys, wanted)
                if edit is not None:
                    return edit
    return None


def _bases(view: View, path: Path) -> Iterator[MapValue]:
    """What a path starts from: the resource or the member itself, or its one satellite of the path's type."""
    if not path.satellite:
        if isinstance(view.value, MapValue):
            yield view.value
        return
    satellites = view.world.satellites(view.resource, view.kind, path.satellite)
    if len(satellites) == 1:
        yield satellites[0].attributes


def _missing(base: MapValue, path: Path) -> tuple[MapValue, Sequence[str]] | None:
    """The innermost structure on a path that is written, and the names that are missing in it."""
    names = [segment.name for segment in path.segments]
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
