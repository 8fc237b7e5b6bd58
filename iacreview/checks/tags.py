"""Tags that a project asks for, by its settings or its Config rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from iacreview.catalog.view import View
from iacreview.model.finding import Related
from iacreview.model.guard import When
from iacreview.model.operations import AskedTag
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.record import NamedTuple
from iacreview.model.value import Known, ListValue, MapValue, Value, is_resolved_later, scalar_text
from iacreview.model.words import called, say, vouched
from iacreview.semantics.tagged import is_tagged


class Tags(NamedTuple):
    """The tags of a resource by their keys, and whether these are all that it can have."""

    values: Mapping[str, Value]
    complete: bool
    when: When = ()


def missing_tags(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A resource without a tag that is asked for, or with a value that it may not have.

    A stack gives its tags to what it makes, and which these are is said when it is deployed: unless a file beside the
    template says so, a tag that it does not write is not known to be missing.
    """
    asked = [each for each in view.world.operations.tags if _is_for(view, each)]
    if not asked or not is_tagged(view.resource.type):
        return
    for tags in _tags_of(view):
        for each in asked:
            if not each.scope[0] or _has(tags, each.scope):
                yield from _judged(view, tags, each)


def _judged(view: View, tags: Tags, asked: AskedTag) -> Iterator[Outcome]:
    path = f"tags.{asked.key}"
    related = (Related(asked.asker.words, asked.asker.span),) if asked.asker.span is not None else ()
    value = tags.values.get(asked.key)
    if value is None and not tags.complete:
        yield Doubt(path, view.span, say("whether it has the tag {} is not known", called(asked.key)))
    elif value is None:
        yield Violation(path, view.span, say("it has no tag {}", called(asked.key)), when=tags.when, related=related)
    elif asked.values and isinstance(value, Known) and not is_resolved_later(value):
        if scalar_text(value.data) not in asked.values:
            text = say("the tag {} is {}, not one of {}", called(asked.key), value, vouched(", ".join(asked.values)))
            yield Violation(path, value.span or view.span, text, value.via, tags.when, related)
    elif asked.values:
        yield Doubt(path, value.span or view.span, say("the value of the tag {} is not known", called(asked.key)))


def _has(tags: Tags, scope: tuple[str, str]) -> bool:
    value = tags.values.get(scope[0])
    return isinstance(value, Known) and scope[1] in ("", scalar_text(value.data))


def _is_for(view: View, asked: AskedTag) -> bool:
    """Whether a tag is asked of such a resource: by its kind, its type, or what AWS calls it."""
    if not asked.kinds:
        return True
    resource = view.resource
    names = [resource.type]
    if resource.kind is not None:
        types = view.world.catalog.kind(resource.kind).spec["types"].get("cfn", ())
        names += [resource.kind, *([types] if isinstance(types, str) else types)]
    return any(fnmatchcase(name, pattern) for name in names for pattern in asked.kinds)


def _tags_of(view: View) -> Iterator[Tags]:
    given, complete = _given(view)
    for case in view.cases(["tags"]):
        occurrence = case.occurrences("tags")[0]
        own, all_of_them = _entries(occurrence.value)
        yield Tags({**given, **own}, complete and all_of_them, case.when)


def _given(view: View) -> tuple[dict[str, Value], bool]:
    """The tags that a resource has from elsewhere: its provider's, its launch template's, its stack's."""
    if not view.applies("template"):
        stack = view.world.graph.unit.stack_tags
        given: dict[str, Value] = {key: Known(text, view.span) for key, text in (stack or {}).items()}
        return given, stack is not None
    provider = view.world.graph.resources.get(view.resource.provider)
    default = provider.attributes.entries.get("default_tags") if provider is not None else None
    found, complete = _entries(_inside(default))
    return found, complete and view.first("template") is None


def _inside(value: Value | None) -> Value | None:
    """The tags in a block, which is a list of one."""
    if isinstance(value, ListValue):
        value = value.items[0] if value.items else None
    return value.entries.get("tags") if isinstance(value, MapValue) else value


def _entries(value: Value | None) -> tuple[dict[str, Value], bool]:
    """Tags as a map, or as a list of keys and values; and whether there can be no others."""
    if value is None or (isinstance(value, Known) and value.data is None):
        return {}, True
    if isinstance(value, MapValue):
        return dict(value.entries), value.complete
    if isinstance(value, ListValue):
        pairs = [_pair(item) for item in value.items]
        return {pair[0]: pair[1] for pair in pairs if pair is not None}, value.complete and None not in pairs
    return {}, False


def _pair(item: Value) -> tuple[str, Value] | None:
    if not isinstance(item, MapValue):
        return None
    lower = {key.lower(): value for key, value in item.entries.items()}
    key, value = lower.get("key"), lower.get("value")
    return (scalar_text(key.data), value) if isinstance(key, Known) and value is not None else None
