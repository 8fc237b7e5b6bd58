"""Paths into a resource's attributes, as the catalog writes them, and what they lead to.

StorageEncrypted                          an attribute
logging.target_bucket                     one inside another; over a list, of each item
Attributes[Key=idle_timeout].Value        of the items whose Key is idle_timeout
Environment.Variables.*                   every value of a map
Parameters."rds.force_ssl"                an attribute whose name has a dot
policy.json()                             the structure inside a JSON string
content.document()                        the structure inside a JSON or YAML string
user_data_base64.base64()                 the text inside base64, or the text itself
security_configuration.follow()           the attributes of the resource that the value refers to
aws_s3_bucket_logging/target_bucket       of each satellite of that type; `type/` is the satellite itself
@key  @value                              in a collection that is a map: an entry's key and value
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from iacreview.model.guard import When
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value

_STEP = later(
    r"(?P<call>json|document|base64|follow)\(\)"
    r'|"(?P<quoted>[^"]+)"'
    r"|(?P<name>[@*]?[\w:-]*)(?:\[(?P<key>\w+)=(?P<wanted>[^\]]*)\])?"
)

MAX_DEPTH = 24


class Segment(NamedTuple):
    """`action` is "name", "each", "json", "document", "base64" or "follow".

    A `loose` name is any that differs in case and underscores alone.
    """

    action: str
    name: str = ""
    select_key: str = ""
    select_value: str = ""
    loose: bool = False


class Path(NamedTuple):
    """`satellite` is the type to read from, empty for the resource itself. `native` is how the path is shown to people:
    without what only the catalog needs.
    """

    text: str
    satellite: str
    segments: tuple[Segment, ...]
    native: str


class End(NamedTuple):
    """Where a path led: a value, or its absence.

    `span` is where to point: the value, or what it is missing from. `sure` is false where the value stands in
    something that may not exist. `when` are the guards of the branches of choices taken on the way. `parent` is false
    for an absence where what would hold the value is not written either.
    """

    value: Value | None
    span: Span
    sure: bool = True
    when: When = ()
    parent: bool = True


def parse_path(text: str) -> Path:
    """The path a catalog's text means; `.` is the value itself. Raises ValueError where it is malformed."""
    if text == ".":
        return path_of(text, "", ())
    satellite, slash, rest = text.rpartition("/")
    segments = tuple(_parse_segments(rest)) if rest else ()
    if not segments and not slash:
        raise ValueError(f"empty path {text!r}")
    return path_of(text, satellite, segments)


def path_of(text: str, satellite: str, segments: tuple[Segment, ...]) -> Path:
    """The path of some segments."""
    shown = (
        f"{segment.name}[{segment.select_value}]" if segment.select_key else segment.name
        for segment in segments
        if segment.action == "name"
    )
    return Path(text, satellite, segments, ".".join(shown))


def _parse_segments(text: str) -> Iterator[Segment]:
    at = 0
    while at <= len(text):
        match = _STEP.match(text, at)
        if match is None or match.end() == at:
            raise ValueError(f"cannot read {text[at:]!r} in path {text!r}")
        if match["call"]:
            yield Segment(match["call"])
        elif match["quoted"]:
            yield Segment("name", match["quoted"])
        elif match["name"] == "*":
            yield Segment("each")
        else:
            yield Segment("name", match["name"], match["key"] or "", match["wanted"] or "")
        at = match.end()
        if at == len(text):
            return
        if text[at] != ".":
            raise ValueError(f"expected `.` at {text[at:]!r} in path {text!r}")
        at += 1


# The attributes of the resource that a value refers to, where that is known.
Follow: TypeAlias = "Callable[[Value], MapValue | None]"


def ends(start: Value, segments: Sequence[Segment], missing: Span, follow: Follow) -> list[End]:
    """All that the segments lead to from `start`; `missing` is where to point at an absence."""
    value: Value | None = start
    at = 0
    # Names of attributes alone, as in most paths, need no walk that may branch.
    for segment in segments:
        if type(value) is not MapValue or segment.action != "name" or segment.select_key:
            break
        found = entry(value, segment.name, segment.loose)
        if found is None and not value.complete:
            break
        value = found
        at += 1
    if value is None:
        return [End(None, missing, parent=at == len(segments))]
    if at == len(segments) and not (isinstance(value, Known) and value.data is None):
        return [End(value, value.span or missing)]
    return list(_walk(End(value, missing), segments, at, follow, at))


