"""Predicates over one value, each total over yes, no and unknown.

A predicate is written as a scalar (equal to it), a list (equal to one of them), `present`, `absent`, or a mapping
of operators that must all hold (OPERATORS below).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of, truth
from iacreview.model.parts import known_parts
from iacreview.model.value import (
    Choice,
    Encoded,
    Known,
    ListValue,
    MapValue,
    Supplied,
    Text,
    Unknown,
    Value,
    is_input,
    is_one_thing,
    is_resolved_later,
    scalar_text,
)
from iacreview.regular import Foreign, found
from iacreview.semantics.network import is_internet, narrow_ending, parse_cidr
from iacreview.semantics.placeholders import is_placeholder
from iacreview.semantics.secrets import (
    is_dynamic_reference,
    is_partly_secret,
    is_secret_literal,
    is_written_secret,
    secret_name,
)


def holds(predicate: Any, value: Value | None) -> Truth:
    """Whether a value (None: absent) satisfies a predicate."""
    if isinstance(value, Known) and value.data is None:
        value = None
    if isinstance(value, Choice):
        return _agreement([holds(predicate, branch) for _, branch in value.branches])
    if isinstance(predicate, dict):
        return all_of(OPERATORS[name](argument, value) for name, argument in predicate.items())
    if isinstance(predicate, list):
        return any_of(holds(each, value) for each in predicate)
    if predicate == "present":
        return _present(value)
    if predicate == "absent":
        return ~_present(value)
    return _equals(predicate, value)


def _agreement(answers: Sequence[Truth]) -> Truth:
    return answers[0] if answers and all(each is answers[0] for each in answers) else UNKNOWN


def _present(value: Value | None) -> Truth:
    if value is None:
        return NO
    if isinstance(value, Unknown):
        # An attribute of a resource is there after deployment; an input may turn out null or empty.
        return YES if not is_input(value) or is_one_thing(value) else UNKNOWN
    if isinstance(value, Known):
        return truth(value.data not in ("", None))
    if isinstance(value, ListValue) and not value.items:
        return NO if value.complete else UNKNOWN
    return YES


def _same(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return scalar_text(one).lower() == scalar_text(other).lower()
    return scalar_text(one) == scalar_text(other)


def _equals(wanted: Any, value: Value | None) -> Truth:
    if value is None:
        return NO
    if isinstance(value, Known):
        return UNKNOWN if is_resolved_later(value) else truth(_same(wanted, value.data))
    if isinstance(value, (ListValue, MapValue)) or (
        isinstance(value, Text) and not _may_be(value, scalar_text(wanted))
    ):
        return NO
    return UNKNOWN


def _may_be(text: Text, wanted: str) -> bool:
    """Whether a text with holes can be another one: it has the text's known parts in their order."""
    first, last = text.parts[0], text.parts[-1]
    start = scalar_text(first.data) if isinstance(first, Known) else ""
    end = scalar_text(last.data) if isinstance(last, Known) and last is not first else ""
    at, stop = len(start), len(wanted) - len(end)
    if not (wanted.startswith(start) and wanted.endswith(end) and at <= stop):
        return False
    for part in text.parts[1:-1]:
        if isinstance(part, Known):
            piece = scalar_text(part.data)
            found = wanted.find(piece, at, stop)
            if found < 0:
                return False
            at = found + len(piece)
    return True


def _not(argument: Any, value: Value | None) -> Truth:
    return ~holds(argument, value)


def _number(value: Value | None) -> float | None:
    try:
        return float(value.data) if isinstance(value, Known) and value.data is not None else None
    except ValueError:
        return None


def _at_least(argument: float, value: Value | None) -> Truth:
    if value is None:
        return NO
    number = _number(value)
    return UNKNOWN if number is None else truth(number >= argument)


def _at_most(argument: float, value: Value | None) -> Truth:
    if value is None:
        return NO
    number = _number(value)
    return UNKNOWN if number is None else truth(number <= argument)


def _matches(pattern: str, value: Value | None) -> Truth:
    if value is None:
        return NO
    if isinstance(value, Known):
        return UNKNOWN if is_resolved_later(value) else truth(_is_found(pattern, scalar_text(value.data)))
    if isinstance(value, (ListValue, MapValue)):
        return NO
    return NO if isinstance(value, Text) and _begins_otherwise(pattern, value) else UNKNOWN


def _begins_otherwise(pattern: str, text: Text) -> bool:
    """Whether a text with holes begins with what is known, and the pattern with another text."""
    first = text.parts[0]
    wanted = re.match(r"\^(?:\(\?i:)?([\w:/-]+)", pattern) if "|" not in pattern else None
    if wanted is None or not isinstance(first, Known):
        return False
    optional = pattern[wanted.end() : wanted.end() + 1] in tuple("?*{")
    start, begin = scalar_text(first.data).lower(), wanted[1][: -1 if optional else None].lower()
    length = min(len(start), len(begin))
    return start[:length] != begin[:length]


def _is_found(pattern: str, text: str) -> bool:
    if isinstance(pattern, Foreign):
        return found(pattern, text)
    return re.search(pattern, text) is not None


def _starts_with(prefix: str, value: Value | None) -> Truth:
    if isinstance(value, Text) and value.parts and isinstance(value.parts[0], Known):
        start = scalar_text(value.parts[0].data)
        if start.startswith(prefix):
            return YES
        return UNKNOWN if prefix.startswith(start) else NO
    return _matches("^" + re.escape(prefix), value)


