"""Secrets hard-coded where no catalog says what an argument is: in calls of modules that are not in the tree, in
resources of other providers, and in whatever else a resource of AWS is given. The name of an argument tells what it
is, and the format of a token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from iacreview.catalog.occurrence import SUPPLIED, Occurrence, branches, decoded, doubt_reason
from iacreview.catalog.view import View
from iacreview.checks.secrets import in_text, readable, secret_violation, shown_input
from iacreview.model.guard import When
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.parts import inside_of, is_sensitive, known_parts
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Supplied, Text, Unknown, Value, is_input
from iacreview.model.words import say
from iacreview.semantics.credentials import PASSWORD, find_credentials, is_plain, look_through
from iacreview.semantics.secret_names import names_content, names_secret
from iacreview.semantics.secrets import is_dynamic_reference, is_partly_secret, is_written_secret

# What holds all of a secret, in a resource whose type is called one.
_CONTENT = frozenset({"value", "value_wo", "plaintext_value", "secret_data", "secret_value"})
_SECRET = frozenset({"set_sensitive", "sensitive_content", "sensitive_body"})
# What says who answers a custom resource. Source: "Custom resources" (AWS CloudFormation User Guide).
_PLAIN = frozenset({"ServiceToken", "description", "Description"})


_WITH_MEMBERS = (MapValue, ListValue, Encoded)
# The two halves of an entry that is written as a map, and the types of those whose value is the name of a secret.
_NAMES = ("name", "key", "optionname", "parametername", "parameterkey", "variable", "headername", "id")
_VALUES = ("value", "valuewo", "insecurevalue", "parametervalue", "headervalue", "stringvalue")
# What is given a user's name and password at once: `auth = "admin:..."`.
_LOGINS = frozenset({"auth", "httpauth", "basicauth", "httpbasicauth", "userpass"})
# What stands beside a password: "JSON structure of AWS Secrets Manager secrets" (AWS Secrets Manager User Guide).
_PUBLIC = frozenset(
    {"username", "user", "login", "engine", "host", "hostname", "port", "dbname", "database", "endpoint"}
)
# Texts of no more characters are remembered for a while.
_SHORT = 1000
_REFERRING = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})


class _Place(NamedTuple):
    """A value with the way to it; `name` is what tells a secret, `secret` that all in there is said to be one.

    What stands under the name `generated` is replaced by what is generated.
    """

    path: str
    name: str
    value: Value
    span: Span
    when: When = ()
    secret: bool = False
    generated: str = ""

    def inner(self, key: str, name: str, value: Value, span: Span, secret: bool) -> _Place:
        path = f"{self.path}.{key}" if self.path else key
        return _Place(path, name, value, span, self.when, secret, self.generated)

    def holds_secret(self, key: str) -> bool:
        return self.secret or key in _SECRET


_Argument: TypeAlias = "tuple[_Place, Occurrence]"


def written_secret(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Each argument with a secret's name whose value is hard-coded, and each value that holds a credential.

    `metadata` names the parts of a resource's Metadata that are read by programs; a level too high, where nothing
    reads them, they are as plain to see.
    """
    for place, occurrence in _arguments(view):
        yield from _scalar(place, occurrence)
    extras = view.resource.extras
    if extras is None:
        return
    metadata = extras.entries.get("Metadata")
    for key in params.get("metadata", ()):
        for path, holder in ((f"Metadata.{key}", metadata), (key, extras)):
            found = holder.entries.get(key) if isinstance(holder, MapValue) else None
            if found is not None:
                for place, occurrence in _suspects(_Place(path, "", found, view.span)):
                    yield from _scalar(place, occurrence)


