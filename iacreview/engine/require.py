"""Rows without a check: properties and the predicates they must satisfy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import Occurrence, branches, cases, doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.engine.predicates import holds
from iacreview.model.finding import Extent
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.parts import children
from iacreview.model.value import Encoded, Known, MapValue, Supplied, Value, scalar_text
from iacreview.model.words import NOTHING, Phrase, say, vouched
from iacreview.semantics.secrets import is_common, secret_extent, secret_name

_SECRETS = frozenset(("literal_secret", "stored_secret"))


def condition(view: View, requirements: Mapping[str, Any]) -> Truth:
    """Whether all requirements hold of a view. A property that its dialect does not have is absent."""
    if not requirements:
        return YES
    return all_of(_condition(view, name, predicate) for name, predicate in requirements.items())


def open_question(view: View, requirements: Mapping[str, Any]) -> Phrase:
    """Why it is not known whether all requirements hold, where it is not."""
    for name, predicate in requirements.items():
        if _condition(view, name, predicate) is UNKNOWN:
            if name in ("any", "all", "none"):
                return open_question(view, next(each for each in predicate if condition(view, each) is UNKNOWN))
            if name == "some":
                collection = next(each for each, wanted in predicate.items() if _some(view, each, wanted) is UNKNOWN)
                return say("`{}` cannot be known", vouched(view.property(collection).native(view.dialect)))
            occurrences = view.occurrences(name)
            unknown = (each for each in occurrences if _answer(each, predicate) is UNKNOWN)
            return doubt_reason(next(unknown, occurrences[0]))
    return NOTHING


def names(requirements: Mapping[str, Any]) -> list[str]:
    """The properties that requirements are about."""
    found: list[str] = []
    for name, predicate in requirements.items():
        if name in ("any", "all", "none"):
            found += [inner for each in predicate for inner in names(each)]
        elif name == "some":
            found += list(predicate)
        else:
            found.append(name)
    return list(dict.fromkeys(found))


def _condition(view: View, name: str, predicate: Any) -> Truth:
    if name == "any":
        return any_of(condition(view, each) for each in predicate)
    if name == "all":
        return all_of(condition(view, each) for each in predicate)
    if name == "none":
        return ~any_of(condition(view, each) for each in predicate)
    if name == "some":
        return all_of(_some(view, collection, wanted) for collection, wanted in predicate.items())
    occurrences = view.occurrences(name)
    if len(occurrences) == 1:
        return _answer(occurrences[0], predicate)
    answers = [_answer(each, predicate) for each in occurrences]
    # What stands in branches of choices is not there together.
    alternatives = any(len(each.when) > len(view.when) for each in occurrences)
    return UNKNOWN if alternatives and len(set(answers)) > 1 else all_of(answers)


def _some(view: View, collection: str, wanted: Mapping[str, Any]) -> Truth:
    """Whether a collection has a member of which all requirements hold."""
    if not view.applies(collection):
        return NO
    answers = [UNKNOWN for _ in view.unread(collection)]
    for member in view.members(collection):
        answer = condition(member, wanted)
        certain = member.under.sure and len(member.when) == len(view.when)
        answers.append(UNKNOWN if answer is YES and not certain else answer)
    return any_of(answers)


def _answer(occurrence: Occurrence, predicate: Any) -> Truth:
    answer = holds(predicate, occurrence.value)
    return UNKNOWN if answer is YES and not occurrence.sure else answer


def failures(view: View, requirements: Mapping[str, Any]) -> Iterator[Outcome]:
    """A violation for each place that does not meet a requirement, a doubt where that cannot be known."""
    for name, predicate in requirements.items():
        if name == "any":
            yield from _any_failure(view, predicate)
        elif name == "all":
            for each in predicate:
                yield from failures(view, each)
        elif name == "some":
            for collection, wanted in predicate.items():
                yield from _some_failure(view, collection, wanted)
        elif name == "none":
            if condition(view, {"any": predicate}) is not NO:
                raise ValueError("`none` is for `when` only")
        elif view.applies(name):
            yield from _property_failures(view, name, predicate)


def _some_failure(view: View, collection: str, wanted: Mapping[str, Any]) -> Iterator[Outcome]:
    # What kind of member is asked for tells one lack from another.
    path = ".".join([collection, *(each for each in wanted.values() if isinstance(each, str))])
    for case in view.cases([collection]) if view.applies(collection) else ():
        answer = _some(case, collection, wanted)
        native = vouched(view.property(collection).native(view.dialect))
        if answer is NO:
            text = (
                say("none of its `{}` is as required", native)
                if case.members(collection)
                else say("it has no `{}`", native)
            )
            yield Violation(path, view.span, text, when=case.when)
        elif answer is UNKNOWN:
            yield Doubt(path, view.span, say("whether any of its `{}` is as required is not known", native))


def _any_failure(view: View, alternatives: list[Mapping[str, Any]]) -> Iterator[Outcome]:
    """The first alternative's failures, where no alternative holds."""
    usable = [each for each in alternatives if all(_applies(view, name, wanted) for name, wanted in each.items())]
    for case in view.cases(names({"any": usable})):
        yield from _first_failure(case, usable)


