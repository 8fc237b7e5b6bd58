"""Checks of secrets: where they come from, and where they are hard-coded.

No statement, reason or path here holds a secret's value; every violation about one is marked `secret`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import SUPPLIED, Occurrence, branches, doubt_reason, encoded_text, first_reason
from iacreview.catalog.view import View
from iacreview.catalog.world import parameter_address
from iacreview.languages import language_named
from iacreview.model.graph import Resource
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.parts import inside_of, is_sensitive, known_parts, walk
from iacreview.model.provenance import Reference
from iacreview.model.source import Span
from iacreview.model.value import Coded, Encoded, Failed, Known, Supplied, Text, Unknown, Value, is_input, scalar_text
from iacreview.model.words import HIDDEN, Phrase, called, say, vouched
from iacreview.semantics.credentials import (
    NAMED,
    PASSWORD,
    Credential,
    find_credentials,
    find_userinfo,
    is_plain,
    look_through,
)
from iacreview.semantics.placeholders import is_placeholder
from iacreview.semantics.secrets import (
    is_named_secret,
    is_partly_secret,
    is_secret_literal,
    is_written_secret,
    secret_extent,
    secret_name,
)

# Names under which programs look for AWS's own credentials: whatever is written there is taken for them.
_AWS_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def visible_input(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A secret property (`property`) that comes from an input which is shown: a parameter without NoEcho, a variable
    that is not sensitive. One with a literal default is SEC001's business."""
    name = params["property"]
    if not view.applies(name):
        return
    for occurrence in view.occurrences(name):
        yield from shown_input(view, name, occurrence)


def shown_input(view: View, path: str, occurrence: Occurrence) -> Iterator[Outcome]:
    """Each input which is shown that a value comes from; whether one is where nobody can say what it comes from."""
    value = occurrence.value
    if isinstance(value, Supplied) or is_input(value):
        sources = _inputs(view, value)
        if not sources:
            yield Doubt(path, occurrence.span, doubt_reason(occurrence))
        for source in sources:
            if not _hidden(source):
                text = say("`{}` comes from {}, which is not hidden", occurrence.name, _called(source))
                yield Violation(path, occurrence.span, text, value.via, occurrence.when)


def _inputs(view: View, value: Value) -> list[Resource]:
    if not value.references or isinstance(value, Failed):
        # What a block holds does not tell what its provider adds to it: a token, say.
        return []
    found = view.world.graph.resources
    names = (name for each in value.references for name in (parameter_address(each.address), each.address))
    return [found[name] for name in dict.fromkeys(names) if name in found and found[name].mode == "parameter"]


def _called(source: Resource) -> Phrase:
    return called(source.address.replace("Parameters.", "", 1))


def _hidden(source: Resource) -> bool:
    flag = source.attributes.entries.get(language_named(source.dialect).hiding)
    return flag is not None and not (isinstance(flag, Known) and scalar_text(flag.data).lower() == "false")