def written_input(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Each argument with a secret's name that comes from an input which is shown."""
    for place, occurrence in _arguments(view):
        if names_content(place.name):
            yield from shown_input(view, place.path, occurrence)


def written_reference(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Each argument with a secret's name whose value a dynamic reference reads from a parameter in plain text."""
    for place, occurrence in _arguments(view):
        value = place.value
        read = is_dynamic_reference(value.data) if isinstance(value, Known) and isinstance(value.data, str) else None
        if read == "ssm" and names_content(place.name):
            text = say("`{}` is read from a parameter that is not encrypted", occurrence.name)
            yield Violation(place.path, place.span, text, value.via, place.when)


def _arguments(view: View) -> list[_Argument]:
    """The single values of all arguments that may be secrets or hold some, looked for once for all checks."""
    return view.kept("arguments", lambda whole: _suspects(_whole(whole)))


def _whole(view: View) -> _Place:
    type = view.resource.type.removesuffix("_version")
    return _Place("", type if names_secret(type) else "", view.value, view.span)


def _suspects(place: _Place) -> list[_Argument]:
    """The single values in a place, those of each branch of a choice and of texts that are documents."""
    found: list[_Argument] = []
    # As nearly all resources have none.
    if place.secret or _tells(place.name) or not _is_free(place.value):
        _collect(place, found)
    return found


def _is_free(value: Value) -> bool:
    """Whether nothing in a value can be a secret or hold one, under a name that says nothing of it."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, Known):
            # What begins like an option of a program may speak of the text behind it.
            if isinstance(each.data, str) and (each.data[:1] == "-" or not _is_quiet(each.data)):
                return False
        elif isinstance(each, Text):
            if not _is_silent(each):
                return False
        else:
            if isinstance(each, MapValue) and any(map(_may_tell, each.entries)) and not _is_named_freely(each):
                return False
            pending += each.inner()
    return True


def _is_named_freely(value: MapValue) -> bool:
    """Whether of all keys of a map none but those of an entry's value may tell of a secret, and its name does not."""
    named = _entry_name(value)
    if _is_sealed(value) or (named is not None and (named in _SECRET or _tells(named))):
        return False
    return all(_plain(key) in _VALUES for key in value.entries if _may_tell(key))


@lru_cache(maxsize=4096)
def _may_tell(key: str) -> bool:
    return key in _SECRET or key in _CONTENT or _plain(key) in _VALUES or _tells(key)


def _collect(place: _Place, found: list[_Argument]) -> None:
    if isinstance(place.value, _WITH_MEMBERS):
        for inner in _members(place):
            _collect(inner, found)
        return
    for each in branches(Occurrence(place.value, place.span, place.path, when=place.when)):
        value = _document(each.value) or each.value
        if value is None:
            continue
        here = place if value is place.value else place._replace(value=value, when=each.when)
        if isinstance(value, _WITH_MEMBERS):
            _collect(here, found)
        elif here.secret or _tells(here.name) or _holds_credential(value):
            found.append((here, each))


@lru_cache(maxsize=4096)
def _tells(name: str) -> bool:
    """Whether a name says that something is a secret, or has one in it."""
    return names_secret(name) or _plain(name) in _LOGINS


def _holds_credential(value: Value) -> bool:
    """Whether a text, or what is known of it, has a credential in it."""
    if isinstance(value, Known):
        return isinstance(value.data, str) and bool(look_through(value.data).credentials)
    if not isinstance(value, Text):
        return False
    return bool(look_through(readable(value) or "").credentials or find_credentials("".join(known_parts(value))))


def _is_harmless(value: Value, name: str, secret: bool) -> bool:
    """Whether a value is a flag, a number, a text without secrets or not known, and nothing says that it is one."""
    return not secret and not _tells(name) and _is_silent(value)


def _is_silent(value: Value) -> bool:
    """Whether a value is nothing but such texts, in each branch of a choice, or not known."""
    if isinstance(value, Known):
        return not isinstance(value.data, str) or _is_quiet(value.data)
    if isinstance(value, Choice):
        return all(_is_silent(branch) for _, branch in value.branches)
    if isinstance(value, Text):
        return not inside_of(value).choices and not _begins_document(value) and not _holds_credential(value)
    return isinstance(value, Unknown)


def _is_quiet(text: str) -> bool:
    """Whether a text is neither a document nor has a credential in it."""
    return _is_quiet_word(text) if len(text) <= _SHORT else _says_nothing(text)


def _says_nothing(text: str) -> bool:
    return is_plain(text) or not (_is_open(text) or look_through(text).credentials)


# The resources of a unit, and its units, have many words in common.
_is_quiet_word = lru_cache(maxsize=8192)(_says_nothing)


def _is_open(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _document(value: Value | None) -> Value | None:
    """The structure of a text that is JSON, holes included."""
    return decoded(value) if value is not None and _begins_document(value) else None


def _begins_document(value: Value) -> bool:
    first = value.parts[0] if isinstance(value, Text) and value.parts else value
    text = first.data if isinstance(first, Known) and not isinstance(first, Supplied) else None
    return isinstance(text, str) and _is_open(text)


def _members(place: _Place) -> Iterator[_Place]:
    """What is inside of a place, but for what is harmless."""
    value = place.value
    if isinstance(value, Encoded):
        yield place._replace(value=value.structure)
    elif isinstance(value, ListValue):
        option = ""
        for item in value.items:
            text = _option(item)
            name = place.name if text else option or place.name
            option = text if names_secret(text) and text.startswith("--") else ""
            if not _is_harmless(item, name, place.secret):
                span = item.span or place.span
                yield _Place(place.path, name, item, span, place.when, place.secret, place.generated)
    elif isinstance(value, MapValue):
        keys = set(map(_plain, value.entries))
        valued = not keys.isdisjoint(_VALUES)
        named, sealed = (_entry_name(value), _is_sealed(value)) if valued else (None, False)
        # The two halves of an entry, whose name may not be known.
        paired = valued and not keys.isdisjoint(_NAMES)
        generated = _generated(value)
        place = place._replace(generated=generated) if generated else place
        for key, entry in value.entries.items():
            if key == place.generated:
                continue
            if (sealed or named is not None) and _plain(key) in _VALUES:
                secret = sealed or place.holds_secret(named or key)
                if not _is_harmless(entry, named or "", secret):
                    yield place.inner(named or key, named or "", entry, _entry_span(place, value, key), secret)
            elif key not in _PLAIN:
                name = place.name if not place.path and key in _CONTENT else key
                secret = (place.secret or key in _SECRET) and not paired and _plain(key) not in _PUBLIC
                if not _is_harmless(entry, name, secret):
                    yield place.inner(key, name, entry, _entry_span(place, value, key), secret)


def _entry_span(place: _Place, value: MapValue, key: str) -> Span:
    return value.entries[key].span or value.keys.get(key) or place.span


def _option(item: Value) -> str:
    """The option of a program that an item of a list is, which a secret may follow: `["--password", "..."]`."""
    data = item.data if isinstance(item, Known) else None
    return data if isinstance(data, str) and data[:1] == "-" and not is_sensitive(item) else ""


def _generated(value: MapValue) -> str:
    """The name in a template of a secret under which a password is generated.

    Source: "AWS::SecretsManager::Secret GenerateSecretString" (AWS CloudFormation User Guide).
    """
    key = value.entries.get("GenerateStringKey")
    return str(key.data) if isinstance(key, Known) and isinstance(key.data, str) else ""


def _is_sealed(value: MapValue) -> bool:
    """Whether what is said to be a `value` is kept encrypted, and so a secret."""
    types = (entry for key, entry in value.entries.items() if key.lower() == "type")
    return any(isinstance(each, Known) and each.data == "SecureString" for each in types)


def _entry_name(value: MapValue) -> str | None:
    """What an entry that is written as a map says its value is: `set { name = "auth.password", value = ... }`.

    None where it says nothing. Empty where the value only says which secret is meant, and where the name must not
    be shown: such a one names nothing.
    """
    entries = {_plain(key): each for key, each in value.entries.items()}
    kind = entries.get("type")
    if isinstance(kind, Known) and kind.data in _REFERRING:
        return ""
    found = next((entries[key] for key in _NAMES if key in entries), None)
    text = found.data if isinstance(found, Known) and not is_sensitive(found) else None
    return text if isinstance(text, str) else None


@lru_cache(maxsize=1024)
def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _scalar(place: _Place, occurrence: Occurrence) -> Iterator[Outcome]:
    value = place.value
    named = place.secret or names_secret(place.name)
    if named and isinstance(value, Supplied):
        yield Doubt(place.path, place.span, say("`{}`: {}", occurrence.name, SUPPLIED), secret=True)
    elif named and is_input(value):
        yield Doubt(place.path, place.span, doubt_reason(occurrence))
    elif named and isinstance(value, Known) and is_written_secret(place.name, value.data, place.secret):
        statement = say("`{}` is a literal", occurrence.name)
        yield secret_violation(place.path, place.span, statement, occurrence, readable(value) or str(value.data))
    elif isinstance(value, Known) and _plain(place.name) in _LOGINS and (login := _login(value.data)):
        statement = say("`{}` holds a password", occurrence.name)
        yield secret_violation(place.path, place.span, statement, occurrence, login)
    elif isinstance(value, (Known, Text)):
        found = [*in_text(place.path, occurrence, sure=True)]
        yield from found
        if not found and named and isinstance(value, Text) and is_partly_secret(known_parts(value)):
            yield Doubt(place.path, place.span, say("`{}`: a part of it is not known", occurrence.name))


def _login(data: object) -> str:
    """The password in `user:password`; empty where there is none that is hard-coded."""
    user, _, password = data.partition(":") if isinstance(data, str) else ("", "", "")
    is_user = user.replace(".", "").replace("_", "").replace("-", "").isalnum()
    return password if is_user and is_written_secret(PASSWORD, password) else ""