def _applies(view: View, name: str, wanted: Any) -> bool:
    if name == "some":
        return all(view.applies(collection) for collection in wanted)
    return name in ("any", "all") or view.applies(name)


def _first_failure(view: View, usable: list[Mapping[str, Any]]) -> Iterator[Outcome]:
    found = [list(failures(view, each)) for each in usable]
    if not usable or any(not each for each in found):
        return
    doubts = [outcome for each in found for outcome in each if isinstance(outcome, Doubt)]
    decided = [each for each in found if any(isinstance(outcome, Violation) for outcome in each)]
    if len(decided) < len(found):
        yield doubts[0]
    else:
        yield next(outcome for outcome in found[0] if isinstance(outcome, Violation))


def _property_failures(view: View, name: str, predicate: Any) -> Iterator[Outcome]:
    secret = _asks_for_secrets(predicate)
    for occurrence in view.occurrences(name):
        for each in _judged_apart(view, occurrence, predicate):
            answer = _answer(each, predicate)
            if answer is NO:
                via = each.value.via if each.value is not None else ()
                text = statement(each, secret)
                yield Violation(
                    name,
                    each.span,
                    text,
                    via,
                    each.when,
                    secret=secret,
                    values=_extents(each, secret),
                    hidden=_told(each) if secret else (),
                )
            elif answer is UNKNOWN:
                yield Doubt(name, each.span, doubt_reason(each), secret and isinstance(each.value, Supplied))


def _judged_apart(view: View, occurrence: Occurrence, predicate: Any) -> Iterator[Occurrence]:
    """The occurrence under each branch; where the answer depends on choices inside of it, also under those of them."""
    for each in branches(occurrence):
        if _answer(each, predicate) is UNKNOWN:
            yield from cases(each, view.world.graph.unit.possible)
        else:
            yield each


def _asks_for_secrets(predicate: Any) -> bool:
    if not isinstance(predicate, dict):
        return False
    return not _SECRETS.isdisjoint(predicate) or _asks_for_secrets(predicate.get("every"))


def _told(occurrence: Occurrence) -> tuple[str, ...]:
    """The texts of a secret: of a document, all but plain words and addresses under names of other things."""
    value = occurrence.value
    document = value.structure if isinstance(value, Encoded) else value
    if isinstance(document, MapValue):
        return tuple(text for name, text in _leaves(document, "") if secret_name(name) or not is_common(text))
    return tuple(text for _, text in _leaves(value, "")) if value is not None else ()


def _leaves(value: Value, name: str) -> Iterator[tuple[str, str]]:
    """The texts in a value, each with the name it stands under."""
    if isinstance(value, Known) and value.data is not None:
        yield name, scalar_text(value.data)
    named = value.entries.items() if isinstance(value, MapValue) else ((name, each) for each in children(value))
    for key, each in named:
        yield from _leaves(each, key)


def _extents(occurrence: Occurrence, secret: bool) -> tuple[Extent, ...]:
    value = occurrence.value
    if not isinstance(value, Known) or value.data is None:
        return ()
    text = scalar_text(value.data)
    return (secret_extent(text) if secret else Extent("value", text),)