def _walk(end: End, segments: Sequence[Segment], at: int, follow: Follow, depth: int) -> Iterator[End]:
    value = end.value
    if depth > MAX_DEPTH or value is None or (isinstance(value, Known) and value.data is None):
        yield End(None, end.span, end.sure, end.when, end.parent and at == len(segments))
        return
    if isinstance(value, Choice) and at < len(segments):
        for when, branch in value.branches:
            yield from _walk(end._replace(value=branch, when=(*end.when, *when)), segments, at, follow, depth + 1)
        return
    if at == len(segments):
        yield End(value, value.span or end.span, end.sure, end.when, end.parent)
        return
    if isinstance(value, Unknown) and segments[at].action not in ("follow", "base64"):
        yield end._replace(value=value, span=value.span or end.span)
        return
    for following in _take(end, value, segments[at], follow):
        yield from _walk(following, segments, at + 1, follow, depth + 1)


def _take(end: End, value: Value, segment: Segment, follow: Follow) -> Iterable[End]:
    if segment.action == "name":
        return _named(end, value, segment)
    if segment.action == "each":
        return _members(end, value)
    if segment.action == "follow":
        return [end._replace(value=follow(value) or _opaque(value, "is defined elsewhere"))]
    return [end._replace(value=_unpacked(value) if segment.action == "base64" else _decoded(value, segment.action))]


def _decoded(value: Value, form: str) -> Value:
    """The structure in a text that is JSON, or a document."""
    from iacreview.evaluate.embedded import decode_document, decode_json

    if isinstance(value, (MapValue, ListValue)):
        return value
    if form == "json":
        return decode_json(value) or _opaque(value, "is not JSON that can be read here")
    return decode_document(value) or _opaque(value, "is not a document that can be read here")


def _unpacked(value: Value) -> Value:
    """The text in base64, or what was written plainly: providers and Fn::Base64 encode that themselves."""
    from iacreview.evaluate.embedded import decode_base64

    decoded = decode_base64(value)
    if decoded is not None:
        return decoded
    return value if isinstance(value, (Encoded, Known, Text)) else _opaque(value, "is not text")


def _opaque(value: Value, why: str) -> Unknown:
    if isinstance(value, Unknown):
        return value
    return Unknown(f"the value {why}", value.span, value.via, value.references)


def _members(end: End, value: Value) -> Iterator[End]:
    members = value.entries.values() if isinstance(value, MapValue) else getattr(value, "items", ())
    for member in members:
        yield end._replace(value=member, span=member.span or end.span)


def _named(end: End, value: Value, segment: Segment) -> Iterable[End]:
    if isinstance(value, ListValue):
        return _of_items(end, value, segment)
    if isinstance(value, Known) and value.data == "*":
        # Everybody, where a policy could name principals of some sort.
        return [end._replace(value=None, parent=False)]
    if not isinstance(value, MapValue):
        return [end._replace(value=_opaque(value, f"has no `{segment.name}` that can be read here"))]
    found = entry(value, segment.name, segment.loose)
    if found is None:
        if not value.complete:
            return [end._replace(value=Unknown("other keys may be set", value.span, value.via, value.references))]
        return [end._replace(value=None)]
    if segment.select_key:
        return _selected(end, found, segment)
    return [end._replace(value=found)]


def entry(value: MapValue, name: str, loose: bool = False) -> Value | None:
    """The entry of a name; with `loose`, of one that differs in case and underscores alone."""
    found = value.entries.get(name)
    if found is None and loose:
        wanted = _letters(name)
        found = next((each for key, each in value.entries.items() if _letters(key) == wanted), None)
    return found


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def _of_items(end: End, value: ListValue, segment: Segment) -> Iterator[End]:
    if not value.items:
        yield end._replace(value=None, sure=end.sure and value.complete, parent=False)
    for item in value.items:
        inside = end._replace(span=item.span or end.span, sure=end.sure and value.complete)
        if isinstance(item, (Unknown, Choice)):
            yield from _walk(inside._replace(value=item), (segment,), 0, _follow_nothing, 0)
        else:
            yield from _named(inside, item, segment)


def _selected(end: End, value: Value, segment: Segment) -> Iterator[End]:
    """The items of a list whose `select_key` has the wanted value."""
    if not isinstance(value, ListValue):
        yield end._replace(value=_opaque(value, "cannot be read here"))
        return
    doubt: Unknown | None = None
    matched = False
    for item in value.items:
        name = entry(item, segment.select_key, segment.loose) if isinstance(item, MapValue) else None
        if isinstance(name, Known):
            if str(name.data).lower() == segment.select_value.lower():
                matched = True
                yield end._replace(value=item, span=item.span or end.span)
        else:
            doubt = Unknown("an entry's name is not known", item.span)
    if not matched:
        if doubt is None and not value.complete:
            doubt = Unknown("there may be other entries", value.span)
        yield end._replace(value=doubt)


def _follow_nothing(value: Value) -> None:
    return None