def _items(value: Value | None) -> tuple[Sequence[Value], bool]:
    """The items of a list (a scalar counts as a list of one), and whether there can be no others."""
    if isinstance(value, ListValue):
        return value.items, value.complete
    if value is None:
        return (), True
    if isinstance(value, Unknown):
        return (), False
    return (value,), True


def _contains(wanted: Any, value: Value | None) -> Truth:
    items, complete = _items(value)
    found = any_of(holds(wanted, item) for item in items)
    return found if found is YES or complete else UNKNOWN


def _contains_all(wanted: Sequence[Any], value: Value | None) -> Truth:
    return all_of(_contains(each, value) for each in wanted)


def _contains_any(wanted: Sequence[Any], value: Value | None) -> Truth:
    return any_of(_contains(each, value) for each in wanted)


def _every(argument: Any, value: Value | None) -> Truth:
    items, complete = _items(value)
    answer = all_of(holds(argument, item) for item in items)
    return answer if answer is NO or complete else UNKNOWN


def _literal_secret(argument: bool, value: Value | None) -> Truth:
    """Whether the value is a hard-coded secret (`argument` true), or is not (false)."""
    if isinstance(value, Supplied):
        answer = UNKNOWN
    elif isinstance(value, Known):
        answer = truth(isinstance(value.data, (str, int)) and is_secret_literal(scalar_text(value.data)))
    elif isinstance(value, Unknown):
        answer = UNKNOWN if is_input(value) else NO
    elif isinstance(value, Text):
        answer = UNKNOWN if is_partly_secret(known_parts(value)) else NO
    elif isinstance(value, Encoded):
        answer = _secret_within(value.structure, "")
    else:
        answer = NO
    return answer if argument else ~answer


def _stored_secret(argument: bool, value: Value | None) -> Truth:
    """As _literal_secret, of what is only kept there: a word in the place of a secret to come opens nothing."""
    if isinstance(value, Known) and isinstance(value.data, str) and is_placeholder(value.data):
        return ~truth(argument)
    return _literal_secret(argument, value)


def _secret_within(value: Value, name: str) -> Truth:
    """Whether a structure holds a hard-coded secret, under a name that says so."""
    if isinstance(value, MapValue):
        return any_of(_secret_within(each, key) for key, each in value.entries.items())
    if isinstance(value, ListValue):
        return any_of(_secret_within(each, name) for each in value.items)
    if isinstance(value, Choice):
        return _agreement([_secret_within(branch, name) for _, branch in value.branches])
    if isinstance(value, Known):
        return truth(secret_name(name) and is_written_secret(name, value.data))
    return _literal_secret(True, value) if secret_name(name) else NO


def _dynamic_reference(services: Sequence[str], value: Value | None) -> Truth:
    """Whether the value is a CloudFormation dynamic reference to one of the services."""
    if is_input(value):
        return UNKNOWN
    text = _leading_text(value)
    return truth(text is not None and is_dynamic_reference(text) in services)


def _customer_managed_key(argument: bool, value: Value | None) -> Truth:
    """Whether the value names a KMS key that is not one AWS keeps for a service: `alias/aws/...`, `aws/...`."""
    answer = _present(value)
    text = _leading_text(value)
    if answer is YES and text is not None and ("alias/aws/" in text or text.startswith("aws/")):
        answer = NO
    return answer if argument else ~answer


def _least_tls(least: str, value: Value | None) -> Truth:
    """Whether a security policy accepts no older TLS than `least`; not known of one whose name does not tell."""
    if not isinstance(value, Known):
        return NO if value is None else UNKNOWN
    from iacreview.semantics.tls import oldest_version

    oldest = oldest_version(scalar_text(value.data))
    if oldest is None:
        return UNKNOWN
    major, _, minor = str(least).partition(".")
    return truth(oldest >= (int(major), int(minor)))


def _internet(argument: bool, value: Value | None) -> Truth:
    """Whether the value is, or its networks together are, half of the Internet or more."""
    items, complete = _items(value)
    texts = [_leading_text(each) if isinstance(each, Known) else None for each in items]
    blocks = (parse_cidr(text) for text in texts if text is not None)
    if is_internet(block for block in blocks if block is not None):
        answer = YES
    else:
        answer = NO if complete and all(map(_is_narrow, items)) else UNKNOWN
    return answer if argument else ~answer


def _is_narrow(value: Value) -> bool:
    """Whether a network that is not the Internet can be nothing else."""
    if isinstance(value, Text):
        ending = value.parts[-1]
        return isinstance(ending, Known) and narrow_ending(scalar_text(ending.data))
    return isinstance(value, Known) and not is_resolved_later(value)


def _leading_text(value: Value | None) -> str | None:
    if isinstance(value, Known):
        return scalar_text(value.data)
    if isinstance(value, Text):
        return "".join(scalar_text(part.data) if isinstance(part, Known) else "x" for part in value.parts)
    return None


OPERATORS: dict[str, Callable[[Any, Value | None], Truth]] = {
    "equals": _equals,
    "not": _not,
    "in": lambda argument, value: holds(list(argument), value),
    "not_in": lambda argument, value: ~holds(list(argument), value),
    "all_of": lambda argument, value: all_of(holds(each, value) for each in argument),
    "any_of": lambda argument, value: any_of(holds(each, value) for each in argument),
    "at_least": _at_least,
    "at_most": _at_most,
    "matches": _matches,
    "starts_with": _starts_with,
    "contains": _contains,
    "contains_all": _contains_all,
    "contains_any": _contains_any,
    "every": _every,
    "literal_secret": _literal_secret,
    "stored_secret": _stored_secret,
    "dynamic_reference": _dynamic_reference,
    "customer_managed_key": _customer_managed_key,
    "internet": _internet,
    "least_tls": _least_tls,
}