def secret_default(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An input that is hidden, or named like a secret, with a literal default (properties `default`, `hidden`)."""
    name = view.resource.address.rpartition(".")[2]
    hidden = _is_true(view.first("hidden"))
    for occurrence in view.occurrences("default") if hidden or secret_name(name) else ():
        if not isinstance(occurrence.value, Known) or not isinstance(occurrence.value.data, (str, int)):
            continue
        literal = scalar_text(occurrence.value.data)
        if isinstance(occurrence.value.data, bool) or not is_secret_literal(literal):
            continue
        # What is hidden is taken for a secret of whatever kind: as strictly as a password.
        if is_named_secret(name, literal) or (hidden and is_named_secret(PASSWORD, literal)):
            text = say("the default of {} is a literal", called(name))
            secret = scalar_text(occurrence.value.data)
            yield secret_violation("default", occurrence.span, text, occurrence, secret)


def secret_output(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An output (`value`, `hidden`) that shows a hidden parameter, or a hard-coded secret.

    "Parameters" (AWS CloudFormation User Guide): NoEcho does not mask what is in Outputs. Terraform itself refuses to
    show what is sensitive in an output that is not.
    """
    if view.applies("hidden") and _is_true(view.first("hidden")):
        return
    name = view.resource.address.rpartition(".")[2]
    guarded = language_named(view.dialect).guards_outputs
    for occurrence in view.occurrences("value"):
        for each in branches(occurrence):
            hidden = [] if guarded else _hidden_inputs(view, each.value)
            if each.value is not None and hidden:
                text = say("`{}` shows {}, which is hidden", each.name, _called(hidden[0]))
                yield Violation("value", each.span, text, each.value.via, each.when)
                continue
            shown = _secret_attribute(each.value)
            if each.value is not None and shown is not None:
                text = say("`{}` shows {}", each.name, called(str(shown)))
                yield Violation("value", each.span, text, each.value.via, each.when)
                continue
            found = [outcome._replace(path="value") for outcome in _entry(name, called(name), each)]
            yield from found
            if not found and isinstance(each.value, (Known, Text)):
                yield from in_text("value", each)


def _secret_attribute(value: Value | None) -> Reference | None:
    """The attribute of a resource that a value is, where that is one for secrets."""
    if not isinstance(value, Unknown) or value.target is None:
        return None
    return value.target if secret_name(value.target.attribute.rpartition(".")[2]) else None


def _hidden_inputs(view: View, value: Value | None) -> list[Resource]:
    if value is None or not (value.references or inside_of(value).referring):
        return []
    return [source for each in walk(value) for source in _inputs(view, each) if _hidden(source)]


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Known) and scalar_text(value.data).lower() == "true"


def credentials_in_text(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Credentials inside a free text: each property of `properties`, as far as it is known."""
    for name in params["properties"]:
        if not view.has(name) or not view.applies(name):
            continue
        for occurrence in view.occurrences(name):
            for each in branches(occurrence):
                yield from in_text(name, each, params.get("userinfo", False))


def in_text(name: str, occurrence: Occurrence, userinfo: bool = False, sure: bool = False) -> Iterator[Outcome]:
    """The credentials in one text, also where it is Base64; `userinfo`: whoever a URL is opened as is one as well.

    Only those that are `sure`: what has the name of a key or token may tell which one it is (`secretKey: "admin"`).
    """
    if isinstance(occurrence.value, Unknown):
        yield Doubt(name, occurrence.span, doubt_reason(occurrence))
        return
    written = readable(occurrence.value)
    if written is None or occurrence.value is None or is_plain(written):
        return
    seen: set[tuple[str, Span]] = set()
    text, found = look_through(written)
    found = found or (find_userinfo(text) if userinfo else [])
    if sure:
        found = [each for each in found if each.what not in NAMED or is_written_secret("", each.of(text))]
    if isinstance(occurrence.value, Text) and not found:
        if find_credentials("".join(known_parts(occurrence.value))):
            reason = say("`{}`: a part of what reads like a credential is not known", occurrence.name)
            yield Doubt(name, occurrence.span, reason)
        return
    for credential in found:
        place = _place(text, credential, occurrence)
        mention = _mention(text, credential, occurrence) if place is None else None
        span = place or mention or occurrence.span
        if (credential.what, span) not in seen:
            seen.add((credential.what, span))
            statement = say("`{}` holds {}", occurrence.name, vouched(_article(credential.what)))
            violation = secret_violation(name, span, statement, occurrence, credential.of(text))
            yield violation._replace(mentioned=mention is not None)


def secret_violation(path: str, span: Span, statement: Phrase, occurrence: Occurrence, secret: str) -> Violation:
    """A violation about a secret at a place, whose text is shown nowhere."""
    via = occurrence.value.via if occurrence.value is not None else ()
    values, hidden = (secret_extent(secret),), (secret,)
    return Violation(path, span, statement, via, occurrence.when, secret=True, values=values, hidden=hidden)


def _article(what: str) -> str:
    return f"{'an' if what[0] in 'aeiouAEIO' else 'a'} {what}"


def readable(value: Value | None) -> str | None:
    """The known text of a value; what is not known of it as a placeholder."""
    if isinstance(value, Known):
        return value.data if isinstance(value.data, str) else None
    if isinstance(value, Coded):
        return readable(value.content)
    if isinstance(value, Encoded):
        return readable(encoded_text(value))
    if isinstance(value, Text):
        parts = (scalar_text(part.data) if isinstance(part, Known) else "${hole}" for part in value.parts)
        return "".join(parts)
    return None


def _place(text: str, credential: Credential, occurrence: Occurrence) -> Span | None:
    """Where the secret itself stands in the source, or what is put in for it there; None where neither is found."""
    secret = credential.of(text)
    spans = [each.span for each in walk(occurrence.value) if each.span] if occurrence.value is not None else []
    for span in [*spans, occurrence.span]:
        at = span.text.find(secret)
        if at >= 0:
            return Span(span.source, span.start + at, span.start + at + len(secret))
    return _hole(text, credential, occurrence.span)


def _hole(text: str, credential: Credential, span: Span) -> Span | None:
    """What stands in for a secret on a line that is otherwise as it is in the text."""
    before, after = _around(text, credential)
    at = span.start
    for line in span.text.split("\n") if before or after else ():
        first, last = len(line) - len(line.lstrip()) + len(before), len(line.rstrip()) - len(after)
        if line.lstrip().startswith(before) and line.rstrip().endswith(after) and first < last:
            return Span(span.source, at + first, at + last)
        at += len(line) + 1
    return None


def _around(text: str, credential: Credential) -> tuple[str, str]:
    """What stands before and after a credential on its line."""
    start, newline = text.rfind("\n", 0, credential.start) + 1, text.find("\n", credential.end)
    return text[start : credential.start].lstrip(), text[
        credential.end : newline if newline >= 0 else len(text)
    ].rstrip()


def _mention(text: str, credential: Credential, occurrence: Occurrence) -> Span | None:
    """What a text that is joined of pieces mentions right after the one that ends as the text does before a secret."""
    before, span = _around(text, credential)[0], occurrence.span
    references = occurrence.value.references if occurrence.value is not None else ()
    names = "|".join({re.escape(each.address.rpartition(".")[2]) for each in references})
    at = span.text.find(before) if before and names else -1
    found = re.compile(rf"\b(?:{names})\b").search(span.text, at + len(before)) if at >= 0 else None
    return Span(span.source, span.start + found.start(), span.start + found.end()) if found is not None else None


def secret_entry(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An entry (`name`, `value`) with a secret's name and a literal value, or whose value is itself a credential."""
    found = view.first("name")
    name = scalar_text(found.data) if isinstance(found, Known) and found.data is not None else ""
    title = HIDDEN if found is not None and is_sensitive(found) else called(name)
    for occurrence in view.occurrences("value"):
        for each in branches(occurrence):
            yield from _entry(name, title, each)


def _entry(name: str, title: Phrase, occurrence: Occurrence) -> Iterator[Outcome]:
    """`name` is what the entry's is compared with, `title` how it is shown."""
    value = occurrence.value
    named = secret_name(name)
    if named and is_input(value):
        yield Doubt(f"value.{title}", occurrence.span, say("{}: {}", title, first_reason(value)))
    if isinstance(value, Supplied) and named:
        yield Doubt(f"value.{title}", occurrence.span, say("{}: {}", title, SUPPLIED), secret=True)
    text = readable(value)
    if text is None or value is None:
        return
    if named and isinstance(value, Text) and is_partly_secret(known_parts(value)):
        yield Doubt(f"value.{title}", occurrence.span, say("{}: a part of it is not known", title))
    literal = isinstance(value, Known) and not isinstance(value, Supplied) and is_secret_literal(text)
    named = is_named_secret(name, text) or (name.upper() in _AWS_CREDENTIALS and not is_placeholder(text))
    if literal and (named or any(each.end - each.start == len(text) for each in find_credentials(text))):
        statement = say("{} is a literal", title or say("an entry"))
        yield secret_violation(f"value.{title}", occurrence.span, statement, occurrence, text)
